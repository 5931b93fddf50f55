package dev.backlane.protocol.url;

/// A text is no URL that can be called. The message continues a sentence about the URL, such as
/// `has a fragment; remove the '#' and the part after it`, and does not quote it: a URL can contain
/// a password.
public final class InvalidUrlException extends Exception {
  private static final long serialVersionUID = 1L;

  InvalidUrlException(String message) {
    super(message);
  }
}
