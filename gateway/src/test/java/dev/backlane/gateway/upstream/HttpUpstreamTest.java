package dev.backlane.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.memory.MemoryBudget;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.gateway.credentials.ForwardedCredentials;
import dev.backlane.gateway.seal.CredentialSeal;
import dev.backlane.gateway.seal.DataKeys;
import dev.backlane.gateway.seal.MasterKey;
import dev.backlane.gateway.seal.MasterKeys;
import dev.backlane.gateway.tracing.Tracing;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
final class HttpUpstreamTest extends StoredCalls {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/a|b",
        "/a%2Fb?x=%7c|",
        "/a/../b/./c",
        "//x//y",
        "/?",
        "/a?b?c=%zz",
        "/;m=1/b;c",
        "/p\"<>^`{}\\?q=[]"
      })
  void sendsTheTargetByteForByte(String target) throws Exception {
    try (var server = recording("HTTP/1.1 204 No Content\r\n\r\n")) {
      var outcome = send(server.uri(), attempt("GET", target, List.of(), new byte[0]));
      assertThat(outcome.verdict()).isInstanceOf(Verdict.Responded.class);
      assertThat(recorded()).startsWith("GET " + target + " HTTP/1.1\r\n");
    }
  }

  @Test
  void putsTheBasePathBeforeTheTarget() throws Exception {
    try (var server = recording("HTTP/1.1 204 No Content\r\n\r\n")) {
      send(URI.create(server.uri() + "/base/"), attempt("GET", "/x", List.of(), new byte[0]));
      assertThat(recorded()).startsWith("GET /base/x HTTP/1.1\r\n");
    }
  }

  @Test
  void sendsStoredHeadersCredentialsAndIdempotencyKey() throws Exception {
    try (var server = recording("HTTP/1.1 204 No Content\r\n\r\n")) {
      var headers =
          List.of(
              new Header("x-Multi", "1"),
              new Header("Accept", "a/b"),
              new Header("x-Multi", "2"),
              new Header("X-Latin", "\u00e5\u0085"),
              new Header("erp-api-background", "none"),
              new Header("Connection", "X-Hop"),
              new Header("X-Hop", "1"));
      send(server.uri(), attempt("POST", "/", headers, "hi".getBytes(StandardCharsets.US_ASCII)));
      assertThat(recorded())
          .isEqualTo(
              "POST / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nx-Multi: 1\r\nAccept: a/b\r\nx-Multi: 2\r\nX-Latin: \u00e5\u0085\r\nAuthorization: Bearer opened\r\nIdempotency-Key: %s\r\nContent-Length: 2\r\n\r\nhi"
                  .formatted(server.port(), ID));
    }
  }

  @Test
  void keepsTheCallersIdempotencyKey() throws Exception {
    try (var server = recording("HTTP/1.1 204 No Content\r\n\r\n")) {
      send(
          server.uri(),
          attempt("POST", "/", List.of(new Header("idempotency-key", "mine")), new byte[0]));
      assertThat(recorded())
          .contains("idempotency-key: mine")
          .doesNotContain(ID.toString())
          .contains("Content-Length: 0");
    }
  }

  @Test
  void sendsNothingWhenCredentialsDoNotOpen() throws Exception {
    var keys =
        DataKeys.open(
            store.records(), MasterKeys.of(MasterKey.passing()), InstantSource.fixed(NOW));
    // Bytes that were never sealed here.
    Credentials foreign =
        new ForwardedCredentials(new CredentialSeal(keys), InstantSource.fixed(NOW));
    Credentials broken =
        _ -> {
          throw new IllegalStateException("another fault");
        };
    for (var refusing : List.of(foreign, broken)) {
      assertThat(verdictWith(refusing))
          .isInstanceOfSatisfying(
              Verdict.Unusable.class, why -> assertThat(why.cause()).contains("credentials"));
    }
  }

  @Test
  void sendsNothingWhileTheKeyOfCredentialsCannotBeRead() throws Exception {
    Credentials unavailable =
        _ -> {
          throw new StoreException("the database is unavailable");
        };
    assertThat(verdictWith(unavailable))
        .isInstanceOfSatisfying(
            Verdict.NotSent.class,
            why -> assertThat(why.cause()).contains("credentials").doesNotContain("database"));
  }

  private Verdict verdictWith(Credentials credentials) throws Exception {
    try (var server = recording("HTTP/1.1 204 No Content\r\n\r\n");
        var client = new UpstreamClient(server.uri(), LONG, 1)) {
      var upstream =
          new HttpUpstream(
              client,
              credentials,
              () -> BODY_MAX,
              MemoryBudget.UNLIMITED,
              InstantSource.fixed(NOW),
              Tracing.OFF);
      var verdict = upstream.send(attempt("POST", "/", List.of(), new byte[0])).verdict();
      assertThat(server.connections()).isZero();
      return verdict;
    }
  }

  @Test
  void returnsHeadersInOrderWithoutHopByHopOnes() throws Exception {
    var response =
        "HTTP/1.1 201 Made\r\nSet-Cookie: a\r\nX-One: 1\r\nSet-Cookie: b\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\n"
            + "Keep-Alive: timeout=5\r\nContent-Length: 2\r\n\r\nok";
    try (var server = recording(response)) {
      var received = responded(send(server.uri(), get())).response();
      assertThat(received.statusCode()).isEqualTo(201);
      assertThat(received.headers())
          .containsExactly(
              new Header("Set-Cookie", "a"),
              new Header("X-One", "1"),
              new Header("Set-Cookie", "b"),
              new Header("Content-Length", "2"));
    }
  }

  @Test
  void doesNotDecodeCompressedContent() throws Exception {
    var zipped = new ByteArrayOutputStream();
    try (var zip = new GZIPOutputStream(zipped)) {
      zip.write("compressed".getBytes(StandardCharsets.US_ASCII));
    }
    try (var server =
        new ScriptedServer(wire -> {
          wire.readRequest();
          wire.send(
              "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: "
                  + zipped.size()
                  + "\r\n\r\n");
          wire.send(zipped.toByteArray());
          wire.readAll();
        })) {
      assertThat(bytes(send(server.uri(), get()))).isEqualTo(zipped.toByteArray());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde",
        "HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nabcde",
        "HTTP/1.1 200 OK\r\nX-A : 1\r\nContent-Length \t: 5\r\n\r\nabcde",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding : chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n"
      })
  void readsEveryFramingAndReusesTheConnection(String response) throws Exception {
    try (var server = recording(response);
        var client = new UpstreamClient(server.uri(), LONG, 1)) {
      assertThat(new String(bytes(send(client, get())), StandardCharsets.US_ASCII))
          .isEqualTo("abcde");
      assertThat(new String(bytes(send(client, get())), StandardCharsets.US_ASCII))
          .isEqualTo("abcde");
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @Test
  void readsABodyThatEndsWithTheConnection() throws Exception {
    try (var server = once("HTTP/1.1 200 OK\r\n\r\nabcde")) {
      assertThat(new String(bytes(send(server.uri(), get())), StandardCharsets.US_ASCII))
          .isEqualTo("abcde");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n"
      })
  void expectsNoBodyWhenHttpAllowsNone(String response) throws Exception {
    try (var server = recording(response);
        var client = new UpstreamClient(server.uri(), LONG, 1)) {
      assertThat(bytes(send(client, get()))).isEmpty();
      assertThat(bytes(send(client, get()))).isEmpty();
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @Test
  void expectsNoBodyToHead() throws Exception {
    try (var server = recording("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")) {
      var outcome = send(server.uri(), attempt("HEAD", "/", List.of(), new byte[0]));
      assertThat(responded(outcome).response().header("Content-Length")).contains("1000");
      assertThat(outcome.response().content().length()).isZero();
    }
  }

  @Test
  void spoolsLargeBodiesBothWays() throws Exception {
    byte[] large = new byte[1_500_000];
    new Random(7).nextBytes(large);
    try (var server =
        new ScriptedServer(wire -> {
          wire.readHead();
          byte[] got = wire.read(large.length);
          wire.send("HTTP/1.1 200 OK\r\nContent-Length: " + got.length + "\r\n\r\n");
          wire.send(got);
          wire.readAll();
        })) {
      try (var outcome = send(server.uri(), attempt("PUT", "/", List.of(), large))) {
        assertThat(outcome.response().content()).isInstanceOf(Content.Spooled.class);
        assertThat(outcome.response().content().length()).isEqualTo(large.length);
      }
    }
  }

  @Test
  void refusesAResponseOverTheLimit() throws Exception {
    try (var server =
        new ScriptedServer(wire -> {
          wire.readRequest();
          wire.send("HTTP/1.1 200 OK\r\n\r\n");
          wire.send(new byte[(int) BODY_MAX + 1]);
        })) {
      assertThat(send(server.uri(), get()).verdict())
          .isInstanceOfSatisfying(
              Verdict.Unusable.class,
              why -> assertThat(why.cause()).contains("limits.response-body-max"));
    }
  }
}
