package dev.backlane.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

final class JsonTest {
  private static final JsonMapper PLAIN = JsonMapper.builder().build();
  private static final String ID = "019abcde-0000-7000-8000-000000000001";

  @Test
  void writesAFinishedState() {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Content-Type", "application/json; charset=utf-8");
    headers.put("ETag", "\"1\"");
    BackgroundRequestStateDto state =
        new BackgroundRequestStateDto(
            ID,
            Status.FINISHED,
            400,
            Instant.parse("2026-11-24T01:02:03Z"),
            Instant.parse("2026-11-24T01:02:03.040Z"),
            Instant.parse("2026-11-24T01:02:03.000456789Z"),
            "https://example.com/hook?a=b",
            "why",
            "INV-7",
            "http://127.0.0.1:8080/v1/invoice/7?x=%20y",
            true,
            true,
            "http://127.0.0.1:8080/v1/background/" + ID + "/content",
            headers,
            Phase.FINISHED,
            2,
            null,
            null,
            null);

    assertThat(text(Json.bytes(state)))
        .isEqualTo(
            """
            {"id":"019abcde-0000-7000-8000-000000000001","status":"Finished","statusCode":400,\
            "receivedUtc":"2026-11-24T01:02:03Z","startedUtc":"2026-11-24T01:02:03.040Z",\
            "finishedUtc":"2026-11-24T01:02:03.000456Z","webhookAddress":"https://example.com/hook?a=b",\
            "errorMessage":"why","reference":"INV-7",\
            "originalUri":"http://127.0.0.1:8080/v1/invoice/7?x=%20y",\
            "hasRequestContent":true,"hasResponseContent":true,\
            "contentLocation":"http://127.0.0.1:8080/v1/background/019abcde-0000-7000-8000-000000000001/content",\
            "responseHeaders":{"Content-Type":"application/json; charset=utf-8","ETag":"\\"1\\""},\
            "phase":"finished","attempt":2,"lastError":null,"nextAttemptUtc":null,"errorCode":null}\
            """);
  }

  @Test
  void everyFieldIsPresentEvenWithoutAValue() {
    assertThat(text(Json.bytes(queued())))
        .isEqualTo(
            """
            {"id":"i","status":"Started","statusCode":0,"receivedUtc":"2026-11-24T00:00:00Z","startedUtc":null,\
            "finishedUtc":null,"webhookAddress":"none","errorMessage":null,"reference":null,"originalUri":"u",\
            "hasRequestContent":false,"hasResponseContent":false,"contentLocation":"c","responseHeaders":{},\
            "phase":"queued","attempt":1,"lastError":null,"nextAttemptUtc":null,"errorCode":null}\
            """);
  }

  @Test
  void writesAnAcceptedDocument() {
    assertThat(text(Json.bytes(new BackgroundApiAcceptedDto(ID, "s", "c"))))
        .isEqualTo("{\"id\":\"" + ID + "\",\"stateLocation\":\"s\",\"contentLocation\":\"c\"}");
  }

  @Test
  void writesANotification() {
    NotificationDto notification =
        new NotificationDto(
            "i", null, Status.FAILED, 0, "s", "c", NotificationDto.EVENT_TYPE, Instant.EPOCH);

    assertThat(text(Json.bytes(notification)))
        .isEqualTo(
            """
            {"id":"i","reference":null,"status":"Failed","statusCode":0,"stateLocation":"s","contentLocation":"c",\
            "eventType":"BACKGROUND_API_RESPONSE","occurredUtc":"1970-01-01T00:00:00Z"}\
            """);
    assertThat(Json.read(Json.bytes(notification), NotificationDto.class)).isEqualTo(notification);
  }

  @Test
  void pagesContainStatesAndACursor() {
    BackgroundRequestPage empty = new BackgroundRequestPage(List.of(), null);
    BackgroundRequestPage full = new BackgroundRequestPage(List.of(queued(), queued()), "next\"");

    assertThat(text(Json.bytes(empty))).isEqualTo("{\"items\":[],\"nextCursor\":null}");
    assertThat(Json.read(Json.bytes(empty), BackgroundRequestPage.class)).isEqualTo(empty);
    assertThat(Json.read(Json.bytes(full), BackgroundRequestPage.class)).isEqualTo(full);
  }

  @RepeatedTest(300)
  void anyStateIsReadBackUnchanged(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    BackgroundRequestStateDto state = randomState(random);

    byte[] json = Json.bytes(state);

    assertThat(Json.read(json, BackgroundRequestStateDto.class)).isEqualTo(state);
    assertThat(PLAIN.readTree(json).propertyNames())
        .hasSize(BackgroundRequestStateDto.class.getRecordComponents().length);
  }

  @Test
  void everyCharacterIsWrittenUnchanged() {
    StringBuilder all = new StringBuilder();
    for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
      if (codePoint < Character.MIN_SURROGATE || codePoint > Character.MAX_SURROGATE) {
        all.appendCodePoint(codePoint);
      }
    }
    BackgroundApiAcceptedDto document = new BackgroundApiAcceptedDto(all.toString(), "", "");

    assertThat(PLAIN.readTree(Json.bytes(document)).get("id").asString().equals(all.toString()))
        .isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"\uD83D", "\uDE00", "\uDE00\uD83D"})
  void unpairedSurrogatesBecomeReplacementCharacters(String text) {
    byte[] json = Json.bytes(new BackgroundApiAcceptedDto("a" + text + "z", "", ""));

    assertThat(PLAIN.readTree(json).get("id").asString())
        .isEqualTo("a" + "\uFFFD".repeat(text.length()) + "z");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0000-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999999Z",
        "2024-02-29T12:00:00.100Z",
        "9999-12-31T23:59:59.999999Z",
        "+10000-01-01T00:00:00Z",
        "-0001-12-31T23:59:59Z"
      })
  void instantsAreWrittenAsTheirIsoText(String text) {
    NotificationDto notification =
        new NotificationDto("", null, Status.FAILED, 0, "", "", "", Instant.parse(text));

    assertThat(PLAIN.readTree(Json.bytes(notification)).get("occurredUtc").asString())
        .isEqualTo(text);
    assertThat(text(Json.bytes(Map.of("at", Instant.parse(text)))))
        .isEqualTo("{\"at\":\"" + text + "\"}");
  }

  @ParameterizedTest
  @CsvSource({
    "2026-11-24T01:02:03Z,             2026-11-24T01:02:03Z",
    "2026-11-24T02:02:03.5+01:00,      2026-11-24T01:02:03.5Z",
    "2026-11-24T01:02:03.1234567,      2026-11-24T01:02:03.1234567Z",
    "2026-11-24T01:02:03.1234567Z,     2026-11-24T01:02:03.1234567Z",
  })
  void timesOfOtherSystemsAreRead(String written, String expected) {
    String json = "{\"id\":\"i\",\"status\":\"Started\",\"receivedUtc\":\"" + written + "\"}";

    assertThat(Json.read(json.getBytes(UTF_8), BackgroundRequestStateDto.class).receivedUtc())
        .isEqualTo(Instant.parse(expected));
  }

  @ParameterizedTest
  @CsvSource({"Started, RUNNING", "Finished, FINISHED", "Failed, FAILED"})
  void aStateOfTheDocumentedSystemIsReadWithoutBacklanesFields(String status, Phase phase) {
    String json =
        "{\"id\":\"i\",\"status\":\""
            + status
            + "\",\"statusCode\":0,\"receivedUtc\":null,\"originalUri\":\"u\","
            + "\"contentLocation\":\"c\",\"responseHeaders\":null,\"somethingNew\":[1]}";

    BackgroundRequestStateDto state =
        Json.read(json.getBytes(UTF_8), BackgroundRequestStateDto.class);

    assertThat(state.phase()).isEqualTo(phase);
    assertThat(state.attempt()).isZero();
    assertThat(state.responseHeaders()).isEmpty();
    assertThat(state.webhookAddress()).isEqualTo("none");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{",
        "{\"id\":\"i\"}",
        "{\"id\":\"i\",\"status\":\"finished\"}",
        "{\"id\":\"i\",\"status\":\"Started\",\"receivedUtc\":\"yesterday\"}"
      })
  void refusesDocumentsThatAreNotAState(String json) {
    assertThatThrownBy(() -> Json.read(json.getBytes(UTF_8), BackgroundRequestStateDto.class))
        .isInstanceOf(MalformedJsonException.class)
        .hasMessageStartingWith("not a BackgroundRequestStateDto: ");
  }

  @Test
  void phasesRefineTheStatus() {
    assertThat(Phase.values())
        .extracting(phase -> phase.wire() + " " + phase.status().wire())
        .containsExactly(
            "queued Started",
            "held Started",
            "running Started",
            "retrying Started",
            "finished Finished",
            "failed Failed",
            "canceled Failed");
  }

  private static BackgroundRequestStateDto queued() {
    return new BackgroundRequestStateDto(
        "i",
        Status.STARTED,
        0,
        Instant.parse("2026-11-24T00:00:00Z"),
        null,
        null,
        "none",
        null,
        null,
        "u",
        false,
        false,
        "c",
        Map.of(),
        Phase.QUEUED,
        1,
        null,
        null,
        null);
  }

  private static BackgroundRequestStateDto randomState(Random random) {
    Map<String, String> headers = new LinkedHashMap<>();
    for (int i = random.nextInt(6); i > 0; i--) {
      headers.put(i + words(random), words(random));
    }
    Phase phase = List.of(Phase.values()).get(random.nextInt(Phase.values().length));
    return new BackgroundRequestStateDto(
        words(random),
        phase.status(),
        random.nextInt(),
        time(random),
        random.nextBoolean() ? time(random) : null,
        random.nextBoolean() ? time(random) : null,
        words(random),
        random.nextBoolean() ? words(random) : null,
        random.nextBoolean() ? words(random) : null,
        words(random),
        random.nextBoolean(),
        random.nextBoolean(),
        words(random),
        headers,
        phase,
        random.nextInt(),
        random.nextBoolean() ? words(random) : null,
        random.nextBoolean() ? time(random) : null,
        random.nextBoolean() ? words(random) : null);
  }

  private static Instant time(Random random) {
    return Instant.ofEpochSecond(
            random.nextLong(-62_167_219_200L, 253_402_300_800L), random.nextInt(1_000_000_000))
        .truncatedTo(
            List.of(ChronoUnit.MICROS, ChronoUnit.MILLIS, ChronoUnit.SECONDS)
                .get(random.nextInt(3)));
  }

  private static String words(Random random) {
    StringBuilder text = new StringBuilder();
    int[] ceilings = {0x20, 0x80, 0x80, 0x800, 0xD800, Character.MAX_CODE_POINT + 1};
    for (int i = random.nextInt(random.nextInt(10) == 0 ? 2_000 : 30); i > 0; i--) {
      int codePoint = random.nextInt(ceilings[random.nextInt(ceilings.length)]);
      text.appendCodePoint(codePoint >= 0xD800 && codePoint < 0xE000 ? '"' : codePoint);
    }
    return text.toString();
  }

  private static String text(byte[] json) {
    return new String(json, UTF_8);
  }
}
