package dev.backlane.gateway.dashboard.system;

import dev.backlane.gateway.dashboard.page.Page;
import dev.backlane.gateway.dashboard.page.View;
import dev.backlane.gateway.dashboard.page.Visit;
import dev.backlane.gateway.operator.AuditLog;
import java.util.List;

/// `/ui/audit`: the last actions of operators at this node. Thread-safe.
public final class AuditPage implements Page {
  private static final int ENTRIES_MAX = 200;

  private final AuditLog log;

  /// @param file the whole log
  /// @param entries the last ones, newest first
  public record Audit(String file, List<AuditLog.Entry> entries) {
    public Audit {
      entries = List.copyOf(entries);
    }
  }

  /// @param log is in a file
  public AuditPage(AuditLog log) {
    this.log = log;
  }

  @Override
  public View view(Visit visit) {
    if (!visit.path().isEmpty()) {
      throw Visit.unknown();
    }
    return View.of(
        "Audit",
        "audit.jte",
        new Audit(log.file().orElseThrow(Visit::unknown).toString(), log.last(ENTRIES_MAX)));
  }
}
