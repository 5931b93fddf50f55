package dev.backlane.store.postgres.sql;

import dev.backlane.engine.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// What came of one command of a batch.
///
/// @param <T> what it brought
public sealed interface CommandResult<T> {
  /// It was carried out.
  record Given<T>(T value) implements CommandResult<T> {}

  /// The database refused its values, whatever else was in the batch: nothing of it happened.
  record Refused<T>(String why) implements CommandResult<T> {}

  /// @throws StoreException if the command was refused
  default T get() {
    return switch (this) {
      case Given<T>(var value) -> value;
      case Refused<T>(var why) ->
          throw new StoreException("PostgreSQL refused what was to be stored: " + why);
    };
  }

  /// Carries commands out together; where the database refuses a value, each for itself, so that none fails for another's
  /// sake.
  static <C, T> List<CommandResult<T>> toEach(
      List<C> commands, Function<List<C>, List<T>> together) {
    var answers = new ArrayList<CommandResult<T>>(commands.size());
    try {
      together.apply(commands).forEach(value -> answers.add(new Given<>(value)));
    } catch (Database.ValuesRefusedException refused) {
      if (commands.size() == 1) {
        answers.add(new Refused<>(String.valueOf(refused.getMessage())));
      } else {
        commands.forEach(command -> answers.addAll(toEach(List.of(command), together)));
      }
    }
    return answers;
  }
}
