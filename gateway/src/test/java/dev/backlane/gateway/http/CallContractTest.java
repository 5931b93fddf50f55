package dev.backlane.gateway.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.gateway.http.jetty.JettyListener;
import dev.backlane.gateway.upstream.ScriptedServer.Wire;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Tests the contract of [Call] for responses and connections, from the client's side.
@Timeout(30)
final class CallContractTest {
  private static final byte[] CONTENT = "content".getBytes(US_ASCII);
  private static final String GET = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

  private final JettyListener listener =
      JettyListener.open(
          new ListenerSettings(
              "127.0.0.1",
              0,
              Duration.ofSeconds(60),
              Duration.ofSeconds(20),
              0,
              16 * 1024,
              100,
              Optional.empty()));
  private Wire client;

  @BeforeEach
  void connect() throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), listener.port());
    socket.setTcpNoDelay(true);
    client = new Wire(socket);
  }

  @AfterEach
  void close() throws IOException {
    client.close();
    listener.close();
  }

  private String headOf(String request) throws IOException {
    client.send(request);
    return client.readHead();
  }

  @Test
  void responds503BeforeAHandlerIsSet() throws Exception {
    assertThat(headOf(GET)).startsWith("HTTP/1.1 503 ").contains("Retry-After: 5");
  }

  @Test
  void sendsLengthAndDate() throws Exception {
    listener.serve(call -> call.respond(CONTENT));
    client.send(GET);
    assertThat(client.readRequest())
        .startsWith("HTTP/1.1 200 OK\r\n")
        .contains("Content-Length: 7\r\n")
        .containsPattern("\r\nDate: \\w{3}, ")
        .endsWith("content");
  }

  @Test
  void keepsTheDateAndReasonOfAHandler() throws Exception {
    listener.serve(call -> {
      call.response().status(299, Optional.of("Odd Indeed")).set("Date", "today");
      call.respond();
    });
    assertThat(headOf(GET))
        .isEqualTo("HTTP/1.1 299 Odd Indeed\r\nDate: today\r\nContent-Length: 0\r\n\r\n");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void sendsNoContentInResponseToHead(boolean streamed) throws Exception {
    listener.serve(call -> respond(call, streamed, OptionalLong.of(CONTENT.length)));
    for (int again = 0; again < 2; again++) {
      assertThat(headOf("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"))
          .startsWith("HTTP/1.1 200 ")
          .contains("Content-Length: 7\r\n");
    }
  }

  @Test
  void sendsNoFramingOfUnknownLengthInResponseToHead() throws Exception {
    listener.serve(call -> respond(call, true, OptionalLong.empty()));
    for (int again = 0; again < 2; again++) {
      assertThat(headOf("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"))
          .startsWith("HTTP/1.1 200 ")
          .doesNotContain("Content-Length", "Transfer-Encoding");
    }
  }

  @ParameterizedTest
  @CsvSource({"204,true", "204,false", "304,true", "304,false"})
  void sendsNoContentWithStatus(int status, boolean streamed) throws Exception {
    listener.serve(call -> {
      call.response().status(status);
      respond(call, streamed, OptionalLong.of(CONTENT.length));
    });
    for (int again = 0; again < 2; again++) {
      var head = headOf(GET);
      assertThat(head).startsWith("HTTP/1.1 " + status + " ").doesNotContain("Transfer-Encoding");
      assertThat(head.contains("Content-Length")).isEqualTo(status == 304);
    }
  }

  @Test
  void sendsNoLengthOfAnUnknownRepresentationWith304() throws Exception {
    listener.serve(call -> {
      call.response().status(304);
      call.respond();
    });
    for (int again = 0; again < 2; again++) {
      assertThat(headOf(GET)).startsWith("HTTP/1.1 304 ").doesNotContain("Content-Length");
    }
  }

  @Test
  void closesTheConnectionIfTheHandlerSendsNoResponse() throws Exception {
    listener.serve(_ -> {});
    client.send(GET);
    assertThatThrownBy(client::readByte).isInstanceOf(IOException.class);
  }

  private static void respond(Call call, boolean streamed, OptionalLong length) {
    if (!streamed) {
      call.respond(CONTENT);
      return;
    }
    try (var out = call.stream(length)) {
      out.write(CONTENT);
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    }
  }

  @Test
  void sendsEachWriteAtOnce() throws Exception {
    var received = new CountDownLatch(1);
    listener.serve(call -> {
      try (var out = call.stream(OptionalLong.empty())) {
        out.write(CONTENT);
        assertThat(received.await(10, TimeUnit.SECONDS)).isTrue();
      } catch (IOException | InterruptedException failed) {
        throw new IllegalStateException(failed);
      }
    });
    assertThat(headOf(GET)).contains("Transfer-Encoding: chunked");
    assertThat(client.readChunk()).isEqualTo(CONTENT);
    received.countDown();
    assertThat(client.readChunk()).isEmpty();
  }

  @Test
  void closesTheConnectionAfterAnIncompleteStream() throws Exception {
    listener.serve(call -> {
      try {
        call.stream(OptionalLong.of(100)).write(CONTENT);
      } catch (IOException gone) {
        throw new UncheckedIOException(gone);
      }
    });
    headOf(GET);
    assertThatThrownBy(() -> client.read(100)).isInstanceOf(EOFException.class);
  }

  @Test
  void closesTheConnectionIfTheHandlerFailsInTheContent() throws Exception {
    listener.serve(call -> {
      respondPartOf(call);
      throw new StoreException("a test fails the store");
    });
    headOf(GET);
    assertThat(client.readChunk()).isEqualTo(CONTENT);
    assertThatThrownBy(client::readByte).isInstanceOf(EOFException.class);
  }

  private static void respondPartOf(Call call) {
    try {
      call.stream(OptionalLong.empty()).write(CONTENT);
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    }
  }

  @Test
  void responds500IfTheHandlerFails() throws Exception {
    listener.serve(call -> {
      throw new IllegalArgumentException("a test fails the handler");
    });
    client.send(GET);
    assertThat(client.readRequest())
        .startsWith("HTTP/1.1 500 ")
        .contains("application/problem+json")
        .doesNotContain("a test");
  }

  @Test
  void responds503IfTheStoreFails() throws Exception {
    listener.serve(call -> {
      throw new StoreException("a test fails the store");
    });
    client.send(GET);
    assertThat(client.readRequest()).startsWith("HTTP/1.1 503 ").doesNotContain("a test");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 9\r\n\r\nsome body",
        "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
      })
  void keepsTheConnectionAfterUnreadContent(String rest) throws Exception {
    listener.serve(Call::respond);
    for (int again = 0; again < 2; again++) {
      assertThat(headOf("POST / HTTP/1.1\r\nHost: h\r\n" + rest))
          .startsWith("HTTP/1.1 200 ")
          .doesNotContain("Connection: close");
    }
  }

  @Test
  void closesTheConnectionIfTooMuchIsUnread() throws Exception {
    listener.serve(Call::respond);
    assertThat(
            headOf(
                "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: "
                    + (Call.UNREAD_BYTES_MAX + 1)
                    + "\r\n\r\n"))
        .contains("Connection: close");
    assertThatThrownBy(client::readByte).isInstanceOf(EOFException.class);
  }

  @Test
  void closesTheConnectionOnRequest() throws Exception {
    listener.serve(Call::respond);
    assertThat(headOf("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"))
        .contains("Connection: close");
    assertThatThrownBy(client::readByte).isInstanceOf(EOFException.class);
  }

  @Test
  void sendsContinueAtTheFirstReadOnly() throws Exception {
    listener.serve(call -> {
      if (call.path().equals("/read")) {
        try {
          call.respond(call.body().readAllBytes());
        } catch (IOException gone) {
          throw new UncheckedIOException(gone);
        }
      } else {
        call.respond();
      }
    });
    String fields = " HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    assertThat(headOf("POST /read" + fields)).startsWith("HTTP/1.1 100 ");
    client.send("hi");
    assertThat(client.readRequest()).startsWith("HTTP/1.1 200 ").endsWith("hi");
    assertThat(headOf("POST /ignore" + fields))
        .startsWith("HTTP/1.1 200 ")
        .contains("Connection: close");
  }

  @Test
  void abortClosesTheConnectionWithoutAResponse() throws Exception {
    listener.serve(Call::abort);
    client.send(GET);
    assertThatThrownBy(client::readByte).isInstanceOf(IOException.class);
  }

  @Test
  void reportsThatTheClientIsGoneAtTheLatestWhenItWrites() throws Exception {
    var reported = new CountDownLatch(1);
    listener.serve(call -> {
      call.onClientGone(reported::countDown);
      try (var out = call.stream(OptionalLong.empty())) {
        while (true) {
          out.write(new byte[8192]);
        }
      } catch (IOException gone) {
        throw new UncheckedIOException(gone);
      }
    });
    headOf(GET);
    client.close();
    assertThat(reported.await(10, TimeUnit.SECONDS)).isTrue();
  }
}
