package dev.backlane.client;

import dev.backlane.client.auth.ClientCredentials;
import dev.backlane.client.auth.Credentials;
import dev.backlane.client.http.Deadline;
import dev.backlane.client.http.FetchedContent;
import dev.backlane.client.http.ReceivedResponse;
import dev.backlane.client.http.Transport;
import dev.backlane.client.support.Shared;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

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
/// Thread-safe. One instance serves an application. It holds no thread while it is idle.
public final class Backlane {
  private final Transport transport;
  private final Submission submission;
  private final Operations operations;
  private final Duration timeout;

  private Backlane(Builder builder) {
    this.transport =
        new Transport(builder.base, builder.credentials, builder.http, builder.requestTimeout);
    this.submission = new Submission(transport, builder.idempotencyKeys);
    this.operations = new Operations(transport);
    this.timeout = builder.timeout;
  }

  /// Builds a client of an API.
  ///
  /// @param base the address of the API, `http` or `https`, such as `https://api.example.com`
  public static Builder at(URI base) {
    return new Builder(base);
  }

  /// Builds a client of the documented API, Visma.net ERP, with a service's own tokens. It uses
  /// documented behavior only: no idempotency keys, so that a call whose 202 was lost is reported
  /// as an [ApiException] instead of being sent twice.
  ///
  /// @param tenantId the company
  public static Builder vismaNet(String tenantId, String clientId, String clientSecret) {
    return at(DocumentedApi.BASE)
        .idempotencyKeys(false)
        .credentials(
            ClientCredentials.at(DocumentedApi.TOKEN_ENDPOINT)
                .client(clientId, clientSecret)
                .scope(DocumentedApi.SERVICE_SCOPES)
                .parameter("tenant_id", tenantId)
                .build());
  }

  /// Settings of a client. For one thread.
  public static final class Builder {
    private final URI base;
    private Credentials credentials = Credentials.none();
    private HttpClient http = Shared.HTTP;
    private Duration requestTimeout = Duration.ofMinutes(1);
    private Duration timeout = Duration.ofHours(24);
    private boolean idempotencyKeys = true;

    private Builder(URI base) {
      if (base.getHost() == null || !String.valueOf(base.getScheme()).matches("(?i)https?")) {
        throw new IllegalArgumentException(
            "\""
                + base
                + "\" is not an address of an API. Use a URI such as https://api.example.com.");
      }
      this.base = URI.create(base.toString().replaceFirst("/+$", ""));
    }

    /// The access tokens; none by default.
    public Builder credentials(Credentials source) {
      credentials = source;
      return this;
    }

    /// The client that sends the requests. The default has a connect timeout of 10 s and follows no
    /// redirects; another one should not follow them to other hosts either, since requests carry a
    /// token.
    public Builder httpClient(HttpClient client) {
      http = client;
      return this;
    }

    /// How long a single request may take, 1 min by default. A call itself may take as long as
    /// [#timeout].
    public Builder requestTimeout(Duration max) {
      requestTimeout = positive(max);
      return this;
    }

    /// How long [Backlane#send] may take if it is not given a time, 24 h by default: one limit for
    /// submitting, waiting and reading the content.
    public Builder timeout(Duration max) {
      timeout = positive(max);
      return this;
    }

    /// Whether calls carry an `Idempotency-Key`, so that a call whose 202 was lost can be submitted
    /// again safely; true by default. Set it to false for a server that does not honor the key.
    public Builder idempotencyKeys(boolean sent) {
      idempotencyKeys = sent;
      return this;
    }

    private static Duration positive(Duration duration) {
      if (duration.isNegative() || duration.isZero()) {
        throw new IllegalArgumentException("A duration must be positive, not " + duration + ".");
      }
      return duration;
    }

    public Backlane build() {
      return new Backlane(this);
    }
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
  /// `erp-api-background: none` is added unless the request asks for a notification.
  ///
  /// @param call a request to this API; see [#request]
  /// @param handler reads the content
  /// @throws OperationException if there is no response: the call failed, its outcome is unknown,
  ///     it was canceled, or it has not ended in time
  /// @throws ApiException if the server refuses the call, its state or its content
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
  ///     the one before
  public <T> HttpResponse<T> send(
      HttpRequest call,
      BodyHandler<T> handler,
      Duration timeout,
      Consumer<? super OperationState> onProgress)
      throws IOException, InterruptedException {
    var deadline = Deadline.after(timeout);
    var operation = new Operation(submission.submit(call, deadline), operations);
    var ended = operation.awaitEnd(deadline, timeout, onProgress);
    if (!(operations.outcome(ended)
        instanceof Outcome.Responded(var status, var headers, var body))) {
      throw withoutResponse(ended);
    }
    if (!ended.hasResponseContent()) {
      return new ReceivedResponse<>(
          call, status, headers, FetchedContent.ofNothing(handler, status, headers));
    }
    var info = new ReceivedResponse.Head(status, headers);
    var content = operations.contentResponse(ended.id(), stored -> handler.apply(info), deadline);
    return new ReceivedResponse<>(call, status, headers, content.body());
  }

  private static OperationException withoutResponse(OperationState ended) {
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
    return new OperationException(
        ended.id(), reason, "Operation " + ended.id() + ": " + ended.message() + advice);
  }

  /// As [#send(HttpRequest, BodyHandler)], on a virtual thread. Canceling the future ends the wait;
  /// a submitted call continues.
  public <T> CompletableFuture<HttpResponse<T>> sendAsync(
      HttpRequest call, BodyHandler<T> handler) {
    return Futures.start("send", () -> send(call, handler));
  }

  /// Submits a call and returns as soon as the server has stored it.
  ///
  /// @throws ApiException if the server refuses it
  public Operation submit(HttpRequest call) throws IOException, InterruptedException {
    return new Operation(submission.submit(call, Deadline.after(timeout)), operations);
  }

  /// As [#submit], on a virtual thread.
  public CompletableFuture<Operation> submitAsync(HttpRequest call) {
    return Futures.start("submit", () -> submit(call));
  }

  /// An operation that was submitted earlier, also by another process. Sends no request.
  public Operation resume(String operationId) {
    return new Operation(operationId, operations);
  }

  /// One page of the caller's operations, newest first. Only Backlane has this list, not the
  /// documented API.
  ///
  /// @param parameters of `GET /v1/background`, such as `status`, `phase`, `reference`, `limit` and
  ///     `cursor`
  /// @throws ApiException if the server refuses it
  public OperationPage list(Map<String, String> parameters)
      throws IOException, InterruptedException {
    return operations.list(parameters);
  }

  /// The address of the API; never a token.
  @Override
  public String toString() {
    return "Backlane[" + transport + "]";
  }
}
