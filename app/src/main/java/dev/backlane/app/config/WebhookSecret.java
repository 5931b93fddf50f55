package dev.backlane.app.config;

import dev.backlane.app.config.ValueType.Scalar;
import dev.backlane.app.config.ValueType.WrongValueException;
import java.util.Base64;

/// Secrets that sign notifications: any text, or `whsec_` and base64 as Standard Webhooks writes them.
final class WebhookSecret {
  private static final String MARK = "whsec_";

  private WebhookSecret() {}

  static Scalar<Secret> type() {
    Scalar<Secret> any =
        Types.secret("a secret, best 'whsec_' and the base64 of 24 to 64 random bytes");
    return new Scalar<>(
        any.expected(),
        any.placeholder(),
        false,
        text -> {
          Secret secret = any.parser().parse(text);
          if (text.startsWith(MARK) && !isBase64(text.substring(MARK.length()))) {
            throw new WrongValueException("begins with 'whsec_' but no base64 follows");
          }
          return secret;
        });
  }

  private static boolean isBase64(String text) {
    try {
      return Base64.getDecoder().decode(text).length > 0;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
