package dev.backlane.benchmarks.peers;

import static dev.backlane.benchmarks.report.Numbers.fine;
import static dev.backlane.benchmarks.report.Numbers.millis;
import static dev.backlane.benchmarks.report.Numbers.whole;

import dev.backlane.benchmarks.Gateways;
import dev.backlane.benchmarks.load.InstantUpstream;
import dev.backlane.benchmarks.load.Load;
import dev.backlane.benchmarks.load.OpenLoop;
import dev.backlane.benchmarks.report.MarkdownTable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// Compares proxied calls of the gateway with those of nginx as a reverse proxy, which must be
/// installed, and with direct calls. Not thread-safe.
public final class BesideNginx {
  private static final int PER_SECOND = 50;

  private final Gateways gateways;
  private final Duration warmUp;
  private final Duration time;

  /// @param warmUp the duration of the full load before a measurement
  /// @param time the duration of each measurement
  public BesideNginx(Gateways gateways, Duration warmUp, Duration time) {
    this.gateways = gateways;
    this.warmUp = warmUp;
    this.time = time;
  }

  /// Measures, and prints a table.
  public void run() throws IOException, InterruptedException {
    var table =
        new MarkdownTable(
            "synchronous calls",
            "a second, %d connections".formatted(Gateways.CONNECTIONS),
            "ratio to nginx",
            "median in ms, %d a second".formatted(PER_SECOND));
    try (var upstream = InstantUpstream.responding();
        var gateway = gateways.embedded(upstream.port(), Gateways.WORKERS);
        var nginx = Nginx.start(gateways.work(), upstream.port())) {
      double peer = 0;
      for (var server : List.of(nginx.server(), new Server("the gateway", gateway.port()))) {
        load(server).during(warmUp);
        double perSecond = load(server).during(time).perSecond();
        peer = peer == 0 ? perSecond : peer;
        table.row(server.name, whole(perSecond), fine(perSecond / peer), median(server));
      }
      table.row("direct", "", "", median(new Server("direct", upstream.port())));
    }
    System.out.println(table);
  }

  private record Server(String name, int port) {}

  private static Load load(Server server) {
    return new Load(List.of(server.port), Gateways.CONNECTIONS, Gateways.call(), 200);
  }

  private String median(Server server) throws InterruptedException {
    byte[] call = Gateways.call();
    var times = new OpenLoop(server.port, PER_SECOND).during(time, each -> each.send(call, 200));
    return millis(times.getValueAtPercentile(50));
  }

  /// An nginx with one worker process for each processor and kept connections to the upstream.
  private record Nginx(PeerProcess process, int port) implements AutoCloseable {
    static Nginx start(Path work, int upstreamPort) throws IOException {
      int port = PeerProcess.freePort();
      var folder = Files.createDirectories(work.resolve("nginx"));
      var config = folder.resolve("nginx.conf");
      Files.writeString(
          config,
          """
          daemon off;
          worker_processes auto;
          pid %1$s/nginx.pid;
          error_log stderr;
          events { worker_connections 4096; }
          http {
            access_log off;
            client_body_temp_path %1$s/body;
            proxy_temp_path %1$s/proxy;
            fastcgi_temp_path %1$s/fastcgi;
            uwsgi_temp_path %1$s/uwsgi;
            scgi_temp_path %1$s/scgi;
            keepalive_requests 100000000;
            upstream api { server 127.0.0.1:%2$d; keepalive 512; keepalive_requests 100000000; }
            server {
              listen 127.0.0.1:%3$d backlog=4096;
              location / {
                proxy_pass http://api;
                proxy_http_version 1.1;
                proxy_set_header Connection "";
              }
            }
          }
          """
              .formatted(folder, upstreamPort, port),
          StandardCharsets.US_ASCII);
      var command = List.of("nginx", "-e", "stderr", "-c", config.toString());
      try {
        return new Nginx(PeerProcess.start(folder, command, Map.of(), port), port);
      } catch (IOException missing) {
        throw new IOException(
            "nginx does not run; it must be installed, on Debian by 'apt-get install nginx'",
            missing);
      }
    }

    Server server() {
      return new Server("nginx", port);
    }

    @Override
    public void close() {
      process.close();
    }
  }
}
