package dev.backlane.store.postgres.sql;

import dev.backlane.engine.store.failure.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// The result of one command of a batch.
///
/// @param <T> the type of the value
public sealed interface CommandResult<T> {
  /// The command was executed.
  record Executed<T>(T value) implements CommandResult<T> {}

  /// The database refused a value of the command, which had no effect.
  record Refused<T>(String why) implements CommandResult<T> {}

  /// @throws StoreException.Refused if the command was refused
  default T get() {
    return switch (this) {
      case Executed<T>(var value) -> value;
      case Refused<T>(var why) -> throw new StoreException.Refused(why);
    };
  }

  /// Executes commands together. If the database refuses a value, each half is executed separately,
  /// so that a refused value fails only its own command, at a cost that grows with the logarithm of
  /// the number of commands.
  static <C, T> List<CommandResult<T>> executeEach(
      List<C> commands, Function<List<C>, List<T>> together) {
    try {
      return together.apply(commands).stream().<CommandResult<T>>map(Executed::new).toList();
    } catch (StoreException.Refused refused) {
      if (commands.size() == 1) {
        return List.of(new Refused<>(String.valueOf(refused.getMessage())));
      }
      int half = commands.size() / 2;
      var results = new ArrayList<>(executeEach(commands.subList(0, half), together));
      results.addAll(executeEach(commands.subList(half, commands.size()), together));
      return results;
    }
  }
}
