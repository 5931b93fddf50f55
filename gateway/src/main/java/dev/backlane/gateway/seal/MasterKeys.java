package dev.backlane.gateway.seal;

import java.util.Optional;
import java.util.stream.Stream;

/// The master keys of a process: the present one and, during a change, the previous or the next
/// one. So nodes that share a store can change one after the other: each opens the keys that any
/// other has wrapped. Immutable.
///
/// @param present wraps data keys
/// @param previous wrapped them before; keys that it still wraps are rewrapped
/// @param next will wrap them later; keys that another node has wrapped with it are opened and not
///     changed
public record MasterKeys(
    MasterKey present, Optional<MasterKey> previous, Optional<MasterKey> next) {
  /// A master key that is not being changed.
  public static MasterKeys of(MasterKey present) {
    return new MasterKeys(present, Optional.empty(), Optional.empty());
  }

  /// A master key that replaces another.
  public static MasterKeys changed(MasterKey previous, MasterKey present) {
    return new MasterKeys(present, Optional.of(previous), Optional.empty());
  }

  /// The master key with an id; empty if this process has none.
  Optional<MasterKey> of(int id) {
    return Stream.concat(Stream.of(present), Stream.concat(previous.stream(), next.stream()))
        .filter(key -> key.id() == id)
        .findFirst();
  }

  /// Whether keys that a master key has wrapped must be rewrapped.
  boolean outdated(int id) {
    return id != present.id() && previous.filter(key -> key.id() == id).isPresent();
  }
}
