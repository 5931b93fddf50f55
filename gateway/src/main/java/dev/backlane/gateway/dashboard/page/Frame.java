package dev.backlane.gateway.dashboard.page;

import dev.backlane.gateway.operator.Operator;
import java.util.List;
import java.util.Optional;

/// What is around each page: navigation, sign-out, notices.
///
/// @param title of the page
/// @param entries of the navigation; empty: the operator is not signed in
/// @param here the path of the entry that the page belongs to
/// @param live the path and query that [dev.backlane.gateway.dashboard.live.LiveStreams] sends
///     again when its content changes; empty: the page does not change by itself
/// @param operator who is signed in
/// @param csrf the token that each form repeats; empty without a sign-in
/// @param notice the result of the last action
/// @param contentOnly whether only the content is sent, for a part of a page
public record Frame(
    String title,
    List<Entry> entries,
    String here,
    Optional<String> live,
    Optional<Operator> operator,
    String csrf,
    Optional<Notice> notice,
    boolean contentOnly,
    Assets assets) {

  /// One link of the navigation.
  ///
  /// @param path such as `/ui/nodes`
  public record Entry(String path, String label) {}

  public Frame {
    entries = List.copyOf(entries);
  }

  /// The frame of pages that are shown without a sign-in.
  public static Frame without(String title, Assets assets) {
    return new Frame(
        title,
        List.of(),
        "",
        Optional.empty(),
        Optional.empty(),
        "",
        Optional.empty(),
        false,
        assets);
  }

  /// Whether the operator may change nothing: then no form is shown.
  public boolean readOnly() {
    return operator.filter(each -> each.role() == Operator.Role.READ).isPresent();
  }

  /// The same frame of a page that changes by itself.
  public Frame liveAt(Optional<String> path) {
    return new Frame(title, entries, here, path, operator, csrf, notice, contentOnly, assets);
  }

  /// The same frame with the result of an action.
  public Frame with(Optional<Notice> result) {
    return new Frame(title, entries, here, live, operator, csrf, result, contentOnly, assets);
  }

  /// The same frame for the content of the page alone.
  public Frame forContent() {
    return new Frame(title, entries, here, live, operator, csrf, notice, true, assets);
  }

  /// Without the token.
  @Override
  public String toString() {
    return "Frame[" + title + "]";
  }
}
