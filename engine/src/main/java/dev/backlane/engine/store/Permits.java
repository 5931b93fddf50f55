package dev.backlane.engine.store;

/// How much of what waits may start now: in all, for one tenant and for one route. A store asks it for each operation that it
/// would hand out. Implementations are thread-safe and do not block.
public interface Permits {
  /// Takes a place for an operation.
  ///
  /// @param tenant whose operation it is
  /// @param route under which it was accepted; empty: none of the declared ones
  /// @return false if there is none: the operation keeps waiting
  boolean take(String tenant, String route);

  /// Gives back a place that was taken and is not needed.
  void release(String tenant, String route);

  /// Tells whether [#take] would succeed.
  boolean hasPermit(String tenant, String route);
}
