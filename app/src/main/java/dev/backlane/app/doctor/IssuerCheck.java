package dev.backlane.app.doctor;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyType;
import dev.backlane.app.config.sections.AuthSection;
import dev.backlane.app.config.sections.Config;
import dev.backlane.app.config.sections.CredentialsSection;
import dev.backlane.gateway.auth.JwtSettings;
import dev.backlane.gateway.credentials.TokenEndpoint;
import dev.backlane.gateway.upstream.UpstreamClient;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// The issuers of tokens: keys, introspection, token endpoint and the provider at which operators
/// sign in.
record IssuerCheck(Config config, InstantSource clock) implements Check {
  private static final Duration CONNECT_MAX = Duration.ofSeconds(3);
  private static final int OK = 200;
  private static final int UNAUTHORIZED = 401;
  private static final int BAD_REQUEST = 400;

  @Override
  public void run(Findings findings) throws InterruptedException {
    switch (config.auth()) {
      case AuthSection.None _ -> findings.ok("auth.mode none: callers are not authenticated");
      case AuthSection.Jwt(var settings, _) -> keys(settings, findings);
      case AuthSection.Introspection introspection -> introspection(introspection, findings);
    }
    switch (config.upstream().credentials()) {
      case CredentialsSection.ClientCredentials(var tokens, var _) -> {
        var form = new TreeMap<>(Map.of("grant_type", "client_credentials"));
        tokens.scope().ifPresent(scope -> form.put("scope", scope));
        tokens.audience().ifPresent(audience -> form.put("audience", audience));
        tokenEndpoint(tokens, form, OK, findings);
      }
      // Without a caller's token, the exchange itself is refused; the client is authenticated.
      case CredentialsSection.TokenExchange(var tokens) ->
          tokenEndpoint(
              tokens,
              Map.of("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
              BAD_REQUEST,
              findings);
      case CredentialsSection.Forward _, CredentialsSection.None _ -> {}
    }
    var provider = config.admin().provider();
    if (provider.isPresent()) {
      var base = provider.get().issuer().toString().replaceFirst("/+$", "");
      respond(
          URI.create(base + "/.well-known/openid-configuration"), "admin.oidc-issuer", findings);
    }
  }

  private void keys(JwtSettings settings, Findings findings) throws InterruptedException {
    switch (settings.keys()) {
      case JwtSettings.KeysAt(var url) -> {
        var fetched = respond(url, "auth.jwks-url", findings);
        if (fetched.length > 0) {
          keys(fetched, "auth.jwks-url " + url, settings.algorithms(), findings);
        }
      }
      case JwtSettings.KeysIn(var file) -> keys(file, settings.algorithms(), findings);
    }
  }

  private static void keys(Path file, Set<String> algorithms, Findings findings) {
    try {
      keys(Files.readAllBytes(file), "auth.jwks-file " + file, algorithms, findings);
    } catch (IOException unreadable) {
      findings.fail(
          "auth.jwks-file " + file + " cannot be read: " + unreadable,
          "give this user permission to read it");
    }
  }

  private static void keys(
      byte[] document, String source, Set<String> algorithms, Findings findings) {
    try {
      var types =
          algorithms.stream().map(name -> KeyType.forAlgorithm(JWSAlgorithm.parse(name))).toList();
      long usable =
          JWKSet.parse(new String(document, StandardCharsets.UTF_8)).getKeys().stream()
              .filter(key -> types.contains(key.getKeyType()))
              .count();
      if (usable == 0) {
        findings.fail(
            source + " has no key for " + String.join(", ", algorithms),
            "correct it, or set auth.algorithms to those of the issuer");
      } else {
        findings.ok(source + " has " + usable + (usable == 1 ? " key" : " keys"));
      }
    } catch (ParseException malformed) {
      findings.fail(
          source + " is not a JWK set", "correct it to the location of the issuer's keys");
    }
  }

  private void introspection(AuthSection.Introspection introspection, Findings findings)
      throws InterruptedException {
    var settings = introspection.settings();
    var setting = "auth.introspection-url";
    if (!reaches(settings.url(), setting, findings)) {
      return;
    }
    try {
      var response =
          new Web(clock)
              .post(
                  settings.url(),
                  Map.of("token", "backlane-doctor"),
                  settings.clientId(),
                  settings.clientSecret(),
                  UpstreamClient.defaultTls());
      report(response, settings.url(), "auth.introspection-client-", OK, findings);
    } catch (IOException failed) {
      noResponse(settings.url(), setting, failed, findings);
    }
  }

  private void tokenEndpoint(
      TokenEndpoint.Settings tokens, Map<String, String> form, int expected, Findings findings)
      throws InterruptedException {
    var setting = "upstream.token-url";
    if (!reaches(tokens.url(), setting, findings)) {
      return;
    }
    try {
      var response =
          new Web(clock)
              .post(
                  tokens.url(),
                  form,
                  tokens.clientId(),
                  tokens.clientSecret(),
                  UpstreamClient.defaultTls());
      report(response, tokens.url(), "upstream.client-", expected, findings);
    } catch (IOException failed) {
      noResponse(tokens.url(), setting, failed, findings);
    }
  }

  /// @param settings the beginning of the settings with the client's id and secret
  private static void report(
      Web.Received response, URI url, String settings, int expected, Findings findings) {
    var what = url + " responded " + response.status();
    if (response.status() == expected || response.status() == OK) {
      findings.ok(what);
    } else if (response.status() == UNAUTHORIZED) {
      findings.fail(
          url + " refuses the gateway's client with 401",
          "correct " + settings + "id and " + settings + "secret");
    } else {
      findings.fail(what, "check the log of the issuer, and the gateway's client there");
    }
    clock(response, url, findings);
  }

  private static void clock(Web.Received response, URI url, Findings findings) {
    response
        .ahead()
        .ifPresent(ahead -> ClockReport.report(ahead, "the Date header of " + url, findings));
  }

  private boolean reaches(URI url, String setting, Findings findings) {
    var server = new Server(url, setting, "the issuer", CONNECT_MAX, UpstreamClient.defaultTls());
    return switch (server.reach()) {
      case Server.Unreachable(var what, var fix) -> {
        findings.fail(setting + ": " + what, fix);
        yield false;
      }
      case Server.Reached(var certificate) -> {
        certificate.ifPresent(
            shown -> Server.reportExpiry(shown, url.toString(), clock.instant(), findings));
        yield true;
      }
    };
  }

  /// The body of a response with 200; empty if there is none, which is reported.
  private byte[] respond(URI url, String setting, Findings findings) throws InterruptedException {
    if (!reaches(url, setting, findings)) {
      return new byte[0];
    }
    try {
      var response = new Web(clock).get(url, UpstreamClient.defaultTls());
      clock(response, url, findings);
      if (response.status() == OK) {
        return response.body();
      }
      findings.fail(url + " responded " + response.status(), "correct " + setting);
    } catch (IOException failed) {
      noResponse(url, setting, failed, findings);
    }
    return new byte[0];
  }

  private static void noResponse(URI url, String setting, IOException failed, Findings findings) {
    findings.fail(
        url + " accepts connections, but did not respond: " + failed.getMessage(),
        "check the issuer, or correct " + setting);
  }
}
