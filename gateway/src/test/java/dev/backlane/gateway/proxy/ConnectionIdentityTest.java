package dev.backlane.gateway.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.gateway.upstream.ScriptedServer;
import dev.backlane.gateway.upstream.ScriptedServer.Wire;
import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// An upstream that authenticates connections: no caller is served as another, and the handshake
/// works.
@Timeout(30)
final class ConnectionIdentityTest {
  private final Semaphore closed = new Semaphore(0);
  private ScriptedServer server;
  private ProxyGateway gateway;

  @BeforeEach
  void open() {
    server = new ScriptedServer(this::authenticate);
    gateway = new ProxyGateway(server.uri());
  }

  @AfterEach
  void close() throws IOException {
    gateway.close();
    server.close();
  }

  /// A handshake of two steps, `first` and `last:NAME`, and then the name for all requests of the
  /// connection. The path names the scheme, or what marks the connection instead.
  private void authenticate(Wire wire) throws IOException {
    boolean begun = false;
    var user = "";
    try {
      while (true) {
        var request = wire.readRequest();
        var scheme = request.split("[/ ]", 4)[2];
        var credentials = credentials(request);
        if (credentials.endsWith("first")) {
          begun = true;
          respond(wire, 401, "WWW-Authenticate: " + scheme + " challenge\r\n", "");
        } else if (credentials.contains("last:") && begun) {
          user = credentials.substring(credentials.indexOf(':') + 1);
          respond(wire, 200, "", user);
        } else if (scheme.equals("cookie")) {
          user = "cookie";
          respond(wire, 200, "Persistent-Auth: true\r\n", user);
        } else if (user.isEmpty()) {
          respond(wire, 401, "WWW-Authenticate: Basic realm=\"a\", " + scheme + "\r\n", "");
        } else {
          respond(wire, 200, "", user);
        }
      }
    } finally {
      closed.release();
    }
  }

  private static String credentials(String request) {
    return request
        .lines()
        .filter(line -> line.startsWith("Authorization: "))
        .map(line -> line.substring("Authorization: ".length()))
        .findFirst()
        .orElse("");
  }

  private static void respond(Wire wire, int status, String fields, String body)
      throws IOException {
    wire.send(
        "HTTP/1.1 "
            + status
            + " X\r\n"
            + fields
            + "Content-Length: "
            + body.length()
            + "\r\n\r\n"
            + body);
  }

  private static String call(Wire client, String method, String scheme, String... fields)
      throws IOException {
    var more = fields.length == 0 ? "" : String.join("\r\n", fields) + "\r\n";
    var body = method.equals("POST") ? "Content-Length: 2\r\n\r\nhi" : "\r\n";
    client.send(method + " /" + scheme + " HTTP/1.1\r\nHost: h\r\n" + more + body);
    var response = client.readRequest();
    return response.substring(9, 12) + " " + response.substring(response.indexOf("\r\n\r\n") + 4);
  }

  private static void signIn(Wire client, String scheme, String name) throws IOException {
    assertThat(call(client, "GET", scheme)).isEqualTo("401 ");
    assertThat(call(client, "POST", scheme, "Authorization: " + scheme + " first"))
        .isEqualTo("401 ");
    assertThat(call(client, "POST", scheme, "Authorization: " + scheme + " last:" + name))
        .isEqualTo("200 " + name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"NTLM", "Negotiate", "ntlm", "Kerberos"})
  void keepsEachCallerApart(String scheme) throws Exception {
    var alice = gateway.connect();
    signIn(alice, scheme, "alice");
    var bob = gateway.connect();
    assertThat(call(bob, "GET", scheme)).isEqualTo("401 ");
    signIn(bob, scheme, "bob");
    assertThat(call(gateway.connect(), "POST", scheme)).isEqualTo("401 ");
    for (int again = 0; again < 3; again++) {
      assertThat(call(alice, "GET", scheme)).isEqualTo("200 alice");
      assertThat(call(bob, "POST", scheme)).isEqualTo("200 bob");
    }
  }

  @Test
  void keepsAConnectionApartThatReportsPersistentAuthentication() throws Exception {
    var alice = gateway.connect();
    assertThat(call(alice, "GET", "cookie")).isEqualTo("200 cookie");
    assertThat(call(gateway.connect(), "GET", "NTLM")).isEqualTo("401 ");
    assertThat(call(alice, "GET", "NTLM")).isEqualTo("200 cookie");
  }

  @Test
  void closesTheConnectionWithThatOfTheClient() throws Exception {
    var alice = gateway.connect();
    signIn(alice, "NTLM", "alice");
    alice.close();
    assertThat(closed.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
    assertThat(call(gateway.connect(), "GET", "NTLM")).isEqualTo("401 ");
  }

  /// A proxy in front of the gateway may send the calls of several clients on one connection.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Forwarded-For: 192.0.2.2",
        "Forwarded: for=192.0.2.2",
        "X-Real-IP: 192.0.2.2",
        "Via: 1.1 other",
        "Authorization: Bearer of-bob"
      })
  void servesNoOtherClientOfAProxyAsTheFirst(String field) throws Exception {
    var proxy = gateway.connect();
    signIn(proxy, "NTLM", "alice");
    assertThat(call(proxy, "GET", "NTLM", field)).isEqualTo("401 ");
    assertThat(call(proxy, "GET", "NTLM")).isEqualTo("401 ");
  }

  @Test
  void beginsAgainIfTheUpstreamHasClosedTheConnection() throws Exception {
    try (var closing =
            new ScriptedServer(wire -> {
              wire.readRequest();
              respond(wire, 401, "WWW-Authenticate: NTLM\r\n", "");
              wire.close();
              closed.release();
            });
        var other = new ProxyGateway(closing.uri())) {
      var alice = other.connect();
      for (int again = 0; again < 3; again++) {
        assertThat(call(alice, "POST", "NTLM")).isEqualTo("401 ");
        assertThat(closed.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
      }
    }
  }

  /// The gateway of these tests has at most four connections for proxied calls, and as many that
  /// belong to clients.
  @Test
  void closesTheLongestIdleConnectionBeyondTheLimit() throws Exception {
    var clients = new Wire[5];
    for (int each = 0; each < clients.length; each++) {
      clients[each] = gateway.connect();
      signIn(clients[each], "NTLM", "c" + each);
    }
    assertThat(closed.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
    assertThat(call(clients[4], "GET", "NTLM")).isEqualTo("200 c4");
    assertThat(call(clients[0], "GET", "NTLM")).isEqualTo("401 ");
  }

  @Test
  void closesTheConnectionsWithTheGateway() throws Exception {
    signIn(gateway.connect(), "NTLM", "alice");
    gateway.close();
    assertThat(closed.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
  }
}
