package dev.backlane.app.config.sections;

import dev.backlane.app.config.reader.Section;
import dev.backlane.app.config.reader.Setting;
import dev.backlane.app.config.reader.Types;
import dev.backlane.app.config.reader.Values;
import dev.backlane.gateway.http.Loopback;
import dev.backlane.gateway.tls.TlsFiles;
import dev.backlane.protocol.url.HttpUrl;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/// `upstream`: the API behind the gateway.
///
/// @param url scheme, host and port only: a call keeps its path as received
/// @param connectTimeout the longest time to open a connection, TLS included
/// @param connectionsMax the maximum number of connections in use by proxied calls
/// @param responseTimeout the longest silence of the upstream during a proxied call
/// @param rewriteLocation whether locations with the upstream's own address become public ones
/// @param credentials what background calls send on behalf of their callers
/// @param tls certificate and trust for an https upstream
public record UpstreamSection(
    URI url,
    Duration connectTimeout,
    int connectionsMax,
    Duration responseTimeout,
    boolean rewriteLocation,
    CredentialsSection.Mode credentials,
    TlsFiles tls) {
  private static final Duration MILLI = Duration.ofMillis(1);

  static final Section SECTION = Section.of("The API behind the gateway.");

  private static final Setting<URI> URL =
      SECTION.add(
          Setting.of(
                  "upstream.url",
                  Types.serverUrl("http://127.0.0.1:9000"),
                  "The API behind the gateway. Required. A call is sent to it with the path as"
                      + " received.")
              .alsoAs("--upstream"));
  private static final Setting<Duration> CONNECT_TIMEOUT =
      SECTION.add(
          Setting.of(
                  "upstream.connect-timeout",
                  Types.duration(MILLI, Duration.ofHours(1)),
                  "The longest time to open a connection, TLS included.")
              .byDefault("5s"));
  static final Setting<Duration> ATTEMPT_TIMEOUT =
      SECTION.add(
          Setting.of(
                  "upstream.attempt-timeout",
                  RoutesSection.durationOfOperation(),
                  "The longest time for one attempt of an operation, from sending the request to"
                      + " the last byte of the response.")
              .byDefault("4h")
              .reloaded());
  static final Setting<Duration> RESPONSE_START_TIMEOUT =
      SECTION.add(
          Setting.of(
                  "upstream.response-start-timeout",
                  RoutesSection.durationOfResponseStart(),
                  "The longest wait of an attempt for the response to begin, after the request was"
                      + " sent; then its outcome is unknown. 0s sets no limit other than"
                      + " upstream.attempt-timeout. A connection whose other end is gone is detected"
                      + " in about two minutes without it.")
              .byDefault("0s")
              .reloaded());
  private static final Setting<Duration> RESPONSE_TIMEOUT =
      SECTION.add(
          Setting.of(
                  "upstream.response-timeout",
                  Types.duration(MILLI, Duration.ofDays(1)),
                  "The longest silence of the upstream during a proxied call; then the client gets"
                      + " 504.")
              .byDefault("5m"));
  private static final Setting<Integer> MAX_CONNECTIONS =
      SECTION.add(
          Setting.of(
                  "upstream.max-connections",
                  Types.wholeNumber(1, 100_000),
                  "The maximum number of connections of each node to the upstream that proxied"
                      + " calls use at the same time. One address has at most seven times what stays"
                      + " free. Calls whose client is at least 1 s behind 4 KiB/s are ended while"
                      + " others wait, or if they have more than a quarter. Attempts of operations"
                      + " use connections of their own, at most execution.concurrency.")
              .byDefault("1024"));
  // As proxy_redirect of nginx, whose default is to replace the address of the upstream.
  private static final Setting<Boolean> REWRITE_LOCATION =
      SECTION.add(
          Setting.of(
                  "upstream.rewrite-location",
                  Types.bool(),
                  "Whether the upstream's own address (host and port of upstream.url) in Location,"
                      + " Content-Location, Refresh and Link of its responses becomes"
                      + " server.public-url, also in responseHeaders. If false, clients get these"
                      + " fields as the upstream sent them.")
              .byDefault("true"));
  private static final TlsSection TLS = TlsSection.ofClient(SECTION, "upstream", "the upstream");

  static void check(Values values) {
    values.require(URL);
    checkLoop(values);
    var plain = values.find(URL).filter(url -> "http".equals(url.getScheme()));
    if (plain.isPresent()) {
      TLS.settings()
          .forEach(setting ->
              values.refuse(
                  setting,
                  "is set, but upstream.url is http",
                  "set an https URL, or remove this setting"));
    }
    TLS.check(values);
  }

  private static void checkLoop(Values values) {
    Optional<URI> upstream = values.find(URL);
    Optional<String> host = values.find(ServerSection.HOST);
    Optional<Integer> port = values.find(ServerSection.PORT);
    if (upstream.isEmpty() || host.isEmpty() || port.isEmpty()) {
      return;
    }
    HttpUrl url = HttpUrl.of(upstream.get());
    String upstreamHost = url.host();
    boolean sameHost =
        upstreamHost.equalsIgnoreCase(host.get())
            || (Loopback.isHost(upstreamHost) && servesLoopback(host.get()));
    if (sameHost && url.port() == port.get()) {
      values.problem(
          URL,
          "is the gateway itself (server.host and server.port)",
          "give the address of the API, or another server.port");
    }
  }

  private static boolean servesLoopback(String host) {
    return Loopback.isHost(host) || ServerSection.isWildcard(host);
  }

  static UpstreamSection of(Values values) {
    return new UpstreamSection(
        values.get(URL),
        values.get(CONNECT_TIMEOUT),
        values.get(MAX_CONNECTIONS),
        values.get(RESPONSE_TIMEOUT),
        values.get(REWRITE_LOCATION),
        CredentialsSection.of(values),
        TLS.files(values));
  }
}
