package dev.backlane.app.doctor;

import dev.backlane.app.config.sections.AuthSection;
import dev.backlane.app.config.sections.Config;
import dev.backlane.app.config.sections.CredentialsSection;
import dev.backlane.engine.background.Threads;
import dev.backlane.gateway.auth.JwtSettings;
import dev.backlane.gateway.credentials.TokenEndpoint;
import dev.backlane.gateway.issuer.IssuerMetadata;
import dev.backlane.gateway.issuer.KeySet;
import dev.backlane.gateway.tls.ReloadingTls;
import dev.backlane.gateway.tls.TlsException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.net.ssl.SSLContext;

/// The issuers of tokens: keys, introspection, token endpoint and the provider at which operators
/// sign in.
record IssuerCheck(Config config, InstantSource clock) implements Check {
  private static final Duration CONNECT_MAX = Duration.ofSeconds(3);
  private static final int OK = 200;
  private static final int UNAUTHORIZED = 401;
  private static final int BAD_REQUEST = 400;

  @Override
  public void run(Findings findings) throws InterruptedException {
    try (var tls = ReloadingTls.of(config.issuers().tls(), Threads.VIRTUAL)) {
      run(tls.present(), findings);
    } catch (TlsException unusable) {
      findings.warn(
          "issuers were not tried, since their TLS files cannot be used",
          "correct auth.tls-*, then run doctor again");
    }
  }

  private void run(SSLContext tls, Findings findings) throws InterruptedException {
    switch (config.auth()) {
      case AuthSection.None _ -> findings.ok("auth.mode none: callers are not authenticated");
      case AuthSection.Jwt(var settings, _, _) -> {
        for (var issuer : settings.issuers()) {
          keys(issuer, settings.algorithms(), tls, findings);
        }
      }
      case AuthSection.Introspection introspection -> introspection(introspection, tls, findings);
    }
    switch (config.upstream().credentials()) {
      case CredentialsSection.ClientCredentials(var tokens, var _) -> {
        var form = new TreeMap<>(Map.of("grant_type", "client_credentials"));
        tokens.scope().ifPresent(scope -> form.put("scope", scope));
        tokens.audience().ifPresent(audience -> form.put("audience", audience));
        tokenEndpoint(tokens, form, OK, tls, findings);
      }
      // Without a caller's token, the exchange itself is refused; the client is authenticated.
      case CredentialsSection.TokenExchange(var tokens) ->
          tokenEndpoint(
              tokens,
              Map.of("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
              BAD_REQUEST,
              tls,
              findings);
      case CredentialsSection.Forward _, CredentialsSection.None _ -> {}
    }
    var provider = config.admin().provider();
    if (provider.isPresent()) {
      var base = provider.get().issuer().toString().replaceFirst("/+$", "");
      respond(
          URI.create(base + "/.well-known/openid-configuration"),
          "admin.oidc-issuer",
          tls,
          findings);
    }
  }

  private void keys(
      JwtSettings.Issuer issuer, Set<String> algorithms, SSLContext tls, Findings findings)
      throws InterruptedException {
    switch (issuer.keys()) {
      case JwtSettings.KeysAt(var url) -> keys(url, "auth.jwks-url", algorithms, tls, findings);
      case JwtSettings.KeysIn(var file) -> keys(file, algorithms, findings);
      case JwtSettings.KeysDiscovered() -> {
        var url = discovered(issuer.name(), tls, findings);
        if (url.isPresent()) {
          keys(url.get(), "jwks_uri", algorithms, tls, findings);
        }
      }
    }
  }

  private void keys(
      URI url, String source, Set<String> algorithms, SSLContext tls, Findings findings)
      throws InterruptedException {
    var fetched = respond(url, "auth.jwks-url", tls, findings);
    if (fetched.length > 0) {
      keys(fetched, source + " " + url, algorithms, findings);
    }
  }

  /// The URL of the keys in the metadata of an issuer; empty if there is none, which is reported.
  private Optional<URI> discovered(String issuer, SSLContext tls, Findings findings)
      throws InterruptedException {
    var locations = IssuerMetadata.locations(issuer);
    if (!reaches(locations.getFirst(), "auth.issuer", tls, findings)) {
      return Optional.empty();
    }
    var problems = new ArrayList<String>();
    for (var location : locations) {
      try {
        var response = new Web(clock).get(location, tls);
        if (response.status() == OK) {
          return Optional.of(IssuerMetadata.keys(response.body(), location, issuer));
        }
        problems.add(location + " responded " + response.status());
      } catch (IOException unusable) {
        problems.add(String.valueOf(unusable.getMessage()));
      }
    }
    findings.fail(
        "the keys of issuer " + issuer + " cannot be discovered: " + String.join("; ", problems),
        "correct auth.issuer, or set auth.jwks-url");
    return Optional.empty();
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
      var keys = KeySet.parse(document);
      long usable = keys.count(algorithms);
      if (usable == 0) {
        findings.fail(
            source + " has no key for " + String.join(", ", new TreeSet<>(algorithms)),
            "correct it, or set auth.algorithms to those of the issuer");
      } else {
        findings.ok(
            source
                + " has "
                + usable
                + (usable == 1 ? " key" : " keys")
                + (keys.passedOver().isEmpty() ? "" : "; not used: " + keys.passedOverSummary()));
      }
    } catch (KeySet.UnusableException unusable) {
      findings.fail(
          source + " " + unusable.getMessage(), "correct it to the location of the issuer's keys");
    }
  }

  private void introspection(
      AuthSection.Introspection introspection, SSLContext tls, Findings findings)
      throws InterruptedException {
    var settings = introspection.settings();
    var setting = "auth.introspection-url";
    if (!reaches(settings.url(), setting, tls, findings)) {
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
                  tls);
      report(response, settings.url(), "auth.introspection-client-", OK, findings);
    } catch (IOException failed) {
      noResponse(settings.url(), setting, failed, findings);
    }
  }

  private void tokenEndpoint(
      TokenEndpoint.Settings tokens,
      Map<String, String> form,
      int expected,
      SSLContext tls,
      Findings findings)
      throws InterruptedException {
    var setting = "upstream.token-url";
    if (!reaches(tokens.url(), setting, tls, findings)) {
      return;
    }
    try {
      var response =
          new Web(clock).post(tokens.url(), form, tokens.clientId(), tokens.clientSecret(), tls);
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

  private boolean reaches(URI url, String setting, SSLContext tls, Findings findings) {
    var server = new Server(url, setting, "the issuer", CONNECT_MAX, tls);
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
  private byte[] respond(URI url, String setting, SSLContext tls, Findings findings)
      throws InterruptedException {
    if (!reaches(url, setting, tls, findings)) {
      return new byte[0];
    }
    try {
      var response = new Web(clock).get(url, tls);
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
