package dev.backlane.system.operators;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.Http;
import dev.backlane.system.support.Http.Response;
import dev.backlane.system.support.TestGateway;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// Stores the cookies of one server and sends them back. Follows no redirect and runs no script.
/// Not thread-safe.
public final class Browser {
  private static final String FORM = "application/x-www-form-urlencoded";
  private static final Pattern CSRF = Pattern.compile("name=\"csrf\" value=\"([^\"]+)\"");

  private final Http http;
  private final Map<String, String> cookies = new LinkedHashMap<>();

  /// @param client follows no redirect
  /// @param url the only server that gets the cookies
  Browser(HttpClient client, URI url) {
    this.http = new Http(client, url, "");
  }

  /// A browser without cookies at a gateway.
  public static Browser at(TestGateway gateway) {
    return new Browser(gateway.http().client(), gateway.url());
  }

  /// A browser with the same cookies at another URL.
  public Browser movedTo(URI url) {
    var moved = new Browser(http.client(), url);
    moved.cookies.putAll(cookies);
    return moved;
  }

  /// @param path path and query, or an absolute URI of the same server
  /// @param headers names and values, alternating
  public Response get(String path, String... headers) throws IOException, InterruptedException {
    return send("GET", path, "", headers);
  }

  /// Sends a form.
  public Response submit(String path, Map<String, String> fields, String... headers)
      throws IOException, InterruptedException {
    var body =
        fields.entrySet().stream()
            .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), UTF_8))
            .collect(joining("&"));
    var all = new ArrayList<>(List.of(headers));
    all.addAll(List.of("Content-Type", FORM));
    return send("POST", path, body, all.toArray(String[]::new));
  }

  public Response send(String method, String path, String body, String... headers)
      throws IOException, InterruptedException {
    var all = new ArrayList<>(List.of(headers));
    if (!cookies.isEmpty()) {
      all.add("Cookie");
      all.add(
          cookies.entrySet().stream()
              .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
              .collect(joining("; ")));
    }
    var response = http.send(method, path, body.getBytes(UTF_8), all.toArray(String[]::new));
    response.headers().allValues("Set-Cookie").forEach(this::store);
    return response;
  }

  private void store(String line) {
    var pair = line.split(";", 2)[0].split("=", 2);
    if (line.contains("Max-Age=0")) {
      cookies.remove(pair[0]);
    } else {
      cookies.put(pair[0], pair[1]);
    }
  }

  /// Signs in with the operator's token.
  public Browser signedIn(String token) throws IOException, InterruptedException {
    var response = submit("/ui/sign-in", Map.of("token", token));
    assertThat(response.status()).as(response.text()).isEqualTo(303);
    return this;
  }

  /// The CSRF token in the forms of the overview.
  public String csrf() throws IOException, InterruptedException {
    var page = get("/ui");
    assertThat(page.status()).as(page.text()).isEqualTo(200);
    var field = CSRF.matcher(page.text());
    assertThat(field.find()).as(page.text()).isTrue();
    return field.group(1);
  }

  /// Whether the overview is shown. If not, asserts that the browser is redirected to the sign-in.
  public boolean isSignedIn() throws IOException, InterruptedException {
    var page = get("/ui");
    if (page.status() != 200) {
      assertThat(page.status()).isEqualTo(303);
      assertThat(page.header("Location")).isEqualTo("/ui/sign-in");
      assertThat(get("/admin/v1/subscriptions").status()).isEqualTo(401);
    }
    return page.status() == 200;
  }

  /// The value of a cookie. Fails if the cookie is not set.
  public String cookie(String name) {
    var value = cookies.get(name);
    if (value == null) {
      throw new AssertionError("no cookie " + name + " was set");
    }
    return value;
  }

  /// The cookies by name; mutable.
  Map<String, String> cookies() {
    return cookies;
  }

  /// The attributes of a cookie that a response sets exactly once.
  static List<String> cookieAttributes(Response response, String name) {
    var lines =
        response.headers().allValues("Set-Cookie").stream()
            .filter(line -> line.startsWith(name + "="))
            .toList();
    assertThat(lines).hasSize(1);
    var parts = List.of(lines.getFirst().split("; ", -1));
    return parts.subList(1, parts.size());
  }
}
