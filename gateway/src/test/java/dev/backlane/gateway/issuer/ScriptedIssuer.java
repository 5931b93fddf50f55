package dev.backlane.gateway.issuer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.factories.DefaultJWSSignerFactory;
import com.nimbusds.jose.jwk.JWK;
import dev.backlane.gateway.upstream.ScriptedServer;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

/// An issuer on a real socket, whose response for each path is scripted: a whole HTTP response, or
/// a script. It responds 404 for other paths.
public final class ScriptedIssuer implements AutoCloseable {
  private final Map<String, Response> responses = new ConcurrentHashMap<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final ScriptedServer server = new ScriptedServer(this::serve);

  /// A response for one request.
  @FunctionalInterface
  public interface Response {
    void send(String request, ScriptedServer.Wire wire) throws IOException, InterruptedException;
  }

  private void serve(ScriptedServer.Wire wire) throws IOException, InterruptedException {
    while (true) {
      var request = wire.readRequest();
      requests.add(request);
      responses
          .getOrDefault(
              request.split(" ", 3)[1], (_, to) -> to.send(response(404, "text/plain", "")))
          .send(request, wire);
    }
  }

  /// Sets the response for a path.
  public void on(String path, Response response) {
    responses.put(path, response);
  }

  /// Sets a JSON document for a path.
  public void on(String path, String json) {
    on(path, (_, wire) -> wire.send(json(json)));
  }

  public static String json(String document) {
    return response(200, "application/json", document);
  }

  public static String response(int status, String type, String body) {
    return "HTTP/1.1 %d X\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s"
        .formatted(
            status,
            type,
            body.getBytes(UTF_8).length,
            new String(body.getBytes(UTF_8), ISO_8859_1));
  }

  /// A set of the public parts of keys.
  public static String keys(JWK... keys) {
    return List.of(keys).stream()
        .map(key -> key.toPublicJWK().toJSONString())
        .collect(Collectors.joining(",", "{\"keys\":[", "]}"));
  }

  public URI uri() {
    return server.uri();
  }

  public URI uri(String path) {
    return URI.create(server.uri() + path);
  }

  /// The requests for a path so far.
  public long count(String path) {
    return requests.stream().filter(each -> each.split(" ", 3)[1].equals(path)).count();
  }

  /// The last request.
  public String lastRequest() {
    return requests.getLast();
  }

  /// Signs claims, a JSON object.
  public static String token(JWK key, JWSHeader.Builder header, String claims) {
    try {
      var token = new JWSObject(header.build(), new Payload(claims.getBytes(UTF_8)));
      token.sign(new DefaultJWSSignerFactory().createJWSSigner(key, header.build().getAlgorithm()));
      return token.serialize();
    } catch (JOSEException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /// Refuses connections from now on.
  public void stopListening() throws IOException {
    server.stopListening();
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
