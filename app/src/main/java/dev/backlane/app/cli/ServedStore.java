package dev.backlane.app.cli;

import dev.backlane.app.cli.calls.AdminApi;
import dev.backlane.app.config.sections.AdminSection;
import dev.backlane.app.wiring.StartException;
import dev.backlane.client.documented.ApiException;
import dev.backlane.protocol.Json;
import dev.backlane.protocol.MalformedJsonException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// The embedded store of a gateway that is running, through its admin API. For one thread.
final class ServedStore {
  private static final Duration POLL_INTERVAL = Duration.ofMillis(500);
  private static final String RUNNING = "running";

  private final AdminApi api;
  private final AdminSection.Access access;
  private final Path path;

  /// @param path of the store, which another process has locked
  /// @param access to the gateway that has it
  /// @throws StartException if the operator's token is not known
  ServedStore(Path path, AdminSection.Access access) {
    this.path = path;
    this.access = access;
    this.api =
        new AdminApi(
            access.url(),
            access
                .token()
                .orElseThrow(() ->
                    new StartException(
                        "the store in "
                            + path
                            + " is in use by another Backlane process; if that is a gateway, set"
                            + " admin.token (BACKLANE_ADMIN_TOKEN) to its token to use its admin"
                            + " API, or stop it"))
                .value());
  }

  /// The document of the statistics.
  Map<?, ?> stats() throws InterruptedException {
    return document(send("GET", "/store/stats", Map.of()));
  }

  /// Checks the store.
  ///
  /// @return the document of the check
  Map<?, ?> check() throws InterruptedException {
    return await("/store/check", Map.of(), _ -> {});
  }

  /// Copies the store.
  ///
  /// @param to a folder of the gateway's `store.backup-dir`
  /// @param progress receives the document while the gateway copies
  void backup(Path to, Optional<Path> backups, Consumer<Map<?, ?>> progress)
      throws InterruptedException {
    var target = to.toAbsolutePath().normalize();
    var directory =
        backups.orElseThrow(() ->
            new StartException(
                "the store in "
                    + path
                    + " is in use by a gateway, and store.backup-dir is not set, below which it"
                    + " creates backups; set it and restart the gateway, or stop it"));
    if (!directory.toAbsolutePath().normalize().equals(target.getParent())) {
      throw new StartException(
          "the store in "
              + path
              + " is in use by a gateway, which creates backups in store.backup-dir only: choose"
              + " --to "
              + directory.resolve(String.valueOf(target.getFileName())));
    }
    await("/store/backup", Map.of("name", String.valueOf(target.getFileName())), progress);
  }

  private Map<?, ?> await(String resource, Map<String, ?> body, Consumer<Map<?, ?>> progress)
      throws InterruptedException {
    var never = new CountDownLatch(1);
    var document = document(send("POST", resource, body));
    while (RUNNING.equals(document.get("state"))) {
      progress.accept(document);
      if (never.await(POLL_INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException("the latch is never counted down");
      }
      document = document(send("GET", resource, Map.of()));
    }
    if (!"done".equals(document.get("state"))) {
      throw new StartException("the gateway reports: " + document.get("error"));
    }
    return document;
  }

  private static Map<?, ?> document(String text) {
    try {
      return Json.read(text.getBytes(StandardCharsets.UTF_8), Map.class);
    } catch (MalformedJsonException malformed) {
      throw new StartException("the gateway sent no JSON document", malformed);
    }
  }

  private String send(String method, String resource, Map<String, ?> body)
      throws InterruptedException {
    try {
      return api.send(method, resource, body);
    } catch (ApiException refused) {
      throw new StartException(
          "the gateway at " + access.url() + " refused: " + refused.getMessage(), refused);
    } catch (IOException failed) {
      throw new StartException(
          "the store in "
              + path
              + " is in use by another Backlane process, and no gateway can be reached at "
              + access.url()
              + ": "
              + failed
              + "; give the settings with which it was started, or stop it",
          failed);
    }
  }
}
