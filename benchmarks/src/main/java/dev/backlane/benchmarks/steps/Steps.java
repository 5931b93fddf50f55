package dev.backlane.benchmarks.steps;

import dev.backlane.engine.codec.CallerDigests;
import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.OperationCodec;
import dev.backlane.engine.codec.OperationCodec.Progress;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.OperationIds;
import dev.backlane.protocol.Headers;
import dev.backlane.protocol.Trigger;
import dev.backlane.protocol.webhook.WebhookSecret;
import dev.backlane.protocol.webhook.WebhookSignature;
import dev.backlane.store.testkit.Samples;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// Steps that each background call takes at least once. Public and open because JMH extends it; one
/// object for each thread.
@State(Scope.Thread)
public class Steps {
  private static final int BODY_BYTES = 1024;

  private final Samples samples = new Samples(InstantSource.system(), 1);
  private final OperationIds ids = new OperationIds(InstantSource.system(), new SecureRandom());
  private final Operation running = samples.started(Samples.LEASE);
  private final Operation finished = samples.finished(running, BODY_BYTES);
  private final String id = running.id().toString();
  private final byte[] call = OperationCodec.call(running);
  private final byte[] progress = OperationCodec.progress(Progress.of(running));
  private final WebhookSecret secret = WebhookSecret.generate(new SecureRandom());
  private final byte[] body = new byte[BODY_BYTES];

  /// Creates an id.
  @Benchmark
  public OperationId nextId() {
    return ids.next();
  }

  /// Reads the id in a path.
  @Benchmark
  public Optional<OperationId> parseId() {
    return OperationId.parse(id);
  }

  /// Reads the header that makes a call run in the background, with an address.
  @Benchmark
  public Trigger parseTrigger() {
    return Trigger.parse("https://hooks.example.com/ended?company=17");
  }

  /// Encodes a call with four header fields.
  @Benchmark
  public byte[] encodeCall() {
    return OperationCodec.call(running);
  }

  /// Encodes the end of an operation.
  @Benchmark
  public byte[] encodeEnd() {
    return OperationCodec.progress(Progress.of(finished));
  }

  /// Decodes a stored operation.
  @Benchmark
  public Operation decodeOperation() throws CorruptRecordException {
    return OperationCodec.operation(running.id(), call, OperationCodec.progress(progress));
  }

  /// Computes the keys under which an operation is listed.
  @Benchmark
  public List<byte[]> ownerDigests() {
    return CallerDigests.owners(running.caller());
  }

  /// The transition to the end, and the next version of the operation.
  @Benchmark
  public Operation transition() {
    return samples.finished(running, BODY_BYTES);
  }

  /// Both signatures of a notification of 1 KiB.
  @Benchmark
  public Map<String, String> sign() {
    return WebhookSignature.headers(
        List.of(secret), "message", Instant.EPOCH, body, Headers.X_SIGNATURE);
  }
}
