package dev.backlane.gateway.dashboard.overview;

import dev.backlane.engine.execution.permits.RouteLoad;
import java.net.URI;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The gateway at one moment.
///
/// @param node this process
/// @param work that waits and runs
/// @param deliveries to webhook receivers
/// @param store where everything is stored
public record Status(Node node, Work work, Deliveries deliveries, Store store) {
  /// This process.
  ///
  /// @param name in the store
  /// @param shared whether other nodes may use the same store
  /// @param draining whether it is stopping
  /// @param bodyBytes memory that bodies occupy
  /// @param bodyBytesMax memory that they may occupy
  public record Node(
      String name,
      String version,
      Instant startedAt,
      boolean shared,
      boolean draining,
      long bodyBytes,
      long bodyBytesMax) {}

  /// Operations and attempts.
  ///
  /// @param queued operations that wait for a worker
  /// @param running attempts in flight in this process
  /// @param limit attempts that may be in flight in this process
  /// @param held operations that an operator must decide on, since the store is a copy
  /// @param outcomesHeld outcomes that the store has not accepted yet
  /// @param upstream the URL of the API
  /// @param upstreamUnreachable whether its circuit is open
  /// @param routes the load of each route, by its name; the empty name: no declared route
  /// @param totals what this process has done since it started
  public record Work(
      long queued,
      int running,
      int limit,
      long held,
      int outcomesHeld,
      URI upstream,
      boolean upstreamUnreachable,
      Map<String, RouteLoad> routes,
      Totals totals) {
    public Work {
      routes = new TreeMap<>(routes);
    }
  }

  /// Counts of this process since it started.
  ///
  /// @param unknown those of `failed` on which the upstream may have acted
  public record Totals(
      long accepted, long finished, long failed, long unknown, long canceled, long setAside) {}

  /// Webhook deliveries.
  ///
  /// @param waiting for an attempt, or in flight
  /// @param openCircuits receivers that are not called for a while after repeated failures
  public record Deliveries(long waiting, int running, int openCircuits) {}

  /// The store.
  ///
  /// @param kind such as `rocksdb`
  /// @param place the directory or the address of the database, without credentials
  /// @param refusal why new operations are refused
  /// @param damagedRecords how many records that cannot be read were found
  /// @param disk of an embedded store
  public record Store(
      String kind,
      String place,
      Optional<String> refusal,
      long damagedRecords,
      Optional<Disk> disk) {}

  /// The disk of an embedded store.
  public record Disk(long freeBytes, long totalBytes) {
    /// The part that is used, in percent.
    public int usedPercent() {
      return totalBytes == 0 ? 0 : (int) (100 * (totalBytes - freeBytes) / totalBytes);
    }
  }
}
