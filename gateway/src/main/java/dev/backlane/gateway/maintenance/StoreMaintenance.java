package dev.backlane.gateway.maintenance;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.inspection.SealOpener;
import dev.backlane.engine.inspection.StoreCheck;
import dev.backlane.engine.store.HotCopy;
import dev.backlane.engine.store.Store;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.CallHandler;
import dev.backlane.gateway.http.JsonBody;
import dev.backlane.gateway.http.Methods;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.operator.Operator;
import dev.backlane.gateway.operator.OperatorAuthorizer;
import dev.backlane.protocol.Json;
import dev.backlane.protocol.ProblemType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/// `/admin/v1/store`: counts, checks and copies the store while it serves. A check reads a
/// temporary copy where there are copies, so that it sees one moment. Thread-safe.
///
/// ```text
/// GET       /admin/v1/store/stats    counts everything
/// GET, POST /admin/v1/store/check    reads everything in the background
/// GET, POST /admin/v1/store/backup   copies it in the background, into store.backup-dir
/// ```
public final class StoreMaintenance implements CallHandler {
  /// Where backups are written, and what is necessary to check the store.
  ///
  /// @param place of the store, as shown to operators
  /// @param backups the directory in which backups are created; empty: there are none
  /// @param seals opens sealed data
  public record Settings(String place, Optional<Path> backups, SealOpener seals) {}

  private static final String ROOT = "/admin/v1/store/";
  private static final int OK = 200;
  private static final int ACCEPTED = 202;

  /// The lines of problems that a check keeps; all are counted.
  private static final int LINES_MAX = 100;

  /// The name of a backup: one folder, and none that a copy in progress has.
  private static final Pattern NAME =
      Pattern.compile("(?!.*\\.partial$)[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

  private static final DateTimeFormatter DEFAULT_NAME =
      DateTimeFormatter.ofPattern("'backlane-'yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private final OperatorAuthorizer authorizer;
  private final Store store;
  private final Settings settings;
  private final InstantSource clock;
  private final StoreJob check;
  private final StoreJob backup;
  private final ReentrantLock counting = new ReentrantLock();

  /// @param authorizer authenticates operators, and records what they begin
  /// @param clock of names and of the times in documents
  public StoreMaintenance(
      OperatorAuthorizer authorizer,
      Store store,
      Settings settings,
      Threads threads,
      InstantSource clock) {
    this.authorizer = authorizer;
    this.store = store;
    this.settings = settings;
    this.clock = clock;
    this.check = new StoreJob("check", threads, clock);
    this.backup = new StoreJob("backup", threads, clock);
  }

  /// Whether a raw path belongs to this API.
  public boolean owns(String rawPath) {
    return authorizer.enabled() && rawPath.startsWith(ROOT);
  }

  /// Responds to a call whose path this API [#owns].
  ///
  /// @throws ProblemException if the call is refused
  @Override
  public void handle(Call call) {
    var operator = authorizer.authorize(call);
    call.response().set("Cache-Control", "no-store");
    switch (call.path().substring(ROOT.length())) {
      case "stats" -> {
        Methods.allow(call, "GET, HEAD");
        respond(call, OK, stats());
      }
      case "check" -> job(call, check, () -> beginCheck(operator, call));
      case "backup" -> job(call, backup, () -> beginBackup(operator, call));
      default ->
          throw new ProblemException(
              ProblemType.NOT_FOUND,
              "There is no such resource. The paths are in docs/admin-api.md.");
    }
  }

  private static void job(Call call, StoreJob job, Runnable begin) {
    Methods.allow(call, "GET, HEAD, POST");
    if (call.method().equals("POST")) {
      job.requireIdle();
      begin.run();
      respond(call, ACCEPTED, job.document());
    } else {
      respond(call, OK, job.document());
    }
  }

  private static void respond(Call call, int status, Map<String, Object> document) {
    call.response().status(status).set("Content-Type", Json.MEDIA_TYPE);
    call.respond(Json.bytes(document));
  }

  private Map<String, Object> stats() {
    if (!counting.tryLock()) {
      throw new ProblemException(
          ProblemType.CONFLICT, "The store is being counted for another request. Try again.");
    }
    try {
      return StatsDocument.of(settings.place(), store.inspection().stats());
    } finally {
      counting.unlock();
    }
  }

  private void beginCheck(Operator operator, Call call) {
    JsonBody.of(call, Set.of());
    authorizer.audit(operator, call, "store.check", settings.place());
    check.start(progress ->
        store
            .hotCopy()
            .map(copies -> checkCopy(copies, progress))
            .orElseGet(() -> check(store, progress)));
  }

  private Map<String, Object> checkCopy(HotCopy copies, Consumer<Map<String, Object>> progress) {
    try (var copy = copies.openCopy((_, _) -> {})) {
      return check(copy.store(), progress);
    }
  }

  private Map<String, Object> check(Store checked, Consumer<Map<String, Object>> progress) {
    var lines = new ArrayList<String>();
    var count = new long[1];
    Consumer<String> problems =
        line -> {
          count[0]++;
          if (lines.size() < LINES_MAX) {
            lines.add(line);
          }
          progress.accept(Map.of("problems", count[0], "lines", List.copyOf(lines)));
        };
    var result =
        new StoreCheck(
                checked.transferSource(),
                checked.inspection(),
                Optional.of(settings.seals()),
                problems)
            .run();
    var members = new LinkedHashMap<String, Object>();
    members.put("operations", result.operations());
    members.put("contentBytes", result.contentBytes());
    members.put("deliveries", result.deliveries());
    members.put("problems", result.problems());
    members.put("lines", List.copyOf(lines));
    return members;
  }

  private void beginBackup(Operator operator, Call call) {
    var name =
        JsonBody.of(call, Set.of("name"))
            .text("name")
            .orElseGet(() -> DEFAULT_NAME.format(clock.instant()));
    if (!NAME.matcher(name).matches()) {
      throw new ProblemException(
          ProblemType.INVALID_REQUEST,
          "The member 'name' is the name of one folder: 1 to 100 letters, digits and . _ -, without"
              + " the ending .partial.");
    }
    var copies = store.hotCopy().orElseThrow(StoreMaintenance::notCopied);
    var folder =
        settings.backups().orElseThrow(StoreMaintenance::noDirectory).resolve(name).normalize();
    if (Files.exists(folder)) {
      throw new ProblemException(
          ProblemType.CONFLICT, "There is a backup of this name already. Choose another name.");
    }
    authorizer.audit(operator, call, "store.backup", name);
    backup.start(progress -> {
      copies.copyTo(folder, (files, all) -> progress.accept(members(name, folder, files, all)));
      return Map.of("name", name, "directory", folder.toString());
    });
  }

  private static Map<String, Object> members(String name, Path folder, long files, long all) {
    var members = new LinkedHashMap<String, Object>();
    members.put("name", name);
    members.put("directory", folder.toString());
    members.put("filesCopied", files);
    members.put("files", all);
    return members;
  }

  private static ProblemException notCopied() {
    return new ProblemException(
        ProblemType.CONFLICT,
        "A store of this kind has no files of its own. Back up a database with PostgreSQL's own"
            + " tools.");
  }

  private static ProblemException noDirectory() {
    return new ProblemException(
        ProblemType.CONFLICT,
        "Backups are off. Set store.backup-dir to the directory in which they are created, and"
            + " restart.");
  }
}
