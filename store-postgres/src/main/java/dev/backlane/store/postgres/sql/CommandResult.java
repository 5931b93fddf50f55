package dev.backlane.store.postgres.sql;

import dev.backlane.engine.store.StoreException;
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

  /// @throws StoreException if the command was refused
  default T get() {
    return switch (this) {
      case Executed<T>(var value) -> value;
      case Refused<T>(var why) -> throw new StoreException("PostgreSQL refused a value: " + why);
    };
  }

  /// Executes commands together or, if the database refuses a value, one by one, so that a refused
  /// value fails only its own command.
  static <C, T> List<CommandResult<T>> executeEach(
      List<C> commands, Function<List<C>, List<T>> together) {
    var results = new ArrayList<CommandResult<T>>(commands.size());
    try {
      together.apply(commands).forEach(value -> results.add(new Executed<>(value)));
    } catch (Database.ValuesRefusedException refused) {
      if (commands.size() == 1) {
        results.add(new Refused<>(String.valueOf(refused.getMessage())));
      } else {
        commands.forEach(command -> results.addAll(executeEach(List.of(command), together)));
      }
    }
    return results;
  }
}
