package dev.backlane.benchmarks.trial;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.backlane.benchmarks.HttpBytes;
import dev.backlane.benchmarks.Load;
import dev.backlane.benchmarks.MarkdownTable;
import dev.backlane.benchmarks.Numbers;
import dev.backlane.benchmarks.trial.TrialServer.Setup;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/// Requests per second and CPU time per request, of servers that are measured in turn. Other load
/// on the machine affects all of them, so compare the ratios of each round.
final class LoadRows {
  private static final int BODY_BYTES = 1024;
  private static final String GET = "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

  private final List<String> servers;
  private final Path work;
  private final Duration time;

  /// @param time of each measurement
  LoadRows(List<String> servers, Path work, Duration time) {
    this.servers = servers;
    this.work = work;
    this.time = time;
  }

  private record Kind(String name, String request, int status, int connections) {}

  private record Measured(double perSecond, double cpuMicros) {}

  private static List<Kind> kinds() {
    var get = GET.formatted("/invoices");
    var post = new String(HttpBytes.post("/invoices", BODY_BYTES), ISO_8859_1);
    return List.of(
        new Kind("GET, 64 connections", get, 202, 64),
        new Kind("GET, 256 connections", get, 202, 256),
        new Kind("POST of 1 KiB, 64 connections", post, 202, 64),
        new Kind("POST of 1 KiB, 256 connections", post, 202, 256),
        new Kind("GET of 1 MiB, 16 connections", GET.formatted("/mib"), 200, 16));
  }

  /// Measures so many rounds and returns the medians, with ratios to the first server.
  MarkdownTable run(int rounds) throws IOException, InterruptedException {
    var processes = new ArrayList<TrialServer.Running>();
    try {
      for (String server : servers) {
        processes.add(TrialServer.start(server, work, Setup.usual()));
      }
      for (var kind : kinds()) {
        round(processes, kind);
      }
      var table = new MarkdownTable(head());
      for (var kind : kinds()) {
        var measured = new ArrayList<List<Measured>>();
        for (int i = 0; i < rounds; i++) {
          measured.add(round(processes, kind));
          System.out.println(kind.name() + ": " + measured.getLast());
        }
        table.row(row(kind.name(), measured));
      }
      return table;
    } finally {
      for (var process : processes) {
        process.close();
      }
    }
  }

  private List<Measured> round(List<TrialServer.Running> processes, Kind kind)
      throws InterruptedException {
    var measured = new ArrayList<Measured>();
    for (var process : processes) {
      byte[] request = kind.request().getBytes(ISO_8859_1);
      var load = new Load(List.of(process.port()), kind.connections(), request, kind.status());
      long before = process.cpu().toNanos();
      var result = load.during(time);
      double cpuMicros = (process.cpu().toNanos() - before) / 1000.0;
      measured.add(new Measured(result.perSecond(), cpuMicros / result.answers()));
    }
    return measured;
  }

  private String[] head() {
    var head = new ArrayList<String>(List.of("median"));
    servers.forEach(server -> head.addAll(List.of(server + "/s", "ratio", "CPU µs", "ratio")));
    return head.toArray(String[]::new);
  }

  private String[] row(String name, List<List<Measured>> rounds) {
    var cells = new ArrayList<String>(List.of(name));
    for (int i = 0; i < servers.size(); i++) {
      int server = i;
      cells.add(Numbers.whole(median(rounds, round -> round.get(server).perSecond())));
      cells.add(
          Numbers.fine(
              median(
                  rounds, round -> round.get(server).perSecond() / round.getFirst().perSecond())));
      cells.add(Numbers.fine(median(rounds, round -> round.get(server).cpuMicros())));
      cells.add(
          Numbers.fine(
              median(
                  rounds, round -> round.get(server).cpuMicros() / round.getFirst().cpuMicros())));
    }
    return cells.toArray(String[]::new);
  }

  private static double median(
      List<List<Measured>> rounds, ToDoubleFunction<List<Measured>> value) {
    return Numbers.median(rounds.stream().map(value::applyAsDouble).toList());
  }
}
