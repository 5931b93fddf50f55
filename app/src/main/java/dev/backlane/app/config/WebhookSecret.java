package dev.backlane.app.config;

import dev.backlane.app.config.ValueType.Scalar;
import dev.backlane.app.config.ValueType.WrongValueException;

/// Secrets that sign notifications: `whsec_` and base64, as Standard Webhooks writes them.
final class WebhookSecret {
  private WebhookSecret() {}

  static Scalar<Secret> type() {
    Scalar<Secret> any = Types.secret("'whsec_' and the base64 of 24 to 64 random bytes");
    return new Scalar<>(
        any.expected(),
        any.placeholder(),
        false,
        text -> {
          Secret secret = any.parser().parse(text);
          try {
            var _ = new dev.backlane.protocol.webhook.WebhookSecret(text);
          } catch (IllegalArgumentException malformed) {
            throw new WrongValueException("cannot sign: " + malformed.getMessage());
          }
          return secret;
        });
  }
}
