package dev.backlane.gateway.upstream;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/// A server that runs a script for each connection: the nth script for the nth connection, and the
/// last one for all later connections.
public final class ScriptedServer implements AutoCloseable {
  private final ServerSocket listening;
  private final List<Script> scripts;
  private final AtomicInteger connections = new AtomicInteger();
  private final ConcurrentLinkedQueue<Socket> open = new ConcurrentLinkedQueue<>();

  /// A script for one connection. An IOException ends it: the peer may close at any time.
  @FunctionalInterface
  public interface Script {
    void run(Wire wire) throws IOException, InterruptedException;
  }

  public ScriptedServer(Script... scripts) {
    this(plain(), scripts);
  }

  public ScriptedServer(ServerSocket listening, Script... scripts) {
    this.listening = listening;
    this.scripts = List.of(scripts);
    Thread.ofVirtual().name("scripted-server").start(this::acceptAll);
  }

  private static ServerSocket plain() {
    try {
      return new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException noPort) {
      throw new UncheckedIOException(noPort);
    }
  }

  /// A server that sends `response` for every request, on connections that stay open.
  public static ScriptedServer responding(String response) {
    return new ScriptedServer(wire -> {
      while (true) {
        wire.readRequest();
        wire.send(response);
      }
    });
  }

  public URI uri() {
    return URI.create("http://127.0.0.1:" + listening.getLocalPort());
  }

  public int port() {
    return listening.getLocalPort();
  }

  /// Connections accepted so far.
  public int connections() {
    return connections.get();
  }

  private void acceptAll() {
    while (!listening.isClosed()) {
      try {
        var socket = listening.accept();
        open.add(socket);
        var script = scripts.get(Math.min(connections.getAndIncrement(), scripts.size() - 1));
        Thread.ofVirtual().name("script").start(() -> run(script, socket));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private static void run(Script script, Socket socket) {
    try (socket) {
      script.run(new Wire(socket));
    } catch (IOException gone) {
      // The client closed the connection, as many of these scripts expect.
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// Refuses further connections; those that are open continue.
  public void stopListening() throws IOException {
    listening.close();
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (var socket : open) {
      socket.close();
    }
  }

  /// One connection, from the server's side.
  public static final class Wire {
    private final Socket socket;
    private final InputStream in;

    public Wire(Socket socket) throws IOException {
      this.socket = socket;
      this.in = new BufferedInputStream(socket.getInputStream());
    }

    /// Reads a head up to its empty line, byte for byte.
    public String readHead() throws IOException {
      var head = new ByteArrayOutputStream();
      while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
        head.write(readByte());
      }
      return head.toString(StandardCharsets.ISO_8859_1);
    }

    public int readByte() throws IOException {
      int next = in.read();
      if (next < 0) {
        throw new EOFException();
      }
      return next;
    }

    public byte[] read(int length) throws IOException {
      byte[] bytes = in.readNBytes(length);
      if (bytes.length < length) {
        throw new EOFException();
      }
      return bytes;
    }

    /// Reads until the peer ends its output; returns the number of bytes.
    public long readAll() throws IOException {
      return in.transferTo(java.io.OutputStream.nullOutputStream());
    }

    /// Reads a head and the body of its `Content-Length`.
    public String readRequest() throws IOException {
      var head = readHead();
      var body = read(length(head));
      return head + new String(body, StandardCharsets.ISO_8859_1);
    }

    private static int length(String head) {
      return head.lines()
          .filter(line -> line.regionMatches(true, 0, "Content-Length:", 0, 15))
          .mapToInt(line -> Integer.parseInt(line.substring(15).strip()))
          .findFirst()
          .orElse(0);
    }

    /// Reads one chunk of a chunked body; empty for the last.
    public byte[] readChunk() throws IOException {
      var size = new StringBuilder();
      for (int next = readByte(); next != '\n'; next = readByte()) {
        size.append((char) next);
      }
      byte[] chunk = read(Integer.parseInt(size.toString().strip(), 16));
      read(2);
      return chunk;
    }

    public void send(String text) throws IOException {
      send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    public void send(byte[] bytes) throws IOException {
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
    }

    /// Closes with a reset.
    public void reset() throws IOException {
      socket.setSoLinger(true, 0);
      socket.close();
    }

    public void close() throws IOException {
      socket.close();
    }

    public Socket socket() {
      return socket;
    }
  }
}
