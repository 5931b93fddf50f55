package dev.backlane.app.doctor;

import dev.backlane.gateway.tls.TlsInspection;
import dev.backlane.gateway.webhook.Requester;
import dev.backlane.gateway.webhook.SystemHostResolver;
import dev.backlane.protocol.url.HttpUrl;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/// A server that the gateway calls: tries its name, a connection and TLS, one after the other, so
/// that a failure names the step.
///
/// @param url any URL of it
/// @param setting the setting with the URL, which the fixes name
/// @param what what it is, such as `the API`
/// @param connectMax the longest time for the connection, and for TLS
/// @param tls the trust and the certificate of the gateway
record Server(URI url, String setting, String what, Duration connectMax, SSLContext tls) {

  /// The result of a trial.
  sealed interface Trial {}

  /// It can be called.
  ///
  /// @param certificate that it presents; empty: without TLS
  record Reached(Optional<X509Certificate> certificate) implements Trial {}

  /// It cannot be called.
  record Unreachable(String what, String fix) implements Trial {}

  boolean secure() {
    return "https".equalsIgnoreCase(url.getScheme());
  }

  private int port() {
    return HttpUrl.of(url).port();
  }

  private String host() {
    return HttpUrl.of(url).host();
  }

  private String address() {
    return HttpUrl.of(url).hostInUrl() + ":" + port();
  }

  /// Connects and disconnects.
  Trial reach() {
    List<InetAddress> addresses = new SystemHostResolver().resolve(host(), Requester.OPERATOR);
    if (addresses.isEmpty()) {
      return new Unreachable(
          "the host name " + host() + " does not resolve",
          "correct " + setting + ", or check the name server (/etc/resolv.conf)");
    }
    @Nullable IOException failure = null;
    for (var address : addresses) {
      try (var socket = new Socket()) {
        socket.connect(new InetSocketAddress(address, port()), millis());
        socket.setSoTimeout(millis());
        return secure() ? handshake(socket) : new Reached(Optional.empty());
      } catch (IOException failed) {
        failure = failed;
      }
    }
    return unreachable(String.valueOf(failure), failure);
  }

  private int millis() {
    return Math.clamp(connectMax.toMillis(), 1, Integer.MAX_VALUE);
  }

  private Unreachable unreachable(String text, @Nullable IOException failure) {
    return switch (failure) {
      case SocketTimeoutException _ ->
          new Unreachable(
              address() + " did not accept a connection within " + connectMax.toMillis() + " ms",
              "check the firewall and the route, or correct " + setting);
      case ConnectException _ ->
          new Unreachable(
              address() + " refuses connections", "start " + what + ", or correct " + setting);
      case NoRouteToHostException _ ->
          new Unreachable(
              "there is no route to " + address(), "check the network, or correct " + setting);
      case null, default ->
          new Unreachable(
              address() + " cannot be reached: " + text,
              "check the network, or correct " + setting);
    };
  }

  private Trial handshake(Socket connected) throws IOException {
    try (var socket =
        (SSLSocket) tls.getSocketFactory().createSocket(connected, host(), port(), true)) {
      var parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      var shown = socket.getSession().getPeerCertificates();
      return new Reached(
          shown.length > 0 && shown[0] instanceof X509Certificate certificate
              ? Optional.of(certificate)
              : Optional.empty());
    } catch (SSLException refused) {
      return untrusted(refused);
    } catch (SocketTimeoutException late) {
      return new Unreachable(
          address() + " did not complete a TLS handshake within " + connectMax.toMillis() + " ms",
          "check that it serves HTTPS on this port, or correct " + setting);
    }
  }

  private Unreachable untrusted(SSLException refused) {
    if (hasCause(refused, CertificateExpiredException.class)) {
      return new Unreachable(
          "the certificate of " + address() + " has expired", "renew the certificate of " + what);
    }
    if (String.valueOf(refused.getMessage()).contains("SSL message")) {
      return new Unreachable(
          address() + " does not speak TLS",
          "write http:// in " + setting + ", or correct its port");
    }
    var why =
        causes(refused)
            .filter(cause -> cause instanceof CertificateException)
            .map(cause -> String.valueOf(cause.getMessage()))
            .reduce((_, last) -> last)
            .orElse(String.valueOf(refused.getMessage()));
    return new Unreachable(
        "the certificate of " + address() + " is not accepted: " + why,
        setting.startsWith("upstream.url")
            ? "set upstream.tls-ca to its certificate authority, or correct its certificate"
            : "correct its certificate, or add its authority to the trust store of Java");
  }

  private static boolean hasCause(Throwable thrown, Class<? extends Throwable> type) {
    return causes(thrown).anyMatch(type::isInstance);
  }

  private static Stream<Throwable> causes(Throwable thrown) {
    return Stream.<Throwable>iterate(thrown, cause -> cause != null, Throwable::getCause);
  }

  /// Reports a certificate that expires soon.
  static void reportExpiry(X509Certificate certificate, String of, Instant now, Findings findings) {
    var left = Duration.between(now, TlsInspection.expiry(certificate));
    if (left.compareTo(TlsCheck.EXPIRY_WARNED) < 0) {
      findings.warn(
          "the certificate of " + of + " expires in " + left.toDays() + " days", "renew it");
    }
  }
}
