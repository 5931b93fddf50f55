package dev.backlane.benchmarks.peers;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A Restate server on one node with its defaults, so that each call is on the disk before its 202,
/// and the service that sends the calls to the upstream. Not thread-safe.
final class RestateServer implements AutoCloseable {
  /// Where a call is accepted.
  static final String TARGET = "/Calls/forward/send";

  private static final Duration INSTALL_MAX = Duration.ofMinutes(5);
  private static final String LOOPBACK = "127.0.0.1:";

  private final PeerProcess service;
  private final PeerProcess server;
  private final int port;

  private RestateServer(PeerProcess service, PeerProcess server, int port) {
    this.service = service;
    this.server = server;
    this.port = port;
  }

  /// Installs the server and the library of its service with npm, which must be installed.
  ///
  /// @return the folder in which they are
  static Path install(Path work) throws IOException, InterruptedException {
    var folder = Files.createDirectories(work.resolve("restate"));
    for (var file : List.of("package.json", "service.mjs")) {
      try (var content = RestateServer.class.getResourceAsStream(file)) {
        if (content == null) {
          throw new IOException("the resource " + file + " is missing");
        }
        Files.write(folder.resolve(file), content.readAllBytes());
      }
    }
    var log = folder.resolve("npm.log");
    var npm =
        new ProcessBuilder("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund")
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    if (!npm.waitFor(INSTALL_MAX.toSeconds(), TimeUnit.SECONDS) || npm.exitValue() != 0) {
      npm.destroyForcibly();
      throw new IOException("npm could not install Restate: " + Files.readString(log));
    }
    return folder;
  }

  /// Starts the service and a server with a new store.
  ///
  /// @param installed the folder of [#install]
  /// @param workers the concurrent calls of the upstream
  static RestateServer start(Path installed, int upstreamPort, int workers)
      throws IOException, InterruptedException {
    int servicePort = PeerProcess.freePort();
    var service =
        PeerProcess.start(
            installed,
            List.of(
                "node",
                "service.mjs",
                Integer.toString(upstreamPort),
                Integer.toString(servicePort)),
            Map.of("RESTATE_LOGGING", "WARN"),
            servicePort);
    int port = PeerProcess.freePort();
    int adminPort = PeerProcess.freePort();
    PeerProcess server;
    try {
      server = server(installed, port, adminPort, workers);
    } catch (IOException failed) {
      service.close();
      throw failed;
    }
    var restate = new RestateServer(service, server, port);
    try {
      register(adminPort, servicePort);
      return restate;
    } catch (IOException | InterruptedException failed) {
      restate.close();
      throw failed;
    }
  }

  private static PeerProcess server(Path installed, int port, int adminPort, int workers)
      throws IOException {
    var command =
        List.of(
            program(installed).toString(),
            "--base-dir",
            Files.createTempDirectory(installed, "data-").toString(),
            "--no-logo");
    return PeerProcess.start(
        installed,
        command,
        Map.of(
            "RUST_LOG",
            "warn",
            "RESTATE_INGRESS__BIND_ADDRESS",
            LOOPBACK + port,
            "RESTATE_ADMIN__BIND_ADDRESS",
            LOOPBACK + adminPort,
            "RESTATE_BIND_ADDRESS",
            LOOPBACK + PeerProcess.freePort(),
            "RESTATE_WORKER__INVOKER__CONCURRENT_INVOCATIONS_LIMIT",
            Integer.toString(workers)),
        adminPort);
  }

  // A package of its own for each system.
  private static Path program(Path installed) throws IOException {
    var packages = new ArrayList<Path>();
    try (var found =
        Files.newDirectoryStream(
            installed.resolve("node_modules/@restatedev"), "restate-server-*")) {
      found.forEach(packages::add);
    }
    if (packages.size() != 1) {
      throw new IOException("Restate has no server for this system");
    }
    return packages.getFirst().resolve("bin/restate-server");
  }

  private static void register(int adminPort, int servicePort)
      throws IOException, InterruptedException {
    try (var client = HttpClient.newHttpClient()) {
      var deployment =
          HttpRequest.newBuilder(URI.create("http://" + LOOPBACK + adminPort + "/deployments"))
              .header("Content-Type", "application/json")
              .POST(BodyPublishers.ofString("{\"uri\":\"http://" + LOOPBACK + servicePort + "\"}"))
              .build();
      var response = client.send(deployment, BodyHandlers.ofString());
      if (response.statusCode() != 201) {
        throw new IOException("Restate did not register the service: " + response.body());
      }
    }
  }

  /// Where it accepts calls.
  int port() {
    return port;
  }

  /// The CPU time of the server and its service so far.
  Duration cpu() {
    return server.cpu().plus(service.cpu());
  }

  @Override
  public void close() {
    server.close();
    service.close();
  }
}
