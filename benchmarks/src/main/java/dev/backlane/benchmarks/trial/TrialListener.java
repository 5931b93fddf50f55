package dev.backlane.benchmarks.trial;

import dev.backlane.gateway.http.CallHandler;
import dev.backlane.gateway.http.ListenerSettings;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// An open port of a server in the trial.
///
/// @param port the port
/// @param serve passes requests to a handler
record TrialListener(Supplier<Integer> port, Consumer<CallHandler> serve) {
  /// Opens a port of one of the servers.
  @FunctionalInterface
  interface Opener {
    TrialListener open(ListenerSettings settings);
  }
}
