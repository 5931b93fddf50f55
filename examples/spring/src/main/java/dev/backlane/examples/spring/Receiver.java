package dev.backlane.examples.spring;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.client.webhook.WebhookException;
import dev.backlane.client.webhook.WebhookVerifier;
import java.io.IOException;
import java.io.InputStream;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/// Receives notifications, verifies them, and prints each of them once. The property
/// `webhook.secrets` (variable `WEBHOOK_SECRETS`) has the secrets, separated by commas.
@SpringBootApplication
@RestController
public class Receiver {
  private static final int BODY_BYTES_MAX = 64 * 1024;

  private final WebhookVerifier verifier;

  // In production: a table with a unique key, written in the same transaction as the work.
  private final Set<String> processed = ConcurrentHashMap.newKeySet();

  Receiver(@Value("${webhook.secrets}") String[] secrets) {
    this.verifier = WebhookVerifier.of(secrets);
  }

  public static void main(String[] arguments) {
    SpringApplication.run(Receiver.class, arguments);
  }

  /// @param request the raw bytes, which are signed; a type that is read from JSON would lose them
  @PostMapping("/hooks/backlane")
  ResponseEntity<Void> receive(@RequestHeader HttpHeaders headers, InputStream request)
      throws IOException {
    byte[] body = request.readNBytes(BODY_BYTES_MAX);
    try {
      var notification = verifier.verify(body, headers::getFirst);
      if (processed.add(notification.id())) { // A notification can arrive twice.
        System.out.println(new String(body, UTF_8));
      }
      return ResponseEntity.noContent().build();
    } catch (WebhookException notGenuine) {
      return ResponseEntity.badRequest().build();
    }
  }
}
