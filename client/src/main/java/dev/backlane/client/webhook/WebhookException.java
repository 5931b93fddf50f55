package dev.backlane.client.webhook;

/// A notification is not authentic, or cannot be read. Respond with 400, and ignore its content.
public final class WebhookException extends Exception {
  private static final long serialVersionUID = 1;

  WebhookException(String message) {
    super(message);
  }

  WebhookException(String message, Throwable cause) {
    super(message, cause);
  }
}
