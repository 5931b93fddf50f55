package dev.backlane.benchmarks.trial;

import dev.backlane.benchmarks.MarkdownTable;
import dev.backlane.benchmarks.trial.TrialServer.Setup;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// Compares the servers of [Servers]: a table of framing and resources, one of load.
public final class Trial {
  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

  private final List<String> servers = Servers.names();
  private final Path work;

  /// @param work where logs are stored
  public Trial(Path work) {
    this.work = work;
  }

  /// Prints both tables.
  ///
  /// @param time of each measurement of load; zero: no load
  /// @param rounds of load; 0: no load
  public void run(Duration time, int rounds) throws IOException, InterruptedException {
    System.out.println(behavior());
    System.out.println();
    System.out.println(new LoadRows(servers, work, time).run(rounds));
  }

  private MarkdownTable behavior() throws IOException, InterruptedException {
    Map<String, List<String>> results = new LinkedHashMap<>();
    for (String server : servers) {
      try (var process = TrialServer.start(server, work, Setup.usual())) {
        FramingRows.all()
            .forEach((name, row) -> add(results, server, name, row.apply(process.port())));
      }
      new ResourceRows(server, work)
          .run()
          .forEach((name, result) -> add(results, server, name, result));
    }
    var head = new ArrayList<String>(List.of("case"));
    head.addAll(servers);
    var table = new MarkdownTable(head.toArray(String[]::new));
    results.forEach((name, cells) -> {
      var row = new ArrayList<String>(List.of(name));
      row.addAll(cells);
      table.row(row.toArray(String[]::new));
    });
    return table;
  }

  private static void add(
      Map<String, List<String>> results, String server, String name, String result) {
    System.out.println(server + ": " + name + ": " + printable(result));
    results.computeIfAbsent(name, _ -> new ArrayList<>()).add(printable(result));
  }

  private static String printable(String text) {
    return CONTROL
        .matcher(text)
        .replaceAll(found -> "0x%02x".formatted((int) found.group().charAt(0)));
  }
}
