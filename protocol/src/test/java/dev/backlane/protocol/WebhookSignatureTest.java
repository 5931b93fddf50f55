package dev.backlane.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.protocol.WebhookVerifier.Result;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class WebhookSignatureTest {
  // The example that Standard Webhooks publishes.
  private static final WebhookSecret SECRET =
      new WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  private static final WebhookSecret OTHER = WebhookSecret.generate(new Random(7));
  private static final String ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";
  private static final Instant SENT = Instant.ofEpochSecond(1614265330);
  private static final byte[] BODY = "{\"test\": 2432232314}".getBytes(UTF_8);

  // printf '%s.%s.%s' "$ID" 1614265330 "$BODY" | openssl dgst -sha256 -mac HMAC \
  //   -macopt hexkey:$(printf MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw | base64 -d | od -An -tx1 | tr -d '
  // \n') -binary | base64
  private static final String STANDARD = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

  // printf '%s' "$BODY" | openssl dgst -sha256 -hmac whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw -binary
  // | base64
  private static final String DOCUMENTED = "gOyKic480iEzoQZsrstNBP6nRnZXyFFNcX7ELDilyUw=";

  // The same with the body printf '{"r":"\303\246\360\237\230\200"}'.
  private static final String DOCUMENTED_OF_UTF8 = "mDOrmXHAx+fJejF7JUm6RSC038sixEbgB1D17fk8kaY=";

  @Test
  void standardSignatureEqualsThePublishedOne() {
    assertThat(WebhookSignature.standard(SECRET, ID, SENT, BODY)).isEqualTo(STANDARD);
  }

  @Test
  void documentedSignatureEqualsThatOfOpenssl() {
    assertThat(WebhookSignature.documented(SECRET, BODY)).isEqualTo(DOCUMENTED);
    assertThat(WebhookSignature.documented(SECRET, "{\"r\":\"æ😀\"}".getBytes(UTF_8)))
        .isEqualTo(DOCUMENTED_OF_UTF8);
  }

  @Test
  void headersOfOneSecret() {
    assertThat(WebhookSignature.headers(List.of(SECRET), ID, SENT, BODY, "x-signature"))
        .isEqualTo(
            Map.of(
                "webhook-id", ID,
                "webhook-timestamp", "1614265330",
                "webhook-signature", STANDARD,
                "x-signature", DOCUMENTED));
  }

  @Test
  void bothSecretsSignDuringRotation() {
    Map<String, String> headers =
        WebhookSignature.headers(List.of(OTHER, SECRET), ID, SENT, BODY, "x-mine");
    String signatures = headers.getOrDefault("webhook-signature", "");

    assertThat(signatures.split(" ")).hasSize(2).contains(STANDARD);
    assertThat(headers)
        .containsEntry("x-mine", WebhookSignature.documented(OTHER, BODY))
        .doesNotContainKey("x-signature");
    assertThat(verifier(SECRET).verify(ID, "1614265330", signatures, BODY))
        .isEqualTo(Result.GENUINE);
    assertThat(verifier(OTHER).verify(ID, "1614265330", signatures, BODY))
        .isEqualTo(Result.GENUINE);
  }

  @Test
  void unsignedMessageHasOnlyIdAndTime() {
    assertThat(WebhookSignature.headers(List.of(), ID, SENT, BODY, "x-signature"))
        .isEqualTo(Map.of("webhook-id", ID, "webhook-timestamp", "1614265330"));
  }

  @ParameterizedTest
  @CsvSource({
    "0, GENUINE",
    "300, GENUINE",
    "-300, GENUINE",
    "301, TOO_OLD",
    "-301, TOO_NEW",
    "86400, TOO_OLD",
  })
  void messageIsGenuineForFiveMinutes(int ageSeconds, Result result) {
    WebhookVerifier verifier =
        new WebhookVerifier(List.of(SECRET), InstantSource.fixed(SENT.plusSeconds(ageSeconds)));

    assertThat(verifier.verify(ID, "1614265330", STANDARD, BODY)).isEqualTo(result);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " 1614265330",
        "-1",
        "+1614265330",
        "1614265330.0",
        "now",
        "16142653301614265330"
      })
  void refusesATimestampThatIsNotDigits(String timestamp) {
    assertThat(verifier(SECRET).verify(ID, timestamp, STANDARD, BODY)).isEqualTo(Result.MALFORMED);
  }

  @Test
  void anyChangeIsForged() {
    WebhookVerifier verifier = verifier(SECRET);
    byte[] changed = BODY.clone();
    changed[3] ^= 1;

    assertThat(verifier.verify(ID, "1614265330", STANDARD, changed)).isEqualTo(Result.FORGED);
    assertThat(verifier.verify(ID + "x", "1614265330", STANDARD, BODY)).isEqualTo(Result.FORGED);
    assertThat(verifier.verify(ID, "1614265331", STANDARD, BODY)).isEqualTo(Result.FORGED);
    assertThat(verifier.verify(ID, "1614265330", STANDARD.replace("v1,", "v2,"), BODY))
        .isEqualTo(Result.FORGED);
    assertThat(verifier.verify(ID, "1614265330", STANDARD.substring(0, 20), BODY))
        .isEqualTo(Result.FORGED);
    assertThat(verifier.verify(ID, "1614265330", "", BODY)).isEqualTo(Result.FORGED);
    assertThat(verifier(OTHER).verify(ID, "1614265330", STANDARD, BODY)).isEqualTo(Result.FORGED);
  }

  @Test
  void acceptsOneOfSeveralSignatures() {
    String several = "v1a,abc v1,AAAA " + STANDARD + " v1,BBBB";

    assertThat(verifier(SECRET).verify(ID, "1614265330", several, BODY)).isEqualTo(Result.GENUINE);
    assertThat(
            new WebhookVerifier(List.of(OTHER, SECRET), InstantSource.fixed(SENT))
                .verify(ID, "1614265330", STANDARD, BODY))
        .isEqualTo(Result.GENUINE);
  }

  @Test
  void documentedSignatureVerifies() {
    assertThat(verifier(SECRET).verifyDocumented(DOCUMENTED, BODY)).isTrue();
    assertThat(verifier(OTHER).verifyDocumented(DOCUMENTED, BODY)).isFalse();
    assertThat(verifier(SECRET).verifyDocumented(DOCUMENTED + " ", BODY)).isFalse();
    assertThat(verifier(SECRET).verifyDocumented("", BODY)).isFalse();
  }

  @Test
  void refusesAnIdWithADot() {
    assertThatThrownBy(() -> WebhookSignature.standard(SECRET, "a.1", SENT, BODY))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(verifier(SECRET).verify("a.1", "1614265330", STANDARD, BODY))
        .isEqualTo(Result.MALFORMED);
  }

  @Test
  void redactsASecretInToString() {
    assertThat(SECRET).hasToString("WebhookSecret[redacted]");
    assertThat(List.of(OTHER)).hasToString("[WebhookSecret[redacted]]");
  }

  @Test
  void generatedSecretsDifferAndHold32Bytes() {
    Random random = new Random(1);
    WebhookSecret first = WebhookSecret.generate(random);

    assertThat(first.key()).hasSize(32);
    assertThat(first.value()).startsWith("whsec_");
    assertThat(WebhookSecret.generate(random)).isNotEqualTo(first);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "whsec_",
        "secret",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa*w",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n",
        "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
      })
  void malformedSecretsAreRefusedWithoutQuotingThem(String value) {
    assertThatThrownBy(() -> new WebhookSecret(value))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("a webhook secret ")
        .message()
        .doesNotContain("MfKQ9r8");
  }

  private static WebhookVerifier verifier(WebhookSecret secret) {
    return new WebhookVerifier(
        List.of(secret), InstantSource.fixed(SENT.plus(Duration.ofSeconds(1))));
  }
}
