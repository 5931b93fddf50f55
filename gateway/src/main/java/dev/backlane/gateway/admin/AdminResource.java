package dev.backlane.gateway.admin;

import java.util.List;

/// The paths of the admin API that begin with one word. Thread-safe.
public interface AdminResource {
  /// Responds to a call.
  ///
  /// @param path after the word
  /// @throws dev.backlane.gateway.http.ProblemException if the call is refused
  void handle(AdminCall call, List<String> path);
}
