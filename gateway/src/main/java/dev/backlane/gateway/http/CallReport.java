package dev.backlane.gateway.http;

import java.util.Optional;

/// What a call turned out to be, as far as its handlers know: for metrics, at its end. For one
/// thread at a time.
public final class CallReport {
  /// The part of the gateway that a call is for.
  public enum Kind {
    /// A call that is accepted for the background, or refused as such.
    BACKGROUND,
    /// A call that is passed to the upstream as it is.
    PROXY,
    /// A request for states, contents and lists.
    API,
    /// A request of operators and their machines.
    OPERATOR,
    /// Not known: the call was refused before.
    NONE
  }

  /// Receives each call at its end.
  @FunctionalInterface
  public interface Listener {
    /// Ignores calls.
    Listener NONE = (_, _) -> {};

    /// A call has ended: its response has been sent, or its connection was closed. Must return at
    /// once and must not throw.
    ///
    /// @param tookNanos since its head was received
    void ended(Call call, long tookNanos);
  }

  private Kind kind = Kind.NONE;
  private Optional<String> refusal = Optional.empty();

  /// The part of the gateway that the call is for.
  public Kind kind() {
    return kind;
  }

  /// Sets the part of the gateway that the call is for.
  public void kind(Kind decided) {
    kind = decided;
  }

  /// Why the gateway itself refused the call: a word of a small set; empty if it did not.
  public Optional<String> refusal() {
    return refusal;
  }

  void refused(String why) {
    refusal = Optional.of(why);
  }
}
