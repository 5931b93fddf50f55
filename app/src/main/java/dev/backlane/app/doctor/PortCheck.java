package dev.backlane.app.doctor;

import dev.backlane.app.config.sections.Config;
import dev.backlane.gateway.http.ListenerSettings;
import dev.backlane.gateway.upstream.UpstreamClient;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;

/// The addresses on which the gateway listens.
///
/// @param storeInUse whether a process uses the store of this configuration
record PortCheck(Config config, BooleanSupplier storeInUse) implements Check {
  private static final int UNPRIVILEGED_MIN = 1024;
  private static final String LIVE = "{\"status\":\"UP\"}";

  @Override
  public void run(Findings findings) throws InterruptedException {
    check("server", config.server().listener(), findings);
    var operators = config.admin().listener();
    if (operators.isPresent()) {
      check("admin", operators.get(), findings);
    }
  }

  /// @param section of the settings
  private void check(String section, ListenerSettings listener, Findings findings)
      throws InterruptedException {
    var host = listener.host();
    int port = listener.port();
    if (port == 0) {
      findings.ok(section + ".port 0: any free port");
      return;
    }
    var address = host + ":" + port;
    try (var socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getByName(host), port));
      findings.ok(address + " is free");
    } catch (BindException refused) {
      refused(section, listener, String.valueOf(refused.getMessage()), findings);
    } catch (IOException failed) {
      findings.fail(
          address + " cannot be listened on: " + failed.getMessage(),
          "correct " + section + ".host");
    }
  }

  private void refused(String section, ListenerSettings listener, String why, Findings findings)
      throws InterruptedException {
    int port = listener.port();
    var address = listener.host() + ":" + port;
    if (why.contains("assign")) {
      findings.fail(
          address + " is not an address of this machine",
          "correct " + section + ".host, such as 0.0.0.0");
    } else if (why.contains("ermission") && port < UNPRIVILEGED_MIN) {
      findings.fail(
          "this user may not listen on port " + port,
          "set " + section + ".port to 1024 or above, or grant CAP_NET_BIND_SERVICE");
    } else if (isGateway()) {
      findings.ok(address + " is in use by a running gateway");
    } else {
      findings.fail(
          address + " is in use by another program",
          "stop that program (ss -ltnp 'sport = :"
              + port
              + "'), or set another "
              + section
              + ".port");
    }
  }

  /// Whether a gateway of this configuration runs. It serves its health on one of its ports.
  private boolean isGateway() throws InterruptedException {
    if (config.server().secure()) {
      // Its certificate need not name this address, so that it cannot be called; a store in use is
      // sign enough.
      return storeInUse.getAsBoolean();
    }
    try {
      var health = config.admin().listener().orElse(config.server().listener());
      var host = health.host();
      var reachable = InetAddress.getByName(host).isAnyLocalAddress() ? "127.0.0.1" : host;
      var authority = reachable.contains(":") ? "[" + reachable + "]" : reachable;
      var response =
          new Web(InstantSource.system())
              .get(
                  URI.create("http://" + authority + ":" + health.port() + "/health/live"),
                  UpstreamClient.defaultTls());
      return new String(response.body(), StandardCharsets.UTF_8).equals(LIVE);
    } catch (IOException anotherProgram) {
      return false;
    }
  }
}
