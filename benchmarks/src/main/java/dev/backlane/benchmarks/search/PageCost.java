package dev.backlane.benchmarks.search;

import dev.backlane.benchmarks.report.MarkdownTable;
import dev.backlane.benchmarks.report.Numbers;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.regex.Pattern;

/// Measures how long the pages of a gateway's dashboard take, from the request to the last byte.
/// Not thread-safe.
final class PageCost {
  private static final String LIST = "/ui/operations";

  /// The counts are requested by the list of operations once it is shown.
  private static final List<String> PAGES =
      List.of(
          "/ui",
          LIST,
          LIST + "?phase=failed",
          LIST + "?phase=retrying",
          LIST + "?statusCode=500",
          LIST + "?tenant=" + SearchedStore.SMALL_TENANT,
          LIST + "?route=POST%20%2Froute%2F3",
          LIST + "?reference=no%20such%20order",
          LIST + "/counts",
          "/ui/failed",
          "/ui/jobs",
          "/ui/pauses",
          "/ui/deliveries",
          "/ui/subscriptions",
          "/ui/nodes",
          "/ui/configuration");

  private static final Pattern OPERATION =
      Pattern.compile("href=\"(/ui/operations/[0-9a-f]{8}-[0-9a-f-]{27})[\"?]");

  private static final int OK = 200;

  private final String address;
  private final int rounds;
  private String cookie = "";

  /// @param rounds of each page
  PageCost(int port, int rounds) {
    this.address = "http://127.0.0.1:" + port;
    this.rounds = rounds;
  }

  void print(String store) throws IOException {
    var table = new MarkdownTable("page", "bytes", "first, median, slowest in ms");
    try (var client = HttpClient.newHttpClient()) {
      signIn(client);
      for (var page : PAGES) {
        measure(client, page, page, table);
      }
      measure(client, operation(client), "an operation", table);
    }
    System.out.printf("%nThe dashboard on %s:%n%n%s%n", store, table);
  }

  private void measure(HttpClient client, String page, String title, MarkdownTable table)
      throws IOException {
    int bytes = get(client, page).length();
    var times = Times.of(rounds, () -> get(client, page));
    table.row(title, Numbers.whole(bytes), times.text());
  }

  private String operation(HttpClient client) throws IOException {
    var link = OPERATION.matcher(get(client, LIST));
    if (!link.find()) {
      throw new IOException("the list of operations has no link to one");
    }
    return link.group(1);
  }

  /// An open dashboard signs in each client of this machine.
  private void signIn(HttpClient client) throws IOException {
    cookie =
        send(client, "/ui/sign-in")
            .headers()
            .firstValue("Set-Cookie")
            .map(value -> value.substring(0, value.indexOf(';')))
            .orElseThrow(() -> new IOException("the dashboard is not open"));
  }

  private HttpResponse<String> send(HttpClient client, String page) throws IOException {
    var request =
        HttpRequest.newBuilder(URI.create(address + page)).header("Cookie", cookie).build();
    try {
      return client.send(request, BodyHandlers.ofString());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(page);
    }
  }

  private String get(HttpClient client, String page) throws IOException {
    var response = send(client, page);
    if (response.statusCode() != OK) {
      throw new IOException(page + " responded with " + response.statusCode());
    }
    return response.body();
  }
}
