package dev.backlane.client;

import dev.backlane.client.auth.ClientCredentials;
import dev.backlane.client.auth.Credentials;
import dev.backlane.client.http.BaseUri;
import dev.backlane.client.http.Deadline;
import dev.backlane.client.http.Delivery;
import dev.backlane.client.http.Limits;
import dev.backlane.client.http.Pieces;
import dev.backlane.client.http.ReceivedResponse;
import dev.backlane.client.http.Transport;
import dev.backlane.client.support.HttpClients;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Calls an API in the background. A long call runs at the server, so that no timeout between the
/// client and the API ends it; this class submits it, waits, and returns the response as if the
/// call had been direct.
///
/// ```java
/// var backlane = Backlane.at(URI.create("https://api.example.com"))
///     .credentials(Credentials.bearer(token))
///     .build();
/// var call = backlane.request("/invoices").POST(BodyPublishers.ofString(json)).build();
/// HttpResponse<String> response = backlane.send(call, BodyHandlers.ofString());
/// ```
///
/// Thread-safe. One instance serves an application. [#close] ends the threads of its HTTP client;
/// without it they end when the instance is no longer used.
public final class Backlane implements AutoCloseable {
  private static final URI VISMA_NET = URI.create("https://api.finance.visma.net");

  private final Transport transport;
  private final Submission submission;
  private final Operations operations;
  private final Duration timeout;
  private final @Nullable HttpClient own;

  private Backlane(Builder builder) {
    this.own = builder.http == null ? HttpClients.create() : null;
    var http = builder.http == null ? Objects.requireNonNull(own) : builder.http;
    this.transport =
        new Transport(
            builder.base,
            builder.credentials,
            http,
            new Limits(builder.requestTimeout, builder.retryFor, builder.clock));
    this.submission = new Submission(transport, builder.idempotencyKeys);
    this.operations = new Operations(transport);
    this.timeout = builder.timeout;
  }

  /// Builds a client of an API.
  ///
  /// @param base the address of the API, `http` or `https`, such as `https://api.example.com`; with
  ///     or without a path
  /// @throws IllegalArgumentException if it is not the address of an API
  public static Builder at(URI base) {
    return new Builder(BaseUri.of(base));
  }

  /// Builds a client of the documented API, Visma.net ERP. It uses documented behavior only: no
  /// idempotency keys, so that a call whose 202 was lost is reported as an exception instead of
  /// being sent twice.
  ///
  /// @param credentials for example [ClientCredentials#vismaNet]
  public static Builder vismaNet(Credentials credentials) {
    return at(VISMA_NET).idempotencyKeys(false).credentials(credentials);
  }

  /// As above, with a service's own tokens.
  ///
  /// @param tenantId the company
  public static Builder vismaNet(String tenantId, String clientId, String clientSecret) {
    return vismaNet(ClientCredentials.vismaNet(tenantId, clientId, clientSecret).build());
  }

  /// Settings of a client. For one thread.
  public static final class Builder {
    private final URI base;
    private Credentials credentials = Credentials.none();
    private @Nullable HttpClient http;
    private Duration requestTimeout = Limits.REQUEST_TIMEOUT;
    private Duration retryFor = Limits.RETRY_FOR;
    private Duration timeout = Duration.ofHours(24);
    private InstantSource clock = InstantSource.system();
    private boolean idempotencyKeys = true;

    private Builder(URI base) {
      this.base = base;
    }

    /// The access tokens; none by default.
    public Builder credentials(Credentials source) {
      credentials = source;
      return this;
    }

    /// The client that sends the requests, which [Backlane#close] does not close. The default has a
    /// connect timeout of 10 s.
    ///
    /// @throws IllegalArgumentException if it follows redirects, since requests carry a token
    public Builder httpClient(HttpClient client) {
      http = HttpClients.checked(client);
      return this;
    }

    /// How long a single request may take, 1 min by default; between two pieces of a content too. A
    /// call itself may take as long as [#timeout].
    public Builder requestTimeout(Duration max) {
      requestTimeout = positive(max);
      return this;
    }

    /// How long a request is repeated while the server or the token endpoint cannot be reached, or
    /// responds with 429, 502, 503 or 504; 5 min by default. Then the failure is thrown. The pauses
    /// grow from 200 ms to 15 s, or are as long as `Retry-After` says, at most 5 min. Zero: a
    /// failure is thrown at once.
    public Builder retryFor(Duration max) {
      if (max.isNegative()) {
        throw new IllegalArgumentException("A duration must not be negative, as " + max + " is.");
      }
      retryFor = max;
      return this;
    }

    /// How long [Backlane#send] may take if it is not given a time, 24 h by default: one limit for
    /// submitting, waiting and reading the content.
    public Builder timeout(Duration max) {
      timeout = positive(max);
      return this;
    }

    /// The clock that is compared with dates in `Retry-After` of responses without a `Date`; the
    /// system's by default. Durations are measured with the monotonic clock.
    public Builder clock(InstantSource source) {
      clock = source;
      return this;
    }

    /// Whether calls carry an `Idempotency-Key`, so that a call whose 202 was lost can be submitted
    /// again safely; true by default. Set it to false for a server that does not honor the key.
    public Builder idempotencyKeys(boolean sent) {
      idempotencyKeys = sent;
      return this;
    }

    public Backlane build() {
      return new Backlane(this);
    }
  }

  private static Duration positive(Duration duration) {
    if (duration.isNegative() || duration.isZero()) {
      throw new IllegalArgumentException("A duration must be positive, not " + duration + ".");
    }
    return duration;
  }

  /// Starts a request to a path of the API.
  ///
  /// @param target path and query, beginning with `/`
  public HttpRequest.Builder request(String target) {
    return transport.request(target);
  }

  /// Runs a call in the background and returns the upstream's response, as if the call had been
  /// direct: its status, header fields and content, whatever the status is.
  ///
  /// The call is submitted with an `Idempotency-Key`, unless the request has one or the server does
  /// not honor it, so that a lost 202 or a restart of the server neither loses nor repeats it.
  /// `erp-api-background: none` is added unless the request asks for a notification. The body of
  /// the request must be readable more than once, as those of
  /// [java.net.http.HttpRequest.BodyPublishers] are.
  ///
  /// @param call a request to this API; see [#request]
  /// @param handler reads the content, which is passed on as it is stored, with its
  ///     `Content-Encoding`. If a connection fails in the middle of the content, it continues
  ///     there. A content that the handler returns as a stream must be read or closed.
  /// @throws OperationException if there is no response: the call failed, its outcome is unknown,
  ///     it was canceled, or it has not ended in time
  /// @throws dev.backlane.client.documented.ApiException if the server refuses the call, its state
  ///     or its content, or is away for too long
  /// @throws dev.backlane.client.auth.CredentialsException if there is no access token
  /// @throws InterruptedException if this thread is interrupted; a submitted call continues
  public <T> HttpResponse<T> send(HttpRequest call, BodyHandler<T> handler)
      throws IOException, InterruptedException {
    return send(call, handler, timeout);
  }

  /// As above, with another limit.
  ///
  /// @param timeout how long submitting, waiting and reading the content may take together
  public <T> HttpResponse<T> send(HttpRequest call, BodyHandler<T> handler, Duration timeout)
      throws IOException, InterruptedException {
    return send(call, handler, timeout, state -> {});
  }

  /// As above, and reports the progress.
  ///
  /// @param onProgress called on this thread with the first state, and with each that differs from
  ///     the one before; an exception that it throws ends the wait
  public <T> HttpResponse<T> send(
      HttpRequest call,
      BodyHandler<T> handler,
      Duration timeout,
      Consumer<? super OperationState> onProgress)
      throws IOException, InterruptedException {
    var deadline = Deadline.after(positive(timeout));
    var operation = new Operation(submission.submit(call, deadline), operations);
    var ended = operation.awaitEnd(deadline, timeout, onProgress);
    var id = operation.id();
    if (!(operations.outcome(id, ended)
        instanceof Outcome.Responded(var status, var headers, var unused))) {
      throw withoutResponse(id, ended);
    }
    var content = ended.hasResponseContent() ? operations.content(id, deadline) : Pieces.none();
    var subscriber = subscriber(handler, new ReceivedResponse.Head(status, headers), content);
    return new ReceivedResponse<>(
        call, status, headers, Delivery.await(content, subscriber, deadline));
  }

  private static <T> BodySubscriber<T> subscriber(
      BodyHandler<T> handler, ReceivedResponse.Head head, Pieces content) {
    try {
      return handler.apply(head);
    } catch (RuntimeException | Error failed) {
      content.close();
      throw failed;
    }
  }

  private static OperationException withoutResponse(String id, OperationState ended) {
    var reason =
        ended.canceled()
            ? OperationException.Reason.CANCELED
            : ended.outcomeUnknown()
                ? OperationException.Reason.OUTCOME_UNKNOWN
                : OperationException.Reason.FAILED;
    var advice =
        reason == OperationException.Reason.OUTCOME_UNKNOWN
            ? " Check at the API whether the call was executed before you send it again."
            : "";
    return new OperationException(id, reason, "Operation " + id + ": " + ended.message() + advice);
  }

  /// As [#send(HttpRequest, BodyHandler)], on a virtual thread. If the future is canceled or
  /// completed otherwise, the wait ends; a submitted call continues.
  public <T> CompletableFuture<HttpResponse<T>> sendAsync(
      HttpRequest call, BodyHandler<T> handler) {
    return sendAsync(call, handler, timeout);
  }

  /// As above, with another limit.
  ///
  /// @param timeout how long submitting, waiting and reading the content may take together
  public <T> CompletableFuture<HttpResponse<T>> sendAsync(
      HttpRequest call, BodyHandler<T> handler, Duration timeout) {
    return Futures.start("send", () -> send(call, handler, timeout));
  }

  /// Submits a call and returns as soon as the server has stored it.
  ///
  /// @throws dev.backlane.client.documented.ApiException if the server refuses it
  public Operation submit(HttpRequest call) throws IOException, InterruptedException {
    return new Operation(submission.submit(call, Deadline.after(timeout)), operations);
  }

  /// As [#submit], on a virtual thread.
  public CompletableFuture<Operation> submitAsync(HttpRequest call) {
    return Futures.start("submit", () -> submit(call));
  }

  /// An operation that was submitted earlier, also by another process. Sends no request.
  ///
  /// @param operationId [Operation#id]
  public Operation resume(String operationId) {
    if (operationId.isBlank()) {
      throw new IllegalArgumentException("The id is empty: pass Operation.id().");
    }
    return new Operation(operationId, operations);
  }

  /// One page of the caller's operations, newest first. Only Backlane has this list, not the
  /// documented API.
  ///
  /// @param parameters of `GET /v1/background`, such as `status`, `phase`, `reference`, `limit` and
  ///     `cursor`
  /// @throws dev.backlane.client.documented.ApiException if the server refuses it
  public OperationPage list(Map<String, String> parameters)
      throws IOException, InterruptedException {
    return operations.list(parameters);
  }

  /// Ends the threads of the HTTP client, unless the builder was given one. Requests that are in
  /// flight fail; submitted operations continue.
  @Override
  public void close() {
    transport.close();
    if (own != null) {
      own.shutdownNow();
    }
  }

  /// The address of the API; never a token.
  @Override
  public String toString() {
    return "Backlane[" + transport + "]";
  }
}
