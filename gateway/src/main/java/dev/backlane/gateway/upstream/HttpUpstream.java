package dev.backlane.gateway.upstream;

import dev.backlane.engine.execution.Attempt;
import dev.backlane.engine.execution.Upstream;
import dev.backlane.engine.memory.MemoryBudget;
import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Lifecycle;
import dev.backlane.engine.operation.Obstacle;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.Response;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.content.Spool;
import dev.backlane.engine.store.content.StagedContent;
import dev.backlane.engine.store.content.TooLargeException;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.gateway.forwarding.HopByHop;
import dev.backlane.gateway.tracing.Span;
import dev.backlane.gateway.tracing.Tracing;
import dev.backlane.gateway.upstream.OutgoingRequest.Repeat;
import dev.backlane.gateway.upstream.wire.RetryAfter;
import dev.backlane.protocol.Headers;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends stored operations to the upstream over HTTP. Thread-safe.
public final class HttpUpstream implements Upstream {
  private static final Logger LOG = LoggerFactory.getLogger(HttpUpstream.class);

  /// Methods that usually have a body: without one, `Content-Length: 0` is sent (RFC 9110 section
  /// 8.6).
  private static final Set<String> BODY_EXPECTED = Set.of("POST", "PUT", "PATCH");

  private static final int CLIENT_ERROR = 400;

  private final UpstreamClient client;
  private final Credentials credentials;
  private final LongSupplier responseBodyBytesMax;
  private final MemoryBudget memory;
  private final InstantSource clock;
  private final Tracing tracing;

  /// @param responseBodyBytesMax of a response that can be stored, `limits.response-body-max`; may
  ///     change
  /// @param memory for responses until they are stored
  /// @param clock against which `Retry-After` dates are compared
  /// @param tracing records attempts
  public HttpUpstream(
      UpstreamClient client,
      Credentials credentials,
      LongSupplier responseBodyBytesMax,
      MemoryBudget memory,
      InstantSource clock,
      Tracing tracing) {
    this.client = client;
    this.credentials = credentials;
    this.responseBodyBytesMax = responseBodyBytesMax;
    this.memory = memory;
    this.clock = clock;
    this.tracing = tracing;
  }

  @Override
  public Outcome send(Attempt attempt) {
    try (var span = tracing.attempt(attempt.operation())) {
      var outcome = send(attempt, span);
      report(outcome.verdict(), span);
      return outcome;
    }
  }

  private static void report(Verdict verdict, Span span) {
    switch (verdict) {
      case Verdict.Responded(var response, var _) -> {
        span.set("http.response.status_code", response.statusCode());
        if (response.statusCode() >= CLIENT_ERROR) {
          span.failed(Integer.toString(response.statusCode()));
        }
      }
      case Verdict.NotSent _ -> span.failed("not-sent");
      case Verdict.Unknown _ -> span.failed("outcome-unknown");
      case Verdict.Unusable(var code, var _) -> span.failed(code.wire());
    }
  }

  private Outcome send(Attempt attempt, Span span) {
    OutgoingRequest request;
    try {
      request = request(attempt, span);
    } catch (CredentialsException none) {
      var why = String.valueOf(none.getMessage());
      return Outcome.without(
          none.temporary()
              ? new Verdict.NotSent(Obstacle.CREDENTIALS, why)
              : new Verdict.Unusable(ErrorCode.CREDENTIALS_EXPIRED, why));
    } catch (StoreException away) {
      // The key that opens them is in the store.
      return Outcome.without(
          new Verdict.NotSent(
              Obstacle.RESOURCES,
              "the stored credentials cannot be opened now, so the request was not sent"));
    } catch (RuntimeException sealed) {
      // Not retried: a key that cannot open them now cannot open them later.
      LOG.warn(
          "the credentials of operation {} cannot be opened: {}",
          attempt.operation().id(),
          sealed.getMessage());
      return Outcome.without(
          new Verdict.Unusable(
              ErrorCode.INTERNAL,
              "the stored credentials cannot be opened, so the request was not sent"));
    }
    try (var exchange = client.exchange()) {
      attempt.onAbort(() -> exchange.abort("the attempt was aborted"));
      attempt.onRecall(() -> exchange.abortUnsent("the gateway is stopping"));
      exchange.onOpened(attempt::reached);
      exchange.limit(
          attempt.timeout(), "the upstream did not respond completely within " + attempt.timeout());
      try {
        // Without responseStartTimeout, the limit above is the only bound: operations are meant for
        // upstreams that work for hours.
        return outcome(
            attempt, exchange.send(request, attempt.responseStartTimeout(), Duration.ZERO));
      } catch (NotSentException notSent) {
        boolean ended = attempt.aborted() || attempt.recalled();
        var obstacle = ended ? Obstacle.PROCESS : notSent.obstacle();
        return Outcome.without(new Verdict.NotSent(obstacle, text(notSent)));
      } catch (SocketTimeoutException silent) {
        return unknown(
            exchange,
            "the upstream did not begin its response within "
                + attempt.responseStartTimeout()
                + " (response-start-timeout)");
      } catch (RequestBodyException unreadable) {
        return Outcome.without(unreadable(attempt, unreadable));
      } catch (IOException failed) {
        var abortCause = exchange.abortCause();
        return unknown(exchange, abortCause == null ? text(failed) : abortCause);
      }
    }
  }

  /// Reports the status of a response that failed within its head or its body: it usually shows
  /// whether the upstream has acted.
  private static Outcome unknown(Exchange exchange, String why) {
    var status = exchange.statusCode();
    return Outcome.without(
        new Verdict.Unknown(
            status.isPresent()
                ? "the upstream responded with "
                    + status.getAsInt()
                    + ", but its response is incomplete: "
                    + why
                : why));
  }

  private static Verdict unreadable(Attempt attempt, RequestBodyException unreadable) {
    if (unreadable.damaged()) {
      LOG.error(
          "Operation {} ends, since its stored request is damaged: {}",
          attempt.operation().id(),
          unreadable.getMessage());
      return new Verdict.Unusable(
          ErrorCode.CONTENT_DAMAGED,
          unreadable.nothingSent()
              ? "The stored request is damaged, so it was not sent; send the call again."
              : Lifecycle.OUTCOME_UNKNOWN
                  + ": the stored request is damaged, and was sent in part only");
    }
    return unreadable.nothingSent()
        ? new Verdict.NotSent(Obstacle.RESOURCES, text(unreadable))
        : new Verdict.Unknown(text(unreadable));
  }

  private OutgoingRequest request(Attempt attempt, Span span) throws CredentialsException {
    var operation = attempt.operation();
    var request = operation.request();
    return new OutgoingRequest(
        request.method(),
        request.target(),
        span.propagate(headers(operation)),
        body(attempt),
        // A repetition is an attempt of its own, which counts.
        attempt.repeatable() ? Repeat.BY_CALLER : Repeat.NEVER);
  }

  private List<Header> headers(Operation operation) throws CredentialsException {
    var stored = HopByHop.ofRequest(operation.request().headers());
    List<Header> headers = new ArrayList<>(stored.size() + 3);
    headers.addAll(stored);
    headers.addAll(credentials.of(operation));
    if (stored.stream().noneMatch(header -> header.is(Headers.IDEMPOTENCY_KEY))) {
      headers.add(new Header(Headers.IDEMPOTENCY_KEY, operation.id().toString()));
    }
    return headers;
  }

  private static OutgoingBody body(Attempt attempt) {
    var body = attempt.body();
    if (body.length() == 0 && !BODY_EXPECTED.contains(attempt.operation().request().method())) {
      return OutgoingBody.NONE;
    }
    return new OutgoingBody.Sized(body.length(), () -> body.open(0));
  }

  private Outcome outcome(Attempt attempt, UpstreamResponse response) throws IOException {
    try {
      var content =
          StagedContent.read(
              response.body(),
              responseBodyBytesMax.getAsLong(),
              () -> Spool.expecting(response.contentLength(), attempt.responseSpools().get()),
              memory.overdraft());
      var headers = HopByHop.endToEnd(response.headers());
      var stored = new Response(response.statusCode(), headers, content.content().length());
      return new Outcome(new Verdict.Responded(stored, retryAfter(stored)), content);
    } catch (TooLargeException tooLarge) {
      return Outcome.without(
          new Verdict.Unusable(
              ErrorCode.RESPONSE_TOO_LARGE,
              "the upstream responded with "
                  + response.statusCode()
                  + " with a body of more than "
                  + tooLarge.bytesMax()
                  + " bytes (limits.response-body-max)"));
    } catch (StoreException refused) {
      LOG.warn(
          "the response {} to operation {} could not be stored: {}",
          response.statusCode(),
          attempt.operation().id(),
          refused.getMessage());
      return Outcome.without(
          new Verdict.Unknown(
              "the upstream responded with "
                  + response.statusCode()
                  + ", and the gateway could not store the response"
                  + (refused instanceof StoreException.NoSpace
                      ? ": its disk is nearly full"
                      : "")));
    }
  }

  private Optional<Duration> retryAfter(Response stored) {
    return stored.header("Retry-After").flatMap(value -> RetryAfter.parse(value, clock.instant()));
  }

  private static String text(IOException failed) {
    var message = failed.getMessage();
    return message == null ? failed.getClass().getSimpleName() : message;
  }
}
