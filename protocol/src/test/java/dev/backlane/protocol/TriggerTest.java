package dev.backlane.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.backlane.protocol.url.HttpUrl;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TriggerTest {
  @ParameterizedTest
  @ValueSource(strings = {"none", "None", "NONE", "  none", "none\t "})
  void noneInAnyCaseAndWithWhiteSpaceAround(String value) {
    assertThat(Trigger.parse(value)).isEqualTo(new Trigger.None());
  }

  @ParameterizedTest
  @ValueSource(strings = {"subscription", "Subscription", " subscription "})
  void subscriptionWithoutPairs(String value) {
    assertThat(Trigger.parse(value)).isEqualTo(new Trigger.Subscription(Map.of()));
  }

  @Test
  void subscriptionPairsKeepTheirOrderAndSpelling() {
    Trigger.Subscription trigger =
        (Trigger.Subscription)
            Trigger.parse("subscription: X-Zeta=1 ,\tx-alpha= two words ,m=, e=a=b==");

    assertThat(trigger.pairs().entrySet().stream().map(Map.Entry::toString))
        .containsExactly("X-Zeta=1", "x-alpha=two words", "m=", "e=a=b==");
    assertThat(trigger.reference()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"reference=INV-7, INV-7", "Reference=INV-7, INV-7", "'a=b,REFERENCE=x%20y', x%20y"})
  void aReferencePairIsBothReferenceAndPair(String pairs, String reference) {
    Trigger.Subscription trigger = (Trigger.Subscription) Trigger.parse("subscription:" + pairs);

    assertThat(trigger.reference()).contains(reference);
    assertThat(trigger.pairs()).containsValue(reference);
  }

  @Test
  void anEmptyReferenceIsNone() {
    assertThat(((Trigger.Subscription) Trigger.parse("subscription:reference=")).reference())
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://example.com",
        "https://example.com/hook?a=b,c&d=%20",
        "HTTPS://Example.com:8443/",
        "http://127.0.0.1:1/x",
        "http://[::1]:65535/x",
        "http://my_host:8080/x",
        "http://host.example.:80/"
      })
  void absoluteUrlsAreAddresses(String url) {
    assertThat(Trigger.parse(" " + url)).isEqualTo(new Trigger.Address(URI.create(url)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                                | empty",
        "' \t '                            | empty",
        "yes                               | none of the known forms",
        "none, none                        | none of the known forms",
        "subscription,a=b                  | none of the known forms",
        "/relative/hook                    | none of the known forms",
        "example.com/hook                  | none of the known forms",
        "none:                             | starts with neither",
        "ftp://example.com/x               | starts with neither",
        "mailto:a@example.com              | starts with neither",
        "subscription :a=b                 | starts with neither",
        "example.com:8080/hook             | starts with neither",
        "http:                             | URL is malformed",
        "http:/hook                        | no valid host",
        "http:///hook                      | no valid host",
        "http:hook                         | no valid host",
        "http://:80/hook                   | no valid host",
        "http://a~b/hook                   | no valid host",
        "http://a-/hook                    | no valid host",
        "https://a_b/hook                  | host name with '_'",
        "http://a.example,http://b.example | no valid host",
        "http://a.example/ b               | URL is malformed",
        "http://a.example/%zz              | URL is malformed",
        "http://me:pw@a.example/           | user information",
        "http://me@a.example/              | user information",
        "http://@a.example/                | user information",
        "http://a.example/#top             | fragment",
        "http://a.example/#                | fragment",
        "http://a.example:0/               | invalid port",
        "http://a.example:65536/           | invalid port",
        "subscription:                     | Pair 1 has no '='",
        "subscription:a                    | Pair 1 has no '='",
        "subscription:a=b,                 | Pair 2 has no '='",
        "subscription:a=b,,c=d             | Pair 2 has no '='",
        "subscription:a=b,see, that        | Pair 2 has no '='",
        "subscription:=b                   | name of pair 1 is not a header name",
        "subscription:a=b,c d=e            | name of pair 2 is not a header name",
        "subscription:a =b                 | name of pair 1 is not a header name",
        "subscription:a:b=c                | name of pair 1 is not a header name",
        "subscription:a=1,A=2              | is used twice",
        "subscription:X-Job=1,x_job=2      | is used twice",
      })
  void malformedValuesNameTheFix(String value, String message) {
    assertThatThrownBy(() -> Trigger.parse(value))
        .isInstanceOf(InvalidTriggerException.class)
        .hasMessageStartingWith("erp-api-background: ")
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Host",
        "connection",
        "Keep-Alive",
        "TE",
        "trailer",
        "Transfer-Encoding",
        "upgrade",
        "expect",
        "via",
        "proxy-authorization",
        "Proxy-Foo",
        "Proxy",
        "PROXY_",
        "HTTP2-Settings",
        "transfer_encoding",
        "Content_Length",
        "keep.alive",
        "webhook_signature",
        "X_Signature",
        "x.signature",
        "set_cookie",
        "content-length",
        "Content-Type",
        "webhook-id",
        "Webhook-Anything",
        "X-Signature",
        "authorization",
        "Cookie",
        "set-cookie"
      })
  void refusesReservedHeaderNames(String name) {
    assertThatThrownBy(() -> Trigger.parse("subscription:ok=1," + name + "=x"))
        .isInstanceOf(InvalidTriggerException.class)
        .hasMessageContaining("'" + name + "' cannot be sent with a notification: ")
        .hasMessageContaining("Choose another name");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 10, 13, 27, 127, 0x80, 0xE9, 0x2028, 0xD83D})
  void controlAndNonAsciiCharactersAreRefusedEverywhere(int character) {
    for (String value :
        List.of("subscription:a=x%cy", "http://a.example/%c", "no%cne", "subscription:a%cb=c")) {
      String malformed = value.replace("%c", Character.toString((char) character));
      assertThatThrownBy(() -> Trigger.parse(malformed))
          .isInstanceOf(InvalidTriggerException.class);
    }
  }

  @Test
  void limitsHoldExactly() {
    assertThat(
            ((Trigger.Subscription) Trigger.parse("subscription:" + pairs(Trigger.PAIRS_MAX)))
                .pairs())
        .hasSize(Trigger.PAIRS_MAX);
    assertThatThrownBy(() -> Trigger.parse("subscription:" + pairs(Trigger.PAIRS_MAX + 1)))
        .hasMessageContaining("33 pairs; send at most 32");

    String url = "http://a.example/";
    String longest = url + "x".repeat(HttpUrl.CHARS_MAX - url.length());
    assertThat(Trigger.parse(longest)).isInstanceOf(Trigger.Address.class);
    assertThatThrownBy(() -> Trigger.parse(longest + "x"))
        .hasMessageContaining("at most 4096 are allowed");
    assertThatThrownBy(() -> Trigger.parse(" ".repeat(Trigger.VALUE_CHARS_MAX) + "x"))
        .hasMessageContaining("shorten it to 8192");

    String reference = "x".repeat(Trigger.REFERENCE_CHARS_MAX);
    assertThat(
            ((Trigger.Subscription) Trigger.parse("subscription:reference=" + reference))
                .reference())
        .contains(reference);
    assertThatThrownBy(() -> Trigger.parse("subscription:reference=" + reference + "x"))
        .hasMessageContaining("shorten it to 255");
  }

  @Test
  void requiresExactlyOneHeaderValue() {
    assertThat(Trigger.parse(List.of("none"))).isEqualTo(new Trigger.None());
    assertThatThrownBy(() -> Trigger.parse(List.of("none", "none")))
        .isInstanceOf(InvalidTriggerException.class)
        .hasMessageContaining("2 erp-api-background headers; send exactly one");
    assertThatThrownBy(() -> Trigger.parse(List.of())).isInstanceOf(InvalidTriggerException.class);
  }

  @Test
  void theExceptionContainsTheProblem() {
    InvalidTriggerException thrown =
        catchThrowableOfType(InvalidTriggerException.class, () -> Trigger.parse("junk"));

    assertThat(thrown.problem().type()).isEqualTo(ProblemType.INVALID_BACKGROUND_HEADER);
    assertThat(thrown.problem().detail()).isEqualTo(thrown.getMessage());
  }

  @RepeatedTest(200)
  void pairsAreReadAsWritten(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    Map<String, String> pairs = new LinkedHashMap<>();
    for (int i = random.nextInt(1, Trigger.PAIRS_MAX + 1); i > 0; i--) {
      pairs.put(
          "x-" + i + "x" + letters(random, "abcXYZ019!#$%&'*+-.^_`|~"),
          letters(random, "az=09;:\"\\/%~"));
    }
    String value = pairs.entrySet().stream().map(Object::toString).collect(Collectors.joining(","));

    Trigger.Subscription trigger = (Trigger.Subscription) Trigger.parse("subscription:" + value);

    assertThat(List.copyOf(trigger.pairs().entrySet())).isEqualTo(List.copyOf(pairs.entrySet()));
  }

  @RepeatedTest(200)
  void anyTextEitherParsesOrIsRefusedWithAMessage(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    String prefix =
        List.of("", "none", "subscription:", "http://", "https://h").get(random.nextInt(5));
    String value = prefix + letters(random, "a=,:/@#?[]%\t \0é\uD83D1");
    try {
      assertThat(Trigger.parse(value)).isNotNull();
    } catch (InvalidTriggerException refused) {
      assertThat(refused).hasMessageStartingWith("erp-api-background: ");
    }
  }

  private static String pairs(int count) {
    return IntStream.range(0, count).mapToObj(i -> "n" + i + "=v").collect(Collectors.joining(","));
  }

  private static String letters(Random random, String alphabet) {
    return random
        .ints(random.nextInt(0, 20), 0, alphabet.length())
        .mapToObj(i -> String.valueOf(alphabet.charAt(i)))
        .collect(Collectors.joining());
  }
}
