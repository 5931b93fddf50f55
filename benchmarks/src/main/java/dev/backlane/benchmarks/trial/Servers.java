package dev.backlane.benchmarks.trial;

import dev.backlane.gateway.http.ListenerSettings;
import dev.backlane.gateway.http.helidon.HelidonListener;
import dev.backlane.gateway.http.jetty.JettyListener;
import dev.backlane.gateway.http.netty.NettyListener;
import java.util.List;
import java.util.Map;

/// The servers that can be compared, the first of which the ratios of load refer to. An adapter
/// is added here, and nowhere else in the trial.
final class Servers {
  private static final List<Map.Entry<String, TrialListener.Opener>> ALL =
      List.of(
          Map.entry("jetty", Servers::jetty),
          Map.entry("netty", Servers::netty),
          Map.entry("helidon", Servers::helidon));

  private Servers() {}

  private static TrialListener jetty(ListenerSettings settings) {
    var listener = JettyListener.open(settings);
    return new TrialListener(listener::port, listener::serve);
  }

  private static TrialListener netty(ListenerSettings settings) {
    var listener = NettyListener.open(settings);
    return new TrialListener(listener::port, listener::serve);
  }

  private static TrialListener helidon(ListenerSettings settings) {
    var listener = HelidonListener.open(settings);
    return new TrialListener(listener::port, listener::serve);
  }

  /// The names of all, or of those that the system property `backlane.servers` lists with commas.
  static List<String> names() {
    var chosen = List.of(System.getProperty("backlane.servers", "").split(","));
    return ALL.stream()
        .map(Map.Entry::getKey)
        .filter(name -> chosen.equals(List.of("")) || chosen.contains(name))
        .toList();
  }

  static TrialListener.Opener named(String name) {
    return ALL.stream()
        .filter(server -> server.getKey().equals(name))
        .findFirst()
        .map(Map.Entry::getValue)
        .orElseThrow(
            () -> new IllegalArgumentException("no server " + name + "; there are " + names()));
  }
}
