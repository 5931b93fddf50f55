package dev.backlane.gateway.dashboard.page;

import java.util.Locale;
import java.util.Optional;

/// The result of an action, shown on the page to which the browser is sent afterwards. Its name is
/// in the query of that page, so that nothing but these texts can be shown.
public enum Notice {
  REDELIVERED("The delivery is made again, with the whole schedule."),
  TESTED("A test event is on its way. Its delivery appears below."),
  ENABLED("The subscription is enabled."),
  DISABLED("The subscription is disabled: it receives no notifications until you enable it."),
  CANCELED("The operation is canceled; it is not sent."),
  ABORTED(
      "The operation is canceled. The attempt in flight is aborted; the upstream may have acted."),
  RETRIED("This is the retry, a new operation with the same call."),
  RESUMED("The operation is queued again."),
  FAILED("The operation has ended with an unknown outcome."),
  PAUSED("Calls are accepted and wait until you resume them."),
  CONTINUED("Operations continue."),
  DELETED("The subscription is deleted. Its due deliveries fail.");

  private final String text;

  Notice(String text) {
    this.text = text;
  }

  public String text() {
    return text;
  }

  /// A path with this notice in its query.
  public String at(String path) {
    return path
        + (path.contains("?") ? "&" : "?")
        + "notice="
        + name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// The notice of a name in a query; empty if there is none.
  public static Optional<Notice> named(String name) {
    for (var notice : values()) {
      if (notice.name().toLowerCase(Locale.ROOT).replace('_', '-').equals(name)) {
        return Optional.of(notice);
      }
    }
    return Optional.empty();
  }
}
