package dev.backlane.client.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

class WebhookVerifierTest {
  private static final byte[] KEY = "thirty-two bytes of key material".getBytes(UTF_8);
  private static final String SECRET = "whsec_" + Base64.getEncoder().encodeToString(KEY);
  private static final String OTHER =
      "whsec_" + Base64.getEncoder().encodeToString("b".getBytes(UTF_8));
  private static final Instant NOW = Instant.ofEpochSecond(1_770_000_000);
  private static final byte[] BODY =
      """
      {"id":"1","reference":"ä","status":"Finished","statusCode":200,"stateLocation":"s",
       "contentLocation":"c","eventType":"BACKGROUND_API_RESPONSE","occurredUtc":"2026-01-31T12:00:00Z"}\
      """
          .getBytes(UTF_8);

  private final WebhookVerifier verifier =
      WebhookVerifier.builder(OTHER, SECRET).clock(() -> NOW).build();

  private static String hmac(byte[] key, byte[] prefix, byte[] body) throws Exception {
    var mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    mac.update(prefix);
    return Base64.getEncoder().encodeToString(mac.doFinal(body));
  }

  private static Map<String, String> signed(Instant at) throws Exception {
    var fields = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    fields.put("Webhook-Id", "1");
    fields.put("Webhook-Timestamp", Long.toString(at.getEpochSecond()));
    fields.put(
        "Webhook-Signature",
        "v1a,x v1,AAAA v1," + hmac(KEY, ("1." + at.getEpochSecond() + ".").getBytes(UTF_8), BODY));
    return fields;
  }

  @Test
  void readsANotificationThatAnySecretSigned() throws Exception {
    var notification = verifier.verify(BODY, signed(NOW)::get);

    assertThat(notification.id()).isEqualTo("1");
    assertThat(notification.reference()).isEqualTo("ä");
    assertThat(notification.statusCode()).isEqualTo(200);
    assertThat(notification.occurredUtc()).isEqualTo(Instant.parse("2026-01-31T12:00:00Z"));
  }

  @Test
  void readsTheDocumentedSignature() throws Exception {
    var fields = Map.of("x-signature", hmac("a key".getBytes(UTF_8), new byte[0], BODY));

    assertThat(WebhookVerifier.of("a key\n").verify(BODY, fields::get).id()).isEqualTo("1");
  }

  @Test
  void readsTheDocumentedSignatureBesideAnother() throws Exception {
    var fields = signed(NOW);
    fields.put("x-signature", hmac("a key".getBytes(UTF_8), new byte[0], BODY));

    assertThat(WebhookVerifier.of("a key").verify(BODY, fields::get).id()).isEqualTo("1");
  }

  @Test
  void refusesANotificationThatLostItsTimestamp() throws Exception {
    var fields = Map.of("x-signature", hmac(SECRET.getBytes(UTF_8), new byte[0], BODY));

    assertThatThrownBy(() -> verifier.verify(BODY, fields::get))
        .isInstanceOf(WebhookException.class)
        .hasMessageContaining("no webhook-signature");
    var lenient = WebhookVerifier.builder(SECRET).documentedSignature(true).build();
    assertThat(lenient.verify(BODY, fields::get).id()).isEqualTo("1");
  }

  @Test
  void readsHeaderFieldsInAnyLetterCase() throws Exception {
    var fields = new HashMap<String, List<String>>();
    signed(NOW).forEach((name, value) -> fields.put(name.toUpperCase(Locale.ROOT), List.of(value)));
    fields.compute("WEBHOOK-SIGNATURE", (name, values) -> List.of("v1,AAAA", values.getFirst()));

    assertThat(verifier.verify(BODY, fields).id()).isEqualTo("1");
  }

  @Test
  void refusesADocumentThatIsNoNotification() throws Exception {
    for (var text : new String[] {"", "{}", "null", "[]", "<html>"}) {
      byte[] body = text.getBytes(UTF_8);
      var fields = Map.of("x-signature", hmac("a key".getBytes(UTF_8), new byte[0], body));
      assertThatThrownBy(() -> WebhookVerifier.of("a key").verify(body, fields::get))
          .isInstanceOf(WebhookException.class)
          .hasMessageContaining("not a notification");
    }
  }

  @Test
  void acceptsTimestampsUpToTheTolerance() throws Exception {
    assertThat(verifier.verify(BODY, signed(NOW.minusSeconds(300))::get).id()).isEqualTo("1");
    assertThat(verifier.verify(BODY, signed(NOW.plusSeconds(300))::get).id()).isEqualTo("1");
    for (var time : new Instant[] {NOW.plusSeconds(301), Instant.MIN, Instant.MAX}) {
      var fields = signed(time);
      assertThatThrownBy(() -> verifier.verify(BODY, fields::get))
          .isInstanceOf(WebhookException.class);
    }
    assertThatThrownBy(() -> WebhookVerifier.builder(SECRET).tolerance(Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesAnotherBody() throws Exception {
    var fields = signed(NOW);
    byte[] altered = BODY.clone();
    altered[7] = '2';

    assertThatThrownBy(() -> verifier.verify(altered, fields::get))
        .isInstanceOf(WebhookException.class)
        .hasMessageContaining("does not match");
  }

  @Test
  void refusesAnOldTimestamp() throws Exception {
    var fields = signed(NOW.minus(Duration.ofMinutes(6)));

    assertThatThrownBy(() -> verifier.verify(BODY, fields::get))
        .isInstanceOf(WebhookException.class)
        .hasMessageContaining("webhook-timestamp");
  }

  @Test
  void refusesMissingAndMalformedHeaders() throws Exception {
    var fields = new HashMap<String, String>();
    assertRefused(fields);
    fields.put("webhook-signature", "v1,!!!");
    assertRefused(fields);
    fields.put("webhook-id", "1");
    assertRefused(fields);
    fields.put("webhook-timestamp", "99999999999999999999999");
    assertRefused(fields);
  }

  private void assertRefused(Map<String, String> fields) {
    assertThatThrownBy(() -> verifier.verify(BODY, fields::get))
        .isInstanceOf(WebhookException.class);
  }

  @Test
  void refusesSecretsThatAreNotValid() {
    assertThatThrownBy(() -> WebhookVerifier.of()).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> WebhookVerifier.of("whsec_no base64!"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("no base64!");
  }
}
