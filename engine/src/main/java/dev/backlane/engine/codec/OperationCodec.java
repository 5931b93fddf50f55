package dev.backlane.engine.codec;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Notification;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.Request;
import dev.backlane.engine.operation.Response;
import dev.backlane.engine.operation.SealedCredentials;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.operation.history.PastAttempt;
import dev.backlane.engine.store.queue.QueueEntry;
import dev.backlane.engine.store.queue.QueueKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The stored form of an operation, in two records: the call, which never changes, and its
/// progress, which does. Each begins with the number of its layout, so that a later version of
/// Backlane can still read it. Stateless.
public final class OperationCodec {
  /// The length, in bytes, of the start of the progress that [#end] needs.
  public static final int END_BYTES = 6;

  // A record has the layout with the additional part only if it has that part.
  private static final int CALL_LAYOUT = 1;
  private static final int CALL_LAYOUT_OF_RETRY = 2;
  private static final int PROGRESS_LAYOUT = 1;
  private static final int PROGRESS_LAYOUT_WITH_ATTEMPTS = 2;

  private static final int NOTIFY_NONE = 0;
  private static final int NOTIFY_ADDRESS = 1;
  private static final int NOTIFY_SUBSCRIPTION_WITHOUT_ID = 2;
  private static final int NOTIFY_SUBSCRIPTION = 3;

  private static final int QUEUED = 0;
  private static final int RUNNING = 1;
  private static final int FINISHED = 2;
  private static final int FAILED = 3;
  private static final int CANCELED = 4;
  private static final int HELD = 5;

  private OperationCodec() {}

  /// The parts of an operation that change.
  public record Progress(
      long version, State state, SealedCredentials credentials, List<PastAttempt> attempts) {
    public Progress {
      attempts = List.copyOf(attempts);
    }

    /// The progress of an operation of which no attempt is known.
    public Progress(long version, State state, SealedCredentials credentials) {
      this(version, state, credentials, List.of());
    }

    public static Progress of(Operation operation) {
      return new Progress(
          operation.version(), operation.state(), operation.credentials(), operation.attempts());
    }
  }

  /// Encodes the part that never changes.
  public static byte[] call(Operation operation) {
    var caller = operation.caller();
    var request = operation.request();
    var out =
        new RecordWriter()
            .octet(operation.retryOf().isPresent() ? CALL_LAYOUT_OF_RETRY : CALL_LAYOUT)
            .text(caller.tenant())
            .text(caller.client())
            .text(caller.subject())
            .text(operation.route())
            .text(request.method())
            .text(request.target());
    headers(out, request.headers());
    out.number(request.contentLength()).text(operation.base());
    switch (operation.notification()) {
      case Notification.None _ -> out.octet(NOTIFY_NONE);
      case Notification.Address(var uri) -> out.octet(NOTIFY_ADDRESS).text(uri);
      case Notification.Subscription(var id, var uri, var headers) ->
          headers(out.octet(NOTIFY_SUBSCRIPTION).text(id).text(uri), headers);
    }
    out.octet(operation.reference().isPresent() ? 1 : 0);
    operation.reference().ifPresent(out::text);
    operation.retryOf().ifPresent(original -> out.bytes(original.bytes()));
    return out.toBytes();
  }

  /// Encodes the part that changes.
  public static byte[] progress(Progress progress) {
    var attempts = progress.attempts();
    var out =
        new RecordWriter()
            .octet(attempts.isEmpty() ? PROGRESS_LAYOUT : PROGRESS_LAYOUT_WITH_ATTEMPTS)
            .number(progress.version());
    out.bytes(progress.credentials().bytes());
    var state = progress.state();
    switch (state) {
      case State.Queued queued -> queued(out.octet(QUEUED), queued);
      case State.Held(var queued) -> queued(out.octet(HELD), queued);
      case State.Running(int attempt, var startedAt, var lease) ->
          out.octet(RUNNING)
              .number(attempt)
              .instant(startedAt)
              .text(lease.holder())
              .number(lease.token());
      case State.Finished(int attempt, var startedAt, var endedAt, var response) -> {
        out.octet(FINISHED)
            .number(attempt)
            .instant(startedAt)
            .instant(endedAt)
            .number(response.statusCode());
        headers(out, response.headers());
        out.number(response.contentLength());
      }
      case State.Failed(int attempt, var startedAt, var endedAt, var code, var reason) ->
          out.octet(FAILED)
              .number(attempt)
              .instant(startedAt)
              .instant(endedAt)
              .octet(code.number())
              .text(reason);
      case State.Canceled(int attempt, var startedAt, var endedAt, var reason) ->
          out.octet(CANCELED).number(attempt).instant(startedAt).instant(endedAt).text(reason);
    }
    if (!attempts.isEmpty()) {
      AttemptCodec.write(out, attempts);
    }
    return out.toBytes();
  }

  private static void queued(RecordWriter out, State.Queued queued) {
    out.number(queued.attempt()).instant(queued.startedAt()).instant(queued.dueAt());
    out.octet(queued.lastError().isPresent() ? 1 : 0);
    queued.lastError().ifPresent(out::text);
  }

  /// Decodes an operation from its call record and its decoded progress.
  public static Operation operation(OperationId id, byte[] call, Progress progress)
      throws CorruptRecordException {
    var in = new RecordReader(call);
    int layout = callLayout(in);
    var caller = new Caller(in.text(), in.text(), in.text());
    var route = in.text();
    var request = new Request(in.text(), in.text(), headers(in), in.number());
    var base = in.text();
    var notification = notification(in);
    var reference = optionalText(in);
    var retryOf =
        layout == CALL_LAYOUT_OF_RETRY
            ? Optional.of(id(in.bytes()))
            : Optional.<OperationId>empty();
    in.end();
    return new Operation(
        id,
        caller,
        request,
        base,
        notification,
        route,
        reference,
        progress.credentials(),
        progress.state(),
        progress.version(),
        retryOf,
        progress.attempts());
  }

  /// The queue entry of a waiting operation, without decoding the rest.
  public static QueueEntry queueEntry(OperationId id, byte[] call, Instant dueAt)
      throws CorruptRecordException {
    var in = new RecordReader(call);
    var _ = callLayout(in);
    var tenant = in.text();
    in.text();
    in.text();
    return new QueueEntry(id, new QueueKey(tenant, in.text()), dueAt);
  }

  /// The caller only, without decoding the rest.
  public static Caller caller(byte[] call) throws CorruptRecordException {
    var in = new RecordReader(call);
    var _ = callLayout(in);
    return new Caller(in.text(), in.text(), in.text());
  }

  /// Decodes the part that changes.
  public static Progress progress(byte[] progress) throws CorruptRecordException {
    var in = new RecordReader(progress);
    int layout = progressLayout(in);
    long version = in.number();
    byte[] credentials = in.bytes();
    var state = state(in);
    var attempts =
        layout == PROGRESS_LAYOUT_WITH_ATTEMPTS ? AttemptCodec.read(in) : List.<PastAttempt>of();
    in.end();
    return new Progress(
        version,
        state,
        credentials.length == 0 ? SealedCredentials.NONE : new SealedCredentials(credentials),
        attempts);
  }

  /// The version only, without decoding the rest.
  public static long version(byte[] progress) throws CorruptRecordException {
    var in = new RecordReader(progress);
    var _ = progressLayout(in);
    return in.number();
  }

  /// How an operation has ended.
  public enum End {
    FINISHED,
    FAILED,
    CANCELED
  }

  /// How an operation has ended, without decoding the rest.
  ///
  /// @param progress at least its first [#END_BYTES] bytes
  public static End end(byte[] progress) throws CorruptRecordException {
    var in = new RecordReader(progress);
    var _ = progressLayout(in);
    in.number();
    in.bytes();
    int kind = in.octet();
    return switch (kind) {
      case FINISHED -> End.FINISHED;
      case FAILED -> End.FAILED;
      case CANCELED -> End.CANCELED;
      default -> throw new CorruptRecordException("an ended operation has the state " + kind);
    };
  }

  private static State state(RecordReader in) throws CorruptRecordException {
    int kind = in.octet();
    int attempt = (int) in.number();
    var startedAt = in.optionalInstant();
    return switch (kind) {
      case QUEUED -> new State.Queued(attempt, in.instant(), startedAt, optionalText(in));
      case HELD ->
          new State.Held(new State.Queued(attempt, in.instant(), startedAt, optionalText(in)));
      case RUNNING -> new State.Running(attempt, startedAt, new Lease(in.text(), in.number()));
      case FINISHED ->
          new State.Finished(
              attempt,
              startedAt,
              in.instant(),
              new Response((int) in.number(), headers(in), in.number()));
      case FAILED ->
          new State.Failed(attempt, startedAt, in.instant(), errorCode(in.octet()), in.text());
      case CANCELED -> new State.Canceled(attempt, startedAt, in.instant(), in.text());
      default -> throw new CorruptRecordException("a record has the unknown state " + kind);
    };
  }

  private static Optional<String> optionalText(RecordReader in) throws CorruptRecordException {
    return in.octet() == 0 ? Optional.empty() : Optional.of(in.text());
  }

  private static ErrorCode errorCode(int number) throws CorruptRecordException {
    for (var code : ErrorCode.values()) {
      if (code.number() == number) {
        return code;
      }
    }
    throw new CorruptRecordException("a record has the unknown error code " + number);
  }

  private static Notification notification(RecordReader in) throws CorruptRecordException {
    int kind = in.octet();
    return switch (kind) {
      case NOTIFY_NONE -> new Notification.None();
      case NOTIFY_ADDRESS -> new Notification.Address(in.text());
      case NOTIFY_SUBSCRIPTION_WITHOUT_ID ->
          new Notification.Subscription("", in.text(), headers(in));
      case NOTIFY_SUBSCRIPTION -> new Notification.Subscription(in.text(), in.text(), headers(in));
      default -> throw new CorruptRecordException("a record has the unknown notification " + kind);
    };
  }

  public static RecordWriter headers(RecordWriter out, List<Header> headers) {
    out.number(headers.size());
    for (var header : headers) {
      out.text(header.name()).text(header.value());
    }
    return out;
  }

  public static List<Header> headers(RecordReader in) throws CorruptRecordException {
    int count = in.count();
    var headers = new ArrayList<Header>(count);
    for (int i = 0; i < count; i++) {
      headers.add(new Header(in.text(), in.text()));
    }
    return headers;
  }

  private static OperationId id(byte[] bytes) throws CorruptRecordException {
    if (bytes.length != OperationId.BYTES) {
      throw new CorruptRecordException("a record has an id of " + bytes.length + " bytes");
    }
    return OperationId.of(bytes);
  }

  private static int callLayout(RecordReader in) throws CorruptRecordException {
    return layout(in, CALL_LAYOUT_OF_RETRY, "call");
  }

  private static int progressLayout(RecordReader in) throws CorruptRecordException {
    return layout(in, PROGRESS_LAYOUT_WITH_ATTEMPTS, "progress");
  }

  private static int layout(RecordReader in, int newest, String record)
      throws CorruptRecordException {
    int layout = in.octet();
    if (layout < 1 || layout > newest) {
      throw new CorruptRecordException(
          "a " + record + " record has layout " + layout + "; this version reads up to " + newest);
    }
    return layout;
  }
}
