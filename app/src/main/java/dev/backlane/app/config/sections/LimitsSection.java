package dev.backlane.app.config.sections;

import dev.backlane.app.config.reader.Section;
import dev.backlane.app.config.reader.Setting;
import dev.backlane.app.config.reader.Types;
import dev.backlane.app.config.reader.Values;
import java.time.Duration;
import java.util.Optional;

/// `limits` and `retention`: how much is accepted and stored, and for how long.
///
/// @param requestBodyBytesMax the largest body of a background call; a larger one gets 413
/// @param responseBodyBytesMax the largest body of the upstream's response to a background call; a
///     larger one ends the operation as failed
/// @param memoryForBodies the heap, in bytes, for the bodies and lists of all calls together;
///     empty: a share of the maximum heap
/// @param queueMax the maximum number of operations that wait for a worker; further calls get 503
/// @param queueMaxPerTenant the maximum number of operations of one tenant among them; 0: an
///     automatic share
/// @param waitMax the longest wait that a client can request
/// @param diskFreeBytesMin with less free disk space, new calls get 503; empty: the default of the
///     disk
/// @param callsPerMinute the maximum number of background calls of one client of one tenant; 0: no
///     limit
/// @param readsPerMinute the maximum number of requests of one client of one tenant below
///     `/v1/background`; 0: no limit
/// @param uploadsPerCaller bodies that one caller sends at the same time; 0: no limit, as for all
/// @param downloadsPerCaller contents that one caller reads at the same time
/// @param listsPerCaller lists that one caller reads at the same time
/// @param waitsPerCaller calls of one caller that wait at the same time
/// @param retention how long an ended operation is kept, counted from its end
public record LimitsSection(
    long requestBodyBytesMax,
    long responseBodyBytesMax,
    Optional<Long> memoryForBodies,
    int queueMax,
    int queueMaxPerTenant,
    Duration waitMax,
    Optional<Long> diskFreeBytesMin,
    int callsPerMinute,
    int readsPerMinute,
    int uploadsPerCaller,
    int downloadsPerCaller,
    int listsPerCaller,
    int waitsPerCaller,
    Duration retention) {
  private static final long MIB = 1L << 20;
  private static final long TIB = 1L << 40;
  private static final int PER_MINUTE_MAX = 1_000_000_000;
  private static final int PER_CALLER_MAX = 1_000_000;

  static final Section SECTION = Section.of("Limits of what is accepted and stored.");

  private static final Setting<Long> REQUEST_BODY_MAX =
      SECTION.add(
          Setting.of(
                  "limits.request-body-max",
                  Types.bytes(0, TIB),
                  "The largest body of a background call; a larger one gets 413.")
              .byDefault("64MiB")
              .reloaded());
  private static final Setting<Long> RESPONSE_BODY_MAX =
      SECTION.add(
          Setting.of(
                  "limits.response-body-max",
                  Types.bytes(0, TIB),
                  "The largest response body of the upstream to a background call; a larger one"
                      + " ends the operation as Failed.")
              .byDefault("256MiB")
              .reloaded());
  private static final Setting<Long> MEMORY_FOR_BODIES =
      SECTION.add(
          Setting.of(
              "limits.memory-for-bodies",
              Types.bytes(MIB, TIB),
              "The heap that the bodies being received, the responses that wait to be stored, and"
                  + " the contents and lists being sent may occupy together. Beyond it, bodies are"
                  + " spooled to the store or the call gets 503. If unset, 40 % of the maximum"
                  + " heap."));
  private static final Setting<Integer> QUEUE_MAX =
      SECTION.add(
          Setting.of(
                  "limits.queue-max",
                  Types.wholeNumber(1, 100_000_000),
                  "The maximum number of operations that wait for a worker; further calls get 503.")
              .byDefault("1000000")
              .reloaded());
  private static final Setting<Integer> QUEUE_MAX_PER_TENANT =
      SECTION.add(
          Setting.of(
                  "limits.queue-max-per-tenant",
                  Types.wholeNumber(0, 100_000_000),
                  "The maximum number of operations of one tenant that wait for a worker; its"
                      + " further calls get 503. 0 means a share: a tenant alone leaves an eighth"
                      + " of limits.queue-max free, and tenants that fill the queue together have"
                      + " equal shares and leave a part free. With auth.mode: none the share is all"
                      + " of it.")
              .byDefault("0")
              .reloaded());
  private static final Setting<Duration> WAIT_MAX =
      SECTION.add(
          Setting.of(
                  "limits.wait-max",
                  Types.duration(Duration.ZERO, Duration.ofHours(1)),
                  "The longest wait that a client can request.")
              .byDefault("60s")
              .reloaded());
  private static final Setting<Long> DISK_FREE_MIN =
      SECTION.add(
          Setting.of(
              "limits.disk-free-min",
              Types.bytes(0, TIB),
              "With less free space on the disk of store.path, new calls get 503. Large bodies"
                  + " reserve their space before they are written, and those of one tenant leave a"
                  + " part to others. The free space is for responses, which leave an eighth of it,"
                  + " and in store.spool-path half of it. If unset, 1GiB, or 5 % of the disk if that"
                  + " is less; 0 checks nothing. Applies to a rocksdb store and to store.spool-path;"
                  + " the disk of a database is monitored at the database."));
  private static final Setting<Integer> CALLS_PER_MINUTE =
      SECTION.add(
          Setting.of(
                  "limits.calls-per-minute",
                  Types.wholeNumber(0, PER_MINUTE_MAX),
                  "The maximum number of background calls per minute of one client of one tenant;"
                      + " further calls get 429. Each node counts its own calls. 0 sets no limit.")
              .byDefault("0")
              .reloaded());
  private static final Setting<Integer> READS_PER_MINUTE =
      SECTION.add(
          Setting.of(
                  "limits.reads-per-minute",
                  Types.wholeNumber(0, PER_MINUTE_MAX),
                  "The maximum number of requests below /v1/background per minute of one client of"
                      + " one tenant; further requests get 429. Each node counts its own requests."
                      + " 0 sets no limit.")
              .byDefault("0")
              .reloaded());
  private static final Setting<Integer> UPLOADS_PER_CALLER =
      SECTION.add(
          perCaller(
              "uploads",
              256,
              "bodies of background calls that one caller sends",
              "A further call waits for 1 s at most, then it gets 429."));
  private static final Setting<Integer> DOWNLOADS_PER_CALLER =
      SECTION.add(
          perCaller(
              "downloads",
              256,
              "contents that one caller reads",
              "A further request waits for 1 s at most, then it gets 429."));
  private static final Setting<Integer> LISTS_PER_CALLER =
      SECTION.add(
          perCaller(
              "lists",
              16,
              "lists that one caller reads",
              "A further request waits for 1 s at most, then it gets 429."));
  private static final Setting<Integer> WAITS_PER_CALLER =
      SECTION.add(
          perCaller(
              "waits",
              500,
              "calls of one caller that wait for the end of an operation",
              "A further request for a state gets 429, and a further background call is answered"
                  + " without waiting."));
  static final Setting<Duration> RETENTION =
      SECTION.add(
          Setting.of(
                  "retention",
                  Types.duration(Duration.ofSeconds(1), Duration.ofDays(3_650)),
                  "How long an ended operation is kept at least, counted from its end, with its"
                      + " content and its idempotency key. Only time in which a node runs counts.")
              .byDefault("24h")
              .reloaded());

  private static Setting<Integer> perCaller(
      String kind, int byDefault, String what, String beyond) {
    return Setting.of(
            "limits." + kind + "-per-caller",
            Types.wholeNumber(0, PER_CALLER_MAX),
            "The maximum number of "
                + what
                + " at the same time. "
                + beyond
                + " A caller is a client of a tenant, or each of its users; with auth.mode none, an"
                + " address. Each node counts its own. 0 sets no limit.")
        .byDefault(Integer.toString(byDefault))
        .reloaded();
  }

  static LimitsSection of(Values values) {
    return new LimitsSection(
        values.get(REQUEST_BODY_MAX),
        values.get(RESPONSE_BODY_MAX),
        values.find(MEMORY_FOR_BODIES),
        values.get(QUEUE_MAX),
        values.get(QUEUE_MAX_PER_TENANT),
        values.get(WAIT_MAX),
        values.find(DISK_FREE_MIN),
        values.get(CALLS_PER_MINUTE),
        values.get(READS_PER_MINUTE),
        values.get(UPLOADS_PER_CALLER),
        values.get(DOWNLOADS_PER_CALLER),
        values.get(LISTS_PER_CALLER),
        values.get(WAITS_PER_CALLER),
        values.get(RETENTION));
  }
}
