package dev.backlane.app.doctor;

import dev.backlane.app.config.sections.ServerSection;
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

/// The address on which the gateway listens.
///
/// @param storeInUse whether a process uses the store of this configuration
record PortCheck(ServerSection server, BooleanSupplier storeInUse) implements Check {
  private static final int UNPRIVILEGED_MIN = 1024;
  private static final String LIVE = "{\"status\":\"UP\"}";

  @Override
  public void run(Findings findings) throws InterruptedException {
    var host = server.listener().host();
    int port = server.listener().port();
    if (port == 0) {
      findings.ok("server.port 0: any free port");
      return;
    }
    var address = host + ":" + port;
    try (var listener = new ServerSocket()) {
      listener.setReuseAddress(true);
      listener.bind(new InetSocketAddress(InetAddress.getByName(host), port));
      findings.ok(address + " is free");
    } catch (BindException refused) {
      refused(address, port, String.valueOf(refused.getMessage()), findings);
    } catch (IOException failed) {
      findings.fail(
          address + " cannot be listened on: " + failed.getMessage(), "correct server.host");
    }
  }

  private void refused(String address, int port, String why, Findings findings)
      throws InterruptedException {
    if (why.contains("assign")) {
      findings.fail(
          address + " is not an address of this machine", "correct server.host, such as 0.0.0.0");
    } else if (why.contains("ermission") && port < UNPRIVILEGED_MIN) {
      findings.fail(
          "this user may not listen on port " + port,
          "set server.port to 1024 or above, or grant CAP_NET_BIND_SERVICE");
    } else if (isGateway(port)) {
      findings.ok(address + " is in use by a running gateway");
    } else {
      findings.fail(
          address + " is in use by another program",
          "stop that program (ss -ltnp 'sport = :" + port + "'), or set another server.port");
    }
  }

  private boolean isGateway(int port) throws InterruptedException {
    if (server.tls().identity().isPresent()) {
      // Its certificate need not name this address, so that it cannot be called; a store in use is
      // sign enough.
      return storeInUse.getAsBoolean();
    }
    try {
      var host = server.listener().host();
      var reachable = InetAddress.getByName(host).isAnyLocalAddress() ? "127.0.0.1" : host;
      var authority = reachable.contains(":") ? "[" + reachable + "]" : reachable;
      var response =
          new Web(InstantSource.system())
              .get(
                  URI.create("http://" + authority + ":" + port + "/health/live"),
                  UpstreamClient.defaultTls());
      return new String(response.body(), StandardCharsets.UTF_8).equals(LIVE);
    } catch (IOException anotherProgram) {
      return false;
    }
  }
}
