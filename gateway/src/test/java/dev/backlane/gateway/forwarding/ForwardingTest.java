package dev.backlane.gateway.forwarding;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.gateway.address.Cidr;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.ListenerSettings;
import dev.backlane.gateway.http.jetty.JettyListener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Calls over real connections from 127.0.0.1, and the fields with which they would reach the
/// upstream.
@Timeout(30)
final class ForwardingTest {
  private static final ListenerSettings SETTINGS =
      new ListenerSettings(
          "127.0.0.1",
          0,
          Duration.ofSeconds(20),
          Duration.ofSeconds(20),
          0,
          16 * 1024,
          100,
          Optional.empty());

  private static final TrustedProxies TRUSTING =
      new TrustedProxies(List.of(Cidr.parse("127.0.0.0/8"), Cidr.parse("10.0.0.0/8")), false);

  private JettyListener listener;
  private TrustedProxies proxies = TrustedProxies.NONE;

  @BeforeEach
  void listen() {
    listener = JettyListener.open(SETTINGS);
    listener.serve(this::describe);
  }

  @AfterEach
  void close() {
    listener.close();
  }

  private void describe(Call call) {
    var text =
        new Forwarding(proxies)
            .toUpstream(call).stream()
                .map(field -> field.name() + ": " + field.value() + "\n")
                .collect(Collectors.joining());
    call.respond((text + "client=" + proxies.of(call).client()).getBytes(ISO_8859_1));
  }

  /// The fields of a `GET` with these fields, one on each line.
  private List<String> upstream(String... fields) throws IOException {
    return sent("GET / HTTP/1.1\r\nHost: api.example.com\r\n", fields);
  }

  private List<String> sent(String start, String... fields) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), listener.port())) {
      var head =
          start
              + Arrays.stream(fields).map(field -> field + "\r\n").collect(Collectors.joining())
              + "Connection: close\r\n\r\n";
      socket.getOutputStream().write(head.getBytes(ISO_8859_1));
      var response = new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
      assertThat(response).startsWith("HTTP/1.1 200 ");
      return response.substring(response.indexOf("\r\n\r\n") + 4).lines().toList();
    }
  }

  private static void assertHops(
      List<String> fields, String addresses, String forwarded, String scheme, String authority) {
    var port = Pattern.compile(":(\\d+)$").matcher(authority);
    assertThat(fields)
        .contains(
            "Forwarded: " + forwarded,
            "X-Forwarded-For: " + addresses,
            "X-Forwarded-Proto: " + scheme,
            "X-Forwarded-Host: " + authority,
            "X-Forwarded-Port: "
                + (port.find() ? port.group(1) : scheme.equals("https") ? "443" : "80"),
            "X-Real-IP: " + addresses.split(", ", -1)[0],
            "client=" + addresses.split(", ", -1)[0]);
    for (String name : List.of("Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP")) {
      assertThat(fields).filteredOn(line -> line.startsWith(name + ": ")).as(name).hasSize(1);
    }
  }

  @Nested
  final class WithoutTrust {
    @Test
    void replacesWhatAnyHopReported() throws Exception {
      assertHops(
          upstream(
              "X-Forwarded-For: 203.0.113.9",
              "X-Forwarded-Proto: https",
              "X-Forwarded-Host: evil.example",
              "X-Forwarded-Port: 444",
              "X-Real-IP: 203.0.113.9",
              "Forwarded: for=203.0.113.9;proto=https;host=evil.example"),
          "127.0.0.1",
          "for=127.0.0.1;host=\"api.example.com\";proto=http",
          "http",
          "api.example.com");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "X-Forwarded-For: 6.6.6.6",
          "x_forwarded_for: 6.6.6.6",
          "X_Forwarded-For: 6.6.6.6",
          "X.Forwarded.Proto: https",
          "X-Forwarded-Prefix: /admin",
          "X-Forwarded-Ssl: on",
          "X_Real_IP: 6.6.6.6",
          "Backlane-Identity: forged",
          "backlane_identity: forged",
          "BACKLANE-Anything: forged",
          "Backlane_Reference: forged",
          "Backlane-Reference: mine",
          "erp-api-background: none",
          "erp_api_background: none",
          "Idempotency_Key: k",
          "Content_Length: 5",
          "Transfer_Encoding: chunked",
          "Proxy_Authorization: Basic eA=="
        })
    void neverPassesReservedNames(String field) throws Exception {
      assertThat(upstream(field, "X-Kept_One: 1")).doesNotContain(field).contains("X-Kept_One: 1");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {"api_key: 1", "tenant_id: 2", "X-Real-Name: n", "Idempotency-Key: k", "From: x"})
    void passesOtherNames(String field) throws Exception {
      assertThat(upstream(field)).contains(field);
    }

    @Test
    void connectionCannotRemoveFieldsOfTheGateway() throws Exception {
      assertHops(
          upstream(
              "Connection: X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, X-Forwarded-Port,"
                  + " Forwarded, X-Real-IP"),
          "127.0.0.1",
          "for=127.0.0.1;host=\"api.example.com\";proto=http",
          "http",
          "api.example.com");
    }

    @Test
    void reportsTheAuthorityOfAnAbsoluteTarget() throws Exception {
      assertHops(
          sent("GET http://right.example:81/c HTTP/1.1\r\nHost: wrong.example\r\n"),
          "127.0.0.1",
          "for=127.0.0.1;host=\"right.example:81\";proto=http",
          "http",
          "right.example:81");
    }

    @Test
    void removesOnlyCookiesOfOperators() throws Exception {
      assertThat(upstream("Cookie: a=1; backlane=secret; b=2", "Cookie: __Host-backlane=secret"))
          .contains("Cookie: a=1; b=2")
          .noneMatch(line -> line.contains("secret"));
    }
  }

  @Nested
  final class WithTrust {
    @BeforeEach
    void trust() {
      proxies = TRUSTING;
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "203.0.113.9                     | 203.0.113.9, 127.0.0.1",
          "6.6.6.6, 203.0.113.9            | 203.0.113.9, 127.0.0.1",
          "6.6.6.6, 203.0.113.9, 10.1.1.1  | 203.0.113.9, 10.1.1.1, 127.0.0.1",
          "10.2.2.2, 10.1.1.1              | 10.2.2.2, 10.1.1.1, 127.0.0.1",
          "203.0.113.9:4711                | 203.0.113.9, 127.0.0.1",
          "::ffff:203.0.113.9              | 203.0.113.9, 127.0.0.1",
          "6.6.6.6, client.example, 10.1.1.1 | 10.1.1.1, 127.0.0.1",
          "6.6.6.6, unknown                | 127.0.0.1",
          "''                              | 127.0.0.1",
          "203.0.113.9, 010.1.1.1          | 127.0.0.1"
        })
    void believesAddressesUpToTheFirstUntrustedHop(String received, String sent) throws Exception {
      assertThat(upstream("X-Forwarded-For: " + received)).contains("X-Forwarded-For: " + sent);
    }

    @Test
    void readsSeveralFieldsAsOneList() throws Exception {
      assertThat(upstream("X-Forwarded-For: 203.0.113.9", "X-Forwarded-For: 10.1.1.1"))
          .contains("X-Forwarded-For: 203.0.113.9, 10.1.1.1, 127.0.0.1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"2001:db8::7", "[2001:db8::7]", "[2001:db8::7]:4711"})
    void bracketsIpv6InForwardedAlone(String address) throws Exception {
      assertHops(
          upstream("X-Forwarded-For: " + address),
          "2001:db8:0:0:0:0:0:7, 127.0.0.1",
          "for=\"[2001:db8:0:0:0:0:0:7]\";host=\"api.example.com\";proto=http, for=127.0.0.1",
          "http",
          "api.example.com");
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "                     |      | api.example.com",
          "                     | 443  | api.example.com",
          "                     | 80   | api.example.com",
          "                     | 8443 | api.example.com:8443",
          "                     | x    | api.example.com",
          "                     | 0    | api.example.com",
          "shop.example         |      | shop.example",
          "shop.example         | 8443 | shop.example:8443",
          "shop.example:8444    | 8443 | shop.example:8444",
          "shop.example:80      | 80   | shop.example",
          "[2001:db8::1]:8443   |      | [2001:db8::1]:8443",
          "my_host              |      | my_host",
          "\"quoted\"           |      | api.example.com",
          "a b                  |      | api.example.com",
          "shop.example:99999   |      | api.example.com"
        })
    void reportsOneAuthorityAndPort(String host, String port, String authority) throws Exception {
      var hostField = host == null ? "X-A: 1" : "X-Forwarded-Host: " + host;
      var portField = port == null ? "X-B: 1" : "X-Forwarded-Port: " + port;
      assertHops(
          upstream(
              "X-Forwarded-For: 203.0.113.9", "X-Forwarded-Proto: https", hostField, portField),
          "203.0.113.9, 127.0.0.1",
          "for=203.0.113.9;host=\"" + authority + "\";proto=https, for=127.0.0.1",
          "https",
          authority);
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "https        | https",
          "HTTPS        | https",
          "http         | http",
          "ftp          | http",
          "https, http  | https",
          "http, https, http | http"
        })
    void reportsTheSchemeOfTheClient(String received, String scheme) throws Exception {
      assertThat(
              upstream("X-Forwarded-For: 203.0.113.9, 10.1.1.1", "X-Forwarded-Proto: " + received))
          .contains("X-Forwarded-Proto: " + scheme);
    }

    @Test
    void believesASchemeWithoutAddresses() throws Exception {
      assertHops(
          upstream("X-Forwarded-Proto: https"),
          "127.0.0.1",
          "for=127.0.0.1;host=\"api.example.com\";proto=https",
          "https",
          "api.example.com");
    }

    @Test
    void readsForwardedOfTheNearestUntrustedHop() throws Exception {
      assertHops(
          upstream(
              "Forwarded: for=6.6.6.6;host=evil.example, For=\"[2001:db8::7]:47\";Proto=https;HOST=\"shop.example:8443\"",
              "Forwarded: for=10.1.1.1;proto=http;host=inner.example"),
          "2001:db8:0:0:0:0:0:7, 10.1.1.1, 127.0.0.1",
          "for=\"[2001:db8:0:0:0:0:0:7]\";host=\"shop.example:8443\";proto=https, for=10.1.1.1, for=127.0.0.1",
          "https",
          "shop.example:8443");
    }

    @ParameterizedTest
    @ValueSource(strings = {"unknown", "_hidden", "\"_a:b\"", "client.example"})
    void believesTheFactsOfAHiddenClient(String node) throws Exception {
      assertHops(
          upstream("Forwarded: for=" + node + ";proto=https"),
          "127.0.0.1",
          "for=127.0.0.1;host=\"api.example.com\";proto=https",
          "https",
          "api.example.com");
    }

    @Test
    void ignoresForwardedBesideXForwarded() throws Exception {
      assertHops(
          upstream(
              "Forwarded: for=6.6.6.6;proto=http;host=evil.example",
              "X-Forwarded-For: 203.0.113.9",
              "X-Forwarded-Proto: https"),
          "203.0.113.9, 127.0.0.1",
          "for=203.0.113.9;host=\"api.example.com\";proto=https, for=127.0.0.1",
          "https",
          "api.example.com");
    }

    @Test
    void ignoresXForwardedIfProxiesWriteForwarded() throws Exception {
      proxies = new TrustedProxies(List.of(Cidr.parse("127.0.0.1")), true);
      var fields =
          upstream(
              "Forwarded: for=203.0.113.9;proto=https",
              "X-Forwarded-For: 6.6.6.6",
              "X-Forwarded-Prefix: /evil");
      assertHops(
          fields,
          "203.0.113.9, 127.0.0.1",
          "for=203.0.113.9;host=\"api.example.com\";proto=https, for=127.0.0.1",
          "https",
          "api.example.com");
      assertThat(fields).noneMatch(line -> line.contains("evil"));
    }

    @Test
    void passesExtensionsOfATrustedProxy() throws Exception {
      assertThat(
              upstream(
                  "X-Forwarded-For: 203.0.113.9",
                  "X-Forwarded-Prefix: /shop",
                  "X_Forwarded_User: forged"))
          .contains("X-Forwarded-Prefix: /shop")
          .noneMatch(line -> line.contains("forged"));
    }

    @Test
    void connectionCannotHideAHop() throws Exception {
      assertThat(upstream("X-Forwarded-For: 203.0.113.9", "Connection: X-Forwarded-For"))
          .contains("X-Forwarded-For: 203.0.113.9, 127.0.0.1");
    }
  }
}
