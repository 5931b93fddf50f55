package dev.backlane.benchmarks.trial;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.CallHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ProtocolException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/// What the compared servers serve. Thread-safe.
final class TrialHandler implements CallHandler {
  private static final int MIB = 1024 * 1024;
  private static final int BIG_MIB = 64;
  private static final int EVENTS = 3;
  private static final long EVENT_INTERVAL_MILLIS = 100;
  private static final long WAIT_MAX_SECONDS = 15;

  // As long as the gateway's 202.
  private static final byte[] DOCUMENT =
      ("{\"id\":\"" + "0".repeat(218) + "\"}").getBytes(ISO_8859_1);

  private final byte[] mib = new byte[MIB];
  private final Set<String> recorded = new ConcurrentSkipListSet<>();

  @Override
  public void handle(Call call) {
    try {
      respond(call);
    } catch (ProtocolException malformed) {
      if (!call.responded()) {
        call.response().status(400).closeConnection();
        call.respond();
      }
    } catch (IOException | UncheckedIOException failed) {
      recorded.add(call.query() + " failed");
      if (!call.responded()) {
        call.response().status(408).closeConnection();
        call.respond();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void respond(Call call) throws IOException, InterruptedException {
    switch (call.header("X-Show").isPresent() ? "show" : call.path()) {
      case "show" -> show(call);
      case "/refuse" -> {
        call.response().status(413);
        call.respond();
      }
      case "/mib" -> big(call, 1);
      case "/big" -> big(call, BIG_MIB);
      case "/no-content" -> {
        call.response().status(204);
        call.respond();
      }
      case "/not-modified" -> {
        call.response().status(304).set("ETag", "\"1\"");
        call.respond();
      }
      case "/reason" -> {
        call.response().status(299, Optional.of("As You Like"));
        call.respond();
      }
      case "/events" -> events(call);
      case "/duplex" -> duplex(call);
      case "/short" -> {
        try (var out = call.stream(OptionalLong.of(10))) {
          out.write(DOCUMENT, 0, 5);
          call.abort();
        }
      }
      case "/throws" -> throw new IllegalStateException("thrown on purpose");
      case "/wait" -> waitForClient(call);
      case "/recorded" -> call.respond(String.join("\n", recorded).getBytes(ISO_8859_1));
      default -> accept(call);
    }
  }

  private static void accept(Call call) throws IOException {
    if (call.hasBody()) {
      call.body().readAllBytes();
    }
    call.response()
        .status(202)
        .set("Content-Type", "application/json")
        .set("Location", "http://127.0.0.1/v1/background/00000000-0000-0000-0000-000000000000");
    call.respond(DOCUMENT);
  }

  private static void show(Call call) {
    boolean target = call.header("X-Show").orElseThrow().equals("target");
    var shown =
        target
            ? call.target()
            : call.headers().stream()
                .map(field -> field.name() + ":" + field.value())
                .collect(Collectors.joining("|"));
    call.respond(shown.getBytes(ISO_8859_1));
  }

  private void big(Call call, int count) throws IOException {
    try (var out = call.stream(OptionalLong.of((long) count * MIB))) {
      for (int i = 0; i < count; i++) {
        out.write(mib);
      }
    }
  }

  private static void events(Call call) throws IOException, InterruptedException {
    call.response().set("Content-Type", "text/event-stream");
    try (var out = call.stream(OptionalLong.empty())) {
      for (int i = 0; i < EVENTS; i++) {
        out.write("data: x\n\n".getBytes(ISO_8859_1));
        Thread.sleep(EVENT_INTERVAL_MILLIS);
      }
    }
  }

  private static void duplex(Call call) throws IOException {
    byte[] buffer = new byte[8192];
    try (var out = call.stream(OptionalLong.empty())) {
      var in = call.body();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        out.write(buffer, 0, read);
      }
    }
  }

  private void waitForClient(Call call) throws IOException, InterruptedException {
    call.body().readAllBytes();
    var gone = new CountDownLatch(1);
    call.onClientGone(gone::countDown);
    recorded.add(
        call.query()
            + (gone.await(WAIT_MAX_SECONDS, TimeUnit.SECONDS) ? " noticed" : " unnoticed"));
    call.respond();
  }
}
