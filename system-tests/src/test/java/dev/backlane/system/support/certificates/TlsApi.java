package dev.backlane.system.support.certificates;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;

/// An API behind the gateway that serves TLS and returns `200` with the request's body.
/// Thread-safe.
public final class TlsApi implements AutoCloseable {
  private final HttpsServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<String> callers = new CopyOnWriteArrayList<>();

  /// @param clientsShow whether a client must present a certificate that the context trusts
  public TlsApi(SSLContext context, boolean clientsShow) throws IOException {
    server = HttpsServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 50);
    server.setHttpsConfigurator(
        new HttpsConfigurator(context) {
          @Override
          public void configure(HttpsParameters parameters) {
            var wanted = getSSLContext().getDefaultSSLParameters();
            wanted.setNeedClientAuth(clientsShow);
            parameters.setSSLParameters(wanted);
          }
        });
    server.setExecutor(threads);
    server.createContext("/", this::respond);
    server.start();
  }

  public URI url() {
    return URI.create("https://127.0.0.1:" + server.getAddress().getPort());
  }

  /// The certificate's name of each request so far; empty without a certificate.
  public List<String> callers() {
    return callers;
  }

  private void respond(HttpExchange exchange) throws IOException {
    try (exchange) {
      callers.add(caller((HttpsExchange) exchange));
      byte[] body = exchange.getRequestBody().readAllBytes();
      var returned = body.length == 0 ? "nothing".getBytes(UTF_8) : body;
      exchange.sendResponseHeaders(200, returned.length);
      exchange.getResponseBody().write(returned);
    }
  }

  private static String caller(HttpsExchange exchange) {
    try {
      return exchange.getSSLSession().getPeerPrincipal().getName();
    } catch (SSLPeerUnverifiedException e) {
      return "";
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.close();
  }
}
