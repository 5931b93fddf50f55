package dev.backlane.gateway.seal;

import java.util.Optional;
import java.util.stream.Stream;

/// The master keys that a process has: one in use and, while it is being changed, the one before or the one to come. With all
/// three sides of a change known, nodes that share a store can be changed one after the other: each opens what any other has
/// wrapped. Immutable.
///
/// @param present wraps data keys
/// @param previous has wrapped them until now; what it wraps still is wrapped anew
/// @param next is to wrap them later; what it wraps already, at another node, is opened and left as it is
public record MasterKeys(
    MasterKey present, Optional<MasterKey> previous, Optional<MasterKey> next) {
  /// One that is not being changed.
  public static MasterKeys of(MasterKey present) {
    return new MasterKeys(present, Optional.empty(), Optional.empty());
  }

  /// One that takes the place of another.
  public static MasterKeys changed(MasterKey previous, MasterKey present) {
    return new MasterKeys(present, Optional.of(previous), Optional.empty());
  }

  /// The one of an id; empty if this process has none.
  Optional<MasterKey> of(int id) {
    return Stream.concat(Stream.of(present), Stream.concat(previous.stream(), next.stream()))
        .filter(key -> key.id() == id)
        .findFirst();
  }

  /// Tells whether what a master key has wrapped is to be wrapped anew.
  boolean outdated(int id) {
    return id != present.id() && previous.filter(key -> key.id() == id).isPresent();
  }
}
