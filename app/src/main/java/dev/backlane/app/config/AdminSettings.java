package dev.backlane.app.config;

import dev.backlane.app.config.ValueType.Scalar;
import java.nio.file.Path;
import java.util.List;

/// The settings of the admin API and the dashboard.
final class AdminSettings {
  static final Setting<String> TOKEN =
      Setting.of(
              "admin.token",
              new Scalar<>(
                  "a token, or nothing", "SECRET", false, Types.anyText("a token").parser()),
              "The bearer token of /admin/v1 and of the dashboard's sign-in. Empty: both are off.")
          .byDefault("");

  static final Setting<Path> AUDIT_LOG =
      Setting.of(
          "admin.audit-log",
          Types.path("the path of a file"),
          "Where operators' actions are noted, one line of JSON each, appended. Left out: audit.jsonl in store.path; with"
              + " another store, in the log alone.");

  static final List<Setting<?>> ALL = List.of(TOKEN, AUDIT_LOG);

  private AdminSettings() {}
}
