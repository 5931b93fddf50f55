package dev.backlane.gateway.operations.bulk;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/// The progress of a job, at one time. Immutable.
///
/// @param id identifies it among the jobs of this process
/// @param operator who began it
/// @param endedAt empty while it runs
/// @param matched operations that match and permit the action
/// @param done those on which the action was done
/// @param skipped those on which it was not, by the reason; at most [#REASONS_MAX] reasons
public record BulkJob(
    String id,
    BulkRequest request,
    String operator,
    Status status,
    Instant startedAt,
    Optional<Instant> endedAt,
    long matched,
    long done,
    Map<String, Long> skipped,
    Optional<String> error) {

  /// The most reasons that are counted separately, 10; others are counted together.
  public static final int REASONS_MAX = 10;

  /// What a job is doing.
  public enum Status {
    /// It visits operations.
    RUNNING("running"),
    /// It has visited all.
    FINISHED("finished"),
    /// An operator, or the stop of the process, has stopped it.
    STOPPED("stopped"),
    /// It cannot continue; `error` says why.
    FAILED("failed");

    private final String wire;

    Status(String wire) {
      this.wire = wire;
    }

    /// The word for it in documents.
    public String wire() {
      return wire;
    }
  }

  public BulkJob {
    skipped = Map.copyOf(skipped);
  }

  /// How many operations were visited: those on which the action was done, or skipped.
  public long visited() {
    return done + skipped.values().stream().mapToLong(Long::longValue).sum();
  }
}
