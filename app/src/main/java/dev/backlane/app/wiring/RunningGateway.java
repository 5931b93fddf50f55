package dev.backlane.app.wiring;

import dev.backlane.app.config.sections.Config;
import java.net.URI;
import java.time.Duration;
import java.util.Map;

/// A gateway that accepts requests.
public interface RunningGateway extends AutoCloseable {
  /// One line with its addresses, for the operator.
  String announcement();

  /// What an operator wants to know of a start, by name, for the log: version, addresses, store,
  /// and the work that earlier processes left.
  Map<String, Object> facts();

  /// The URL that clients use, without a slash at the end.
  URI url();

  /// The URL that operators use, without a slash at the end: the same unless they have a port or a
  /// host of their own.
  URI operatorsUrl();

  /// Puts the reloadable settings of another configuration in force, all at the same moment. Others
  /// keep their values.
  ///
  /// @throws dev.backlane.engine.store.failure.StoreException if the store is unavailable; nothing
  ///     is changed
  void reload(Config next);

  /// The longest time that [#close] takes with the settings in force.
  Duration stopMax();

  /// Shortens a [#close] in progress, or the next one: what is in flight is aborted at once.
  void stopNow();

  /// Accepts calls for `server.shutdown-delay`, stops accepting them, lets attempts and calls in
  /// flight continue for at most `execution.drain-timeout`, and releases the store and the port.
  @Override
  void close();
}
