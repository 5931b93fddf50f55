package dev.backlane.store.postgres.sql;

import dev.backlane.engine.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// The result of one command of a batch.
///
/// @param <T> of the value
public sealed interface CommandResult<T> {
  /// The command was executed.
  record Given<T>(T value) implements CommandResult<T> {}

  /// The database refused the values of the command: it had no effect.
  record Refused<T>(String why) implements CommandResult<T> {}

  /// @throws StoreException if the command was refused
  default T get() {
    return switch (this) {
      case Given<T>(var value) -> value;
      case Refused<T>(var why) -> throw new StoreException("PostgreSQL refused a value: " + why);
    };
  }

  /// Executes commands together or, if the database refuses a value, one by one, so that none fails
  /// because of another.
  static <C, T> List<CommandResult<T>> toEach(
      List<C> commands, Function<List<C>, List<T>> together) {
    var results = new ArrayList<CommandResult<T>>(commands.size());
    try {
      together.apply(commands).forEach(value -> results.add(new Given<>(value)));
    } catch (Database.ValuesRefusedException refused) {
      if (commands.size() == 1) {
        results.add(new Refused<>(String.valueOf(refused.getMessage())));
      } else {
        commands.forEach(command -> results.addAll(toEach(List.of(command), together)));
      }
    }
    return results;
  }
}
