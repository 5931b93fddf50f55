package dev.backlane.app.doctor;

import dev.backlane.app.config.sections.UpstreamSection;
import dev.backlane.engine.background.Threads;
import dev.backlane.gateway.tls.ReloadingTls;
import dev.backlane.gateway.tls.TlsException;
import java.io.IOException;
import java.time.InstantSource;
import javax.net.ssl.SSLContext;

/// The API behind the gateway.
record UpstreamCheck(UpstreamSection upstream, InstantSource clock) implements Check {
  private static final int SERVER_ERROR = 500;

  @Override
  public void run(Findings findings) throws InterruptedException {
    try (var tls = ReloadingTls.of(upstream.tls(), Threads.VIRTUAL)) {
      run(tls.present(), findings);
    } catch (TlsException unusable) {
      findings.warn(
          upstream.url() + " was not tried, since its TLS files cannot be used",
          "correct upstream.tls-*, then run doctor again");
    }
  }

  private void run(SSLContext tls, Findings findings) throws InterruptedException {
    var server =
        new Server(upstream.url(), "upstream.url", "the API", upstream.connectTimeout(), tls);
    switch (server.reach()) {
      case Server.Unreachable(var what, var fix) -> findings.fail(what, fix);
      case Server.Reached(var certificate) -> {
        certificate.ifPresent(shown ->
            Server.reportExpiry(shown, String.valueOf(upstream.url()), clock.instant(), findings));
        respond(tls, findings);
      }
    }
  }

  private void respond(SSLContext tls, Findings findings) throws InterruptedException {
    var root = upstream.url().resolve("/");
    try {
      var response = new Web(clock).get(root, tls);
      var what =
          upstream.url()
              + " responded "
              + response.status()
              + " to GET / in "
              + response.took().toMillis()
              + " ms";
      if (response.status() >= SERVER_ERROR) {
        findings.warn(what, "check that the API works");
      } else {
        findings.ok(what);
      }
      response
          .ahead()
          .ifPresent(
              ahead -> ClockReport.report(ahead, "the Date header of " + upstream.url(), findings));
    } catch (IOException failed) {
      findings.fail(
          upstream.url()
              + " accepts connections, but did not respond to GET /: "
              + failed.getMessage(),
          "check that it is an HTTP server, or correct upstream.url");
    }
  }
}
