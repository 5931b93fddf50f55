package dev.backlane.client;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One page of the caller's operations, newest first. Immutable.
///
/// @param items the operations
/// @param nextCursor the parameter `cursor` of the next page; null on the last page
public record OperationPage(List<OperationState> items, @Nullable String nextCursor) {
  public OperationPage {
    items = items == null ? List.of() : List.copyOf(items);
  }
}
