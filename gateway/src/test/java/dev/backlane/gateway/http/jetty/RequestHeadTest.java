package dev.backlane.gateway.http.jetty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.http.Call;
import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The head of a request as a handler receives it.
@Timeout(20)
final class RequestHeadTest {
  private final BlockingQueue<Call> calls = new LinkedBlockingQueue<>();
  private JettyListener listener;

  @BeforeEach
  void open() {
    listener =
        Listeners.open(call -> {
          calls.add(call);
          call.respond();
        });
  }

  @AfterEach
  void close() {
    listener.close();
  }

  private Call sent(String request) throws IOException, InterruptedException {
    try (var client = new RawClient(listener.port())) {
      assertThat(client.send(request).receive().status()).isEqualTo(200);
      var call = calls.poll(5, TimeUnit.SECONDS);
      assertThat(call).isNotNull();
      return call;
    }
  }

  @Test
  void keepsFieldsAsReceivedAndInOrder() throws Exception {
    var call =
        sent(
            String.join(
                "\r\n",
                "GET / HTTP/1.1",
                "Host: EXAMPLE.com:080",
                "x-One: 1",
                "accept: TEXT/html;  Q=1",
                "X-ONE: two,  three",
                "Content-Type: Text/PLAIN;charset=UTF-8",
                "X-Bytes: \u00e9\u0080\u00ff\u00c3\u00a9",
                "Cookie: a=b;c=\"d",
                "X-Empty:",
                "Accept-Encoding: GZIP, deflate",
                "Connection: Keep-Alive",
                "",
                ""));
    assertThat(call.headers())
        .usingElementComparator(
            (one, other) -> one.is(other.name()) ? one.value().compareTo(other.value()) : 1)
        .containsExactly(
            new Header("Host", "EXAMPLE.com:080"),
            new Header("x-One", "1"),
            new Header("accept", "TEXT/html;  Q=1"),
            new Header("X-ONE", "two,  three"),
            new Header("Content-Type", "Text/PLAIN;charset=UTF-8"),
            new Header("X-Bytes", "\u00e9\u0080\u00ff\u00c3\u00a9"),
            new Header("Cookie", "a=b;c=\"d"),
            new Header("X-Empty", ""),
            new Header("Accept-Encoding", "GZIP, deflate"),
            new Header("Connection", "Keep-Alive"));
    assertThat(call.headers().get(1).name()).isEqualTo("x-One");
    assertThat(call.authority()).isEqualTo("EXAMPLE.com:080");
    assertThat(call.secure()).isFalse();
    assertThat(call.peer().getAddress().isLoopbackAddress()).isTrue();
    assertThat(call.hasBody()).isFalse();
  }

  @Test
  void usesTheAuthorityOfAnAbsoluteTarget() throws Exception {
    var call = sent("GET https://b:8443/x?y HTTP/1.1\r\nHost: a\r\n\r\n");
    assertThat(call.authority()).isEqualTo("b:8443");
    assertThat(call.target()).isEqualTo("/x?y");
    assertThat(call.query()).isEqualTo("y");
    assertThat(call.secure()).isFalse();
  }

  @Test
  void keepsTheQueryOfAnAbsoluteTargetWithoutPath() throws Exception {
    var call = sent("GET http://b:8443?y HTTP/1.1\r\nHost: a\r\n\r\n");
    assertThat(call.authority()).isEqualTo("b:8443");
    assertThat(call.target()).isEqualTo("/?y");
    assertThat(call.path()).isEqualTo("/");
    assertThat(call.query()).isEqualTo("y");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/\u00c3\u00a9", "/a?\u00e9"})
  void refusesTargetsWithBytesOutsideAscii(String target) throws IOException {
    try (var client = new RawClient(listener.port())) {
      client.send("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(client.receive().status()).isEqualTo(400);
      assertThat(client.rest()).isEmpty();
    }
  }

  @Test
  void reportsTheLengthOfTheContent() throws Exception {
    var sized = sent("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab");
    assertThat(sized.hasBody()).isTrue();
    assertThat(sized.contentLength()).hasValue(2);
    var chunked = sent("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    assertThat(chunked.hasBody()).isTrue();
    assertThat(chunked.contentLength()).isEmpty();
    var none = sent("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    assertThat(none.hasBody()).isFalse();
    assertThat(none.contentLength()).hasValue(0);
  }
}
