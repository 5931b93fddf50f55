package dev.backlane.system.support;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Pattern;
import javax.net.SocketFactory;

/// A connection to the gateway that sends one call after another and reconnects if the gateway
/// closes it: a cheap client for tens of thousands of calls. It asserts that no byte follows a
/// response. For one thread.
public final class GatewayConnection implements AutoCloseable {
  private static final int SILENCE_MAX_MILLIS = 30_000;
  private static final int HEADERS_MAX = 100;
  private static final int END_MAX_MILLIS = 5_000;
  private static final Pattern STATUS_LINE = Pattern.compile("HTTP/1\\.1 \\d{3} .*");

  private final URI gateway;
  private final SocketFactory sockets;
  private Socket socket;
  private InputStream in;
  private boolean closing;
  private boolean complete;

  /// @throws IOException if the connection fails
  public GatewayConnection(URI gateway) throws IOException {
    this(gateway, SocketFactory.getDefault());
  }

  /// As above, with sockets of another factory, such as TLS.
  public GatewayConnection(URI gateway, SocketFactory sockets) throws IOException {
    this.gateway = gateway;
    this.sockets = sockets;
    this.socket = connected(gateway, sockets);
    this.in = new BufferedInputStream(socket.getInputStream());
  }

  private static Socket connected(URI gateway, SocketFactory sockets) throws IOException {
    var socket = sockets.createSocket(gateway.getHost(), gateway.getPort());
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(SILENCE_MAX_MILLIS);
    return socket;
  }

  /// The bytes of a background call.
  ///
  /// @param headers further header fields
  public static byte[] call(
      String method, String path, String token, byte[] body, String... headers) {
    return call("none", method, path, token, body, headers);
  }

  /// As above, with a webhook to notify.
  public static byte[] notifying(String webhook, String path, String token, byte[] body) {
    return call(webhook, "POST", path, token, body);
  }

  private static byte[] call(
      String trigger, String method, String path, String token, byte[] body, String... headers) {
    var head =
        new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n")
            .append("Authorization: Bearer " + token + "\r\n")
            .append("erp-api-background: " + trigger + "\r\n");
    for (String line : headers) {
      head.append(line).append("\r\n");
    }
    if (body.length > 0) {
      head.append("Content-Length: " + body.length + "\r\n");
    }
    var bytes = new ByteArrayOutputStream();
    bytes.writeBytes(head.append("\r\n").toString().getBytes(ISO_8859_1));
    bytes.writeBytes(body);
    return bytes.toByteArray();
  }

  /// Sends a call and waits for its response.
  ///
  /// @throws IOException if the response is incomplete; the connection is unusable then
  public Http.Response send(byte[] call) throws IOException {
    if (closing) {
      socket.close();
      socket = connected(gateway, sockets);
      in = new BufferedInputStream(socket.getInputStream());
    }
    if (in.available() > 0) {
      throw new AssertionError("bytes follow a response");
    }
    complete = false;
    socket.getOutputStream().write(call);
    var status = line();
    if (!STATUS_LINE.matcher(status).matches()) {
      throw new AssertionError("a response begins with " + status);
    }
    var headers = new TreeMap<String, List<String>>(String.CASE_INSENSITIVE_ORDER);
    int lines = 0;
    for (var line = line(); !line.isEmpty(); line = line()) {
      if (++lines > HEADERS_MAX) {
        throw new IOException("more than " + HEADERS_MAX + " header fields");
      }
      int colon = line.indexOf(':');
      headers
          .computeIfAbsent(line.substring(0, colon), _ -> new ArrayList<>())
          .add(line.substring(colon + 1).strip());
    }
    var length = headers.getOrDefault("Content-Length", List.of());
    if (length.isEmpty()) {
      throw new IOException("a response without Content-Length: " + status + " " + headers);
    }
    int bytes = Integer.parseInt(length.getFirst());
    byte[] body = in.readNBytes(bytes);
    if (body.length < bytes) {
      throw new EOFException();
    }
    complete = true;
    closing = headers.getOrDefault("Connection", List.of()).contains("close");
    return new Http.Response(
        Integer.parseInt(status.split(" ", 3)[1]), HttpHeaders.of(headers, (_, _) -> true), body);
  }

  private String line() throws IOException {
    var line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new EOFException();
      }
      line.append((char) next);
    }
    return line.toString().strip();
  }

  /// Closes the connection.
  ///
  /// @throws AssertionError if bytes follow the last response
  @Override
  public void close() {
    try (var open = socket) {
      if (complete && !closing) {
        open.shutdownOutput();
        open.setSoTimeout(END_MAX_MILLIS);
        if (in.read() >= 0) {
          throw new AssertionError("bytes follow the last response");
        }
      }
    } catch (IOException e) {
      // The gateway has closed or lost it.
    }
  }
}
