package dev.backlane.gateway.issuer;

/// The keys of one issuer. Implementations are thread-safe.
public interface KeySource {
  /// The keys as known now. Waits only if none are known.
  ///
  /// @throws KeysUnavailableException if none are known and they cannot be read now
  KeySet keys() throws KeysUnavailableException;

  /// The keys after those that did not verify a token: the issuer may have changed them. Returns
  /// `known` itself if the issuer still publishes the same.
  ///
  /// @throws KeysUnavailableException if they cannot be read now, or were read too often
  KeySet newerThan(KeySet known) throws KeysUnavailableException;
}
