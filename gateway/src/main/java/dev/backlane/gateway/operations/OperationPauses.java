package dev.backlane.gateway.operations;

import dev.backlane.engine.execution.Dispatcher;
import dev.backlane.engine.execution.Routes;
import dev.backlane.engine.execution.pauses.Pause;
import dev.backlane.engine.execution.pauses.Pause.Scope;
import dev.backlane.engine.execution.pauses.Pauses;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/// Pauses and resumes operations by tenant, by route, or all: they are accepted and wait. Attempts
/// in flight continue, and the time limit of an operation (`max-duration`) does not stop. The
/// caller records the action in the audit log before. Thread-safe.
public final class OperationPauses {
  private final Pauses pauses;
  private final Dispatcher dispatcher;
  private final Supplier<Routes> routes;

  /// The result of a pause.
  public sealed interface Result {
    /// The operations wait. An earlier pause of the same name remains as it was.
    record Paused(Pause pause) implements Result {}

    /// Nothing was changed.
    ///
    /// @param detail why, and what to do, for the operator
    record Refused(String detail) implements Result {}
  }

  /// @param routes the declared ones; may change
  public OperationPauses(Pauses pauses, Dispatcher dispatcher, Supplier<Routes> routes) {
    this.pauses = pauses;
    this.dispatcher = dispatcher;
    this.routes = routes;
  }

  /// What is paused.
  public List<Pause> all() {
    return pauses.all();
  }

  /// The names of the routes that can be paused; the empty name means calls without a route.
  public Set<String> routes() {
    return new TreeSet<>(routes.get().names());
  }

  /// Pauses operations; durable on return.
  ///
  /// @param name of the tenant or the route; empty for the upstream
  /// @param by the operator
  /// @param reason may be empty
  public Result pause(Scope scope, String name, String by, String reason) {
    if (scope == Scope.UPSTREAM && !name.isEmpty()) {
      return new Result.Refused("There is one upstream. Omit 'name'.");
    }
    if (scope == Scope.ROUTE && !routes.get().names().contains(name)) {
      return new Result.Refused(
          "There is no route '" + name + "'. The routes are " + routes() + ".");
    }
    if (!valid(name) || !valid(reason)) {
      return new Result.Refused(
          "'name' and 'reason' have at most "
              + Pause.TEXT_CHARS_MAX
              + " characters and no control characters.");
    }
    return pauses
        .pause(scope, name, by, reason)
        .<Result>map(Result.Paused::new)
        .orElseGet(() ->
            new Result.Refused(
                Pauses.PAUSES_MAX + " pauses exist, the most that are permitted. Resume some."));
  }

  private static boolean valid(String text) {
    return text.length() <= Pause.TEXT_CHARS_MAX && text.chars().noneMatch(Character::isISOControl);
  }

  /// Resumes operations; durable on return.
  ///
  /// @return whether they were paused
  public boolean resume(Scope scope, String name) {
    boolean resumed = pauses.resume(scope, name);
    dispatcher.wake();
    return resumed;
  }
}
