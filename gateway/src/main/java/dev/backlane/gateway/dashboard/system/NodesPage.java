package dev.backlane.gateway.dashboard.system;

import dev.backlane.engine.store.StoreStats;
import dev.backlane.gateway.dashboard.overview.Status;
import dev.backlane.gateway.dashboard.page.Page;
import dev.backlane.gateway.dashboard.page.View;
import dev.backlane.gateway.dashboard.page.Visit;
import java.util.List;
import java.util.function.Supplier;

/// `/ui/nodes`: the processes that share the store, and the details of this one. Thread-safe.
public final class NodesPage implements Page {
  private final Supplier<Status> status;
  private final Supplier<List<StoreStats.Node>> nodes;

  /// @param here this process
  /// @param nodes all processes whose leases are valid; empty with a store of one process
  public record Nodes(Status here, List<StoreStats.Node> nodes) {
    public Nodes {
      nodes = List.copyOf(nodes);
    }
  }

  /// @param nodes reads the processes whose leases are valid
  public NodesPage(Supplier<Status> status, Supplier<List<StoreStats.Node>> nodes) {
    this.status = status;
    this.nodes = nodes;
  }

  @Override
  public View view(Visit visit) {
    if (!visit.path().isEmpty()) {
      throw Visit.unknown();
    }
    return View.of("Nodes", "nodes.jte", new Nodes(status.get(), nodes.get()));
  }
}
