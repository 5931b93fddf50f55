package dev.backlane.system.support;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assertions;

/// nginx or HAProxy on loopback, with an example of the documentation as its configuration, in
/// which only the addresses are replaced. Thread-safe.
public final class ReverseProxy implements AutoCloseable {
  private static final Duration START_MAX = Duration.ofSeconds(20);
  private static final int LINES_SHOWN = 20;

  private final Path folder;
  private final URI url;
  private final ServerProgram program;

  private ReverseProxy(Path folder, URI url, ServerProgram program) {
    this.folder = folder;
    this.url = url;
    this.program = program;
  }

  /// nginx in front of a gateway.
  static ReverseProxy nginxInFront(int port, URI gateway) {
    return nginx("nginx-front.conf", "127.0.0.1:8000", port, "127.0.0.1:8080", gateway);
  }

  /// nginx between a gateway and its API.
  static ReverseProxy nginxBehind(URI api) {
    return nginx("nginx-behind.conf", "127.0.0.1:9000", freePort(), "127.0.0.1:9001", api);
  }

  private static ReverseProxy nginx(
      String example, String listening, int port, String passing, URI backend) {
    return start(
        example,
        Map.of(listening, "127.0.0.1:" + port, passing, backend.getAuthority()),
        port,
        (folder, file) ->
            List.of(
                "nginx",
                "-p",
                folder.toString(),
                "-e",
                "stderr",
                "-c",
                file.toString(),
                "-g",
                // One process, which ends with the test, and which needs no directory of the
                // system.
                "daemon off; master_process off; pid " + folder.resolve("pid") + ";"));
  }

  /// HAProxy in front of a gateway.
  static ReverseProxy haproxyInFront(int port, URI gateway) {
    return start(
        "haproxy.cfg",
        Map.of("127.0.0.1:8000", "127.0.0.1:" + port, "127.0.0.1:8080", gateway.getAuthority()),
        port,
        (_, file) -> List.of("haproxy", "-db", "-f", file.toString()));
  }

  @FunctionalInterface
  private interface Command {
    List<String> of(Path folder, Path file);
  }

  private static ReverseProxy start(
      String example, Map<String, String> addresses, int port, Command command) {
    try {
      var folder = Files.createTempDirectory("backlane-proxy-");
      var text = Files.readString(Repository.root().resolve("docs/examples").resolve(example));
      for (var address : addresses.entrySet()) {
        Assertions.assertTrue(text.contains(address.getKey()), example + " has no " + address);
        text = text.replace(address.getKey(), address.getValue());
      }
      var file = Files.writeString(folder.resolve(example), text, UTF_8);
      var program = new ServerProgram(command.of(folder, file), Map.of());
      var proxy = new ReverseProxy(folder, URI.create("http://127.0.0.1:" + port), program);
      proxy.awaitPort();
      return proxy;
    } catch (IOException e) {
      throw new UncheckedIOException(example + " cannot be copied", e);
    }
  }

  private void awaitPort() {
    long end = System.nanoTime() + START_MAX.toNanos();
    while (true) {
      try (var socket = new Socket()) {
        socket.connect(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), url.getPort()));
        return;
      } catch (IOException refused) {
        if (!program.alive() || System.nanoTime() > end) {
          var lines = new ArrayList<>(program.rest());
          close();
          throw new AssertionError(
              "the proxy does not listen at "
                  + url
                  + ": "
                  + lines.subList(0, Math.min(LINES_SHOWN, lines.size())),
              refused);
        }
      }
    }
  }

  /// A port that was free a moment ago.
  public static int freePort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException("no port is free", e);
    }
  }

  /// The URL at which the proxy serves.
  URI url() {
    return url;
  }

  /// What it printed.
  public List<String> lines() {
    return program.rest();
  }

  @Override
  public void close() {
    program.close();
    Folders.delete(folder);
  }
}
