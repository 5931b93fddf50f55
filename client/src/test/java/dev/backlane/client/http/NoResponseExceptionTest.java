package dev.backlane.client.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertificateException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;

class NoResponseExceptionTest {
  private static NoResponseException of(IOException cause) {
    return NoResponseException.of(URI.create("https://api.example.com:8443/x"), cause);
  }

  private static IOException because(IOException failure, Exception cause) {
    failure.initCause(cause);
    return failure;
  }

  @Test
  void knowsWhatIsOfNoUseToRepeat() {
    assertThat(of(because(new ConnectException(), new UnresolvedAddressException())))
        .hasMessageContaining("api.example.com cannot be resolved")
        .matches(failure -> failure.permanent() && !failure.sent());
    assertThat(of(because(new SSLHandshakeException("PKIX"), new CertificateException())))
        .hasMessageContaining("TLS with api.example.com:8443 failed (PKIX)")
        .matches(failure -> failure.permanent() && !failure.sent());
    assertThat(of(new SSLHandshakeException("Remote host terminated the handshake")))
        .matches(failure -> !failure.permanent() && !failure.sent());
  }

  @Test
  void knowsWhatWasCertainlyNotSent() {
    assertThat(of(new ConnectException())).matches(failure -> !failure.sent());
    assertThat(of(new HttpConnectTimeoutException("slow"))).matches(failure -> !failure.sent());
    assertThat(of(new HttpTimeoutException("slow"))).matches(NoResponseException::sent);
    assertThat(of(new SSLException("closed"))).matches(NoResponseException::sent);
    assertThat(of(new IOException("reset"))).matches(NoResponseException::sent);
  }
}
