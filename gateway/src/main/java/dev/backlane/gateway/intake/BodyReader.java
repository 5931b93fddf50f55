package dev.backlane.gateway.intake;

import dev.backlane.engine.memory.MemoryBudget;
import dev.backlane.engine.memory.OverBudgetException;
import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.Spool;
import dev.backlane.engine.store.content.StagedContent;
import dev.backlane.engine.store.content.TooLargeException;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.Problems;
import dev.backlane.gateway.ratelimit.InFlight;
import dev.backlane.protocol.ProblemType;
import java.io.IOException;
import java.net.ProtocolException;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads the content of a call into memory or, if it is large, into a spool of the store.
/// Thread-safe.
public final class BodyReader {
  private static final Logger LOG = LoggerFactory.getLogger(BodyReader.class);

  private static final Header CLOSE = new Header("Connection", "close");

  private static final String DISK_FULL =
      "The gateway has no space on its disk for a body of this size at present"
          + " (limits.disk-free-min); nothing was stored. Try again later.";

  private static final String SHARE_TAKEN =
      "The bodies that your tenant is sending take as much space on the gateway's disk as they may,"
          + " so that other tenants can send bodies too (limits.disk-free-min); nothing was stored."
          + " Try again when some of them have been accepted.";

  private final OperationStore store;
  private final LongSupplier bytesMax;
  private final MemoryBudget memory;
  private final InFlight uploads;

  /// @param bytesMax of the content of one call, `limits.request-body-max`; may change
  /// @param memory for the contents of all calls
  /// @param uploads of one caller at the same time
  public BodyReader(
      OperationStore store, LongSupplier bytesMax, MemoryBudget memory, InFlight uploads) {
    this.store = store;
    this.bytesMax = bytesMax;
    this.memory = memory;
    this.uploads = uploads;
  }

  /// @throws ProblemException 413 if the call declares too much content. The connection stays open
  ///     if the content is of moderate size: a connection that is closed with bytes unread is
  ///     reset, and the client can lose the response
  void requireFits(BackgroundCall call) {
    long limit = bytesMax.getAsLong();
    if (call.contentLength() > limit) {
      throw tooLarge(limit);
    }
  }

  /// Reads all of the content.
  ///
  /// @param fingerprint computed while the content is read
  /// @throws ProblemException if the content is too large, incomplete or malformed, if the caller
  ///     sends too many at the same time, or if the contents of other calls occupy the memory;
  ///     nothing is stored
  StagedContent read(Call call, OperationId id, Caller caller, Optional<Fingerprint> fingerprint) {
    if (!call.hasBody()) {
      return StagedContent.empty();
    }
    try (var _ = uploads.begin(caller, call)) {
      var body = call.body();
      return StagedContent.read(
          fingerprint.map(each -> each.over(body)).orElse(body),
          bytesMax.getAsLong(),
          () ->
              Spool.expecting(call.contentLength(), store.spool(id, caller.tenant(), Part.REQUEST)),
          memory.reservation());
    } catch (OverBudgetException full) {
      throw Problems.overloaded(
          "memory-full",
          "The gateway is receiving too many bodies at the same time"
              + " (limits.memory-for-bodies); nothing was stored. Try again later.",
          CLOSE);
    } catch (StoreException.NoSpace full) {
      LOG.debug("The body of a call does not fit: {}", full.getMessage());
      throw full.ofTenant()
          ? Problems.overloaded("tenant-disk-full", SHARE_TAKEN, CLOSE)
          : Problems.overloaded("disk-full", DISK_FULL, CLOSE);
    } catch (TooLargeException more) {
      throw tooLarge(more.bytesMax(), CLOSE);
    } catch (ProtocolException malformed) {
      throw Problems.malformed(
          "The request's content is not framed as RFC 9112 section 7.1 requires; nothing was stored.");
    } catch (IOException incomplete) {
      throw Problems.malformed(
          "The request's content is incomplete; nothing was stored. Send it again.");
    }
  }

  private ProblemException tooLarge(long limit, Header... headers) {
    return new ProblemException(
        ProblemType.PAYLOAD_TOO_LARGE,
        "The request's content is larger than "
            + limit
            + " bytes (limits.request-body-max); nothing was stored.",
        headers);
  }
}
