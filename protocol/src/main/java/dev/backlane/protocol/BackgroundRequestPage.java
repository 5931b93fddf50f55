package dev.backlane.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One page of a caller's operations, newest first.
///
/// @param nextCursor the `cursor` of the next page; `null` on the last one
public record BackgroundRequestPage(
    List<BackgroundRequestStateDto> items, @Nullable String nextCursor) {
  public BackgroundRequestPage {
    items = List.copyOf(items);
  }
}
