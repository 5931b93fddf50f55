package dev.backlane.gateway.http.jetty;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/// TLS with a certificate that `keytool` of this JDK signs.
final class TestTls {
  private static final char[] PASSWORD = "changeit".toCharArray();

  private TestTls() {}

  private static final class Holder {
    static final SSLContext SERVER = create();
  }

  static SSLContext server() {
    return Holder.SERVER;
  }

  private static SSLContext create() {
    try {
      var directory = Files.createTempDirectory("tls");
      var file = directory.resolve("keys.p12");
      var keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
      int status =
          new ProcessBuilder(
                  keytool.toString(),
                  "-genkeypair",
                  "-alias",
                  "a",
                  "-keyalg",
                  "EC",
                  "-dname",
                  "CN=localhost",
                  "-keystore",
                  file.toString(),
                  "-storepass",
                  "changeit")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor();
      if (status != 0) {
        throw new IllegalStateException("keytool failed");
      }
      var keys = KeyStore.getInstance(file.toFile(), PASSWORD);
      Files.delete(file);
      Files.delete(directory);
      var managers = KeyManagerFactory.getInstance("PKIX");
      managers.init(keys, PASSWORD);
      var context = SSLContext.getInstance("TLS");
      context.init(managers.getKeyManagers(), null, null);
      return context;
    } catch (Exception impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /// A connection of a client that trusts every certificate.
  static SSLSocket connected(int port) throws Exception {
    var context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new TrustAll()}, null);
    Socket plain = RawClient.connected(port, 0);
    var socket =
        (SSLSocket) context.getSocketFactory().createSocket(plain, "localhost", port, true);
    socket.setSoTimeout(RawClient.READ_TIMEOUT_MILLIS);
    try {
      socket.startHandshake();
    } catch (IOException failed) {
      socket.close();
      throw failed;
    }
    return socket;
  }

  private static final class TrustAll implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
