package dev.backlane.gateway.webhook;

import java.net.InetAddress;
import java.util.List;

/// Looks up the addresses of a host name. Thread-safe.
@FunctionalInterface
public interface HostResolver {
  /// The addresses of a name; empty if it has none or they cannot be looked up now.
  ///
  /// @param requester whose share of the look-ups is used
  List<InetAddress> resolve(String host, Requester requester);
}
