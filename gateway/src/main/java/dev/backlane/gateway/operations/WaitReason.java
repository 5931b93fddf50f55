package dev.backlane.gateway.operations;

/// Why an operation waits.
///
/// @param code for programs
/// @param detail for operators, in one sentence, with what to do where there is something
public record WaitReason(Code code, String detail) {
  /// The kinds of reasons.
  public enum Code {
    /// The store is a copy.
    HELD("held"),
    /// An operator has paused its tenant, its route or the upstream.
    PAUSED("paused"),
    /// Its next attempt is not due yet.
    NOT_DUE("not-due"),
    /// The upstream cannot be reached.
    UPSTREAM_UNREACHABLE("upstream-unreachable"),
    /// As many attempts as permitted are in flight.
    LIMIT("limit"),
    /// This process is stopping.
    STOPPING("stopping"),
    /// Nothing: it starts within a second.
    STARTING("starting");

    private final String wire;

    Code(String wire) {
      this.wire = wire;
    }

    /// The word for it in documents.
    public String wire() {
      return wire;
    }
  }
}
