package dev.backlane.gateway.dashboard.operations;

import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.store.search.OperationFilter;
import dev.backlane.engine.store.search.Phase;
import dev.backlane.gateway.dashboard.page.Text;
import dev.backlane.gateway.http.Query;
import dev.backlane.gateway.operations.OperationSearchForm;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// The filter of a list of operations as it is in the URL, in the names of [OperationSearchForm].
/// Immutable.
public final class Filters {
  private final Map<String, String> values;

  private Filters(Map<String, String> values) {
    this.values = values;
  }

  /// The filter of a query, or of the fields of a form.
  static Filters of(Query query) {
    var values = new LinkedHashMap<String, String>();
    for (var name : OperationSearchForm.NAMES) {
      query.text(name).map(String::strip).ifPresent(value -> values.put(name, value));
    }
    return new Filters(values);
  }

  /// The operations that match.
  ///
  /// @throws dev.backlane.gateway.http.ProblemException 400 if a value is malformed
  OperationFilter filter() {
    return OperationSearchForm.read(
        name -> Optional.ofNullable(values.get(name)).filter(text -> !text.isEmpty()));
  }

  /// The value of a name; empty if there is none.
  public String value(String name) {
    return values.getOrDefault(name, "");
  }

  /// All names with their values, in the order of the form.
  public Map<String, String> all() {
    return Collections.unmodifiableMap(values);
  }

  /// Whether it matches every operation.
  public boolean isEmpty() {
    return values.isEmpty();
  }

  /// Whether one of the less frequent filters is set.
  public boolean more() {
    return List.of("user", "route", "reference", "receivedAfter", "receivedBefore").stream()
        .anyMatch(values::containsKey);
  }

  /// The same filter with another value.
  public Filters with(String name, String value) {
    var changed = new LinkedHashMap<>(values);
    if (value.isEmpty()) {
      changed.remove(name);
    } else {
      changed.put(name, value);
    }
    return new Filters(changed);
  }

  /// The filter at the end of a URL: `?` and its parameters; empty if it is empty.
  public String query() {
    return query(Map.of());
  }

  /// As above, with more parameters.
  public String query(Map<String, String> more) {
    var all = new LinkedHashMap<>(values);
    all.putAll(more);
    return all.isEmpty()
        ? ""
        : all.entrySet().stream()
            .map(each -> each.getKey() + "=" + Text.encoded(each.getValue()))
            .collect(Collectors.joining("&", "?", ""));
  }

  /// The names of all phases.
  public static List<String> phases() {
    return Arrays.stream(Phase.values()).map(Phase::wire).toList();
  }

  /// The names of all error codes.
  public static List<String> errorCodes() {
    return Arrays.stream(ErrorCode.values()).map(ErrorCode::wire).toList();
  }
}
