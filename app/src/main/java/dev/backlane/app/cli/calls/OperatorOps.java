package dev.backlane.app.cli.calls;

import dev.backlane.app.wiring.StartException;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Operations of all callers, by the admin API.
final class OperatorOps {
  private static final String OPERATIONS = "/operations";

  private final ServerOptions options;
  private final AdminApi api;

  OperatorOps(ServerOptions options) {
    this.options = options;
    this.api = new AdminApi(options.server(), options.adminToken());
  }

  /// @param filter the parameters of the admin API, by name
  int list(Map<String, String> filter) throws IOException, InterruptedException {
    var query =
        new TreeMap<>(filter)
            .entrySet().stream()
                .map(each -> encoded(each.getKey()) + "=" + encoded(each.getValue()))
                .collect(Collectors.joining("&"));
    var document = api.send("GET", OPERATIONS + "?" + query, Map.of());
    print(document);
    if (!options.json()) {
      var cursor = AdminDocuments.member(document, "nextCursor");
      if (!cursor.isEmpty()) {
        options.err().println("more: --cursor " + cursor);
      }
    }
    return ExitCodes.DONE;
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  int show(String id) throws IOException, InterruptedException {
    print(api.send("GET", path(id), Map.of()));
    return ExitCodes.DONE;
  }

  int cancel(String id) throws IOException, InterruptedException {
    api.send("POST", path(id) + "/cancel", Map.of());
    options.err().println("canceled");
    return ExitCodes.DONE;
  }

  /// @param confirm whether it may be repeated although the upstream may have acted on it
  int retry(String id, boolean confirm) throws IOException, InterruptedException {
    print(api.send("POST", path(id) + "/retry" + (confirm ? "?confirm=true" : ""), Map.of()));
    return ExitCodes.DONE;
  }

  private static String path(String id) {
    if (!id.matches("[0-9a-fA-F-]+")) {
      throw new StartException("\"" + id + "\" is not the id of an operation");
    }
    return OPERATIONS + "/" + id;
  }

  private void print(String document) {
    if (options.json()) {
      options.out().println(document);
    } else {
      AdminDocuments.print(document, options.out());
    }
  }
}
