package dev.backlane.engine.execution.outcomes;

import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.failure.StoreException;
import java.util.List;
import java.util.Optional;

/// Keeps outcomes that the store did not accept, so that they outlive this process. Thread-safe.
public interface HeldOutcomes {
  /// Keeps nothing: outcomes are lost with the process.
  HeldOutcomes NONE =
      new HeldOutcomes() {
        @Override
        public boolean hold(Operation running, Verdict verdict, Content response) {
          return false;
        }

        @Override
        public List<HeldOutcome.Key> ofEarlierProcesses() {
          return List.of();
        }

        @Override
        public Optional<HeldOutcome> find(HeldOutcome.Key key) {
          return Optional.empty();
        }

        @Override
        public void remove(HeldOutcome.Key key) {}

        @Override
        public int count() {
          return 0;
        }
      };

  /// Keeps an outcome; does nothing if it is kept already.
  ///
  /// @return true if it is durable on the local disk; false if it exists in memory only
  boolean hold(Operation running, Verdict verdict, Content response);

  /// The outcomes that earlier processes on this machine kept and could not store.
  List<HeldOutcome.Key> ofEarlierProcesses();

  /// A kept outcome; empty if there is none, or if it can never be read.
  ///
  /// @throws StoreException if it cannot be read now: it is kept, and must not be replaced by an
  ///     unknown outcome
  Optional<HeldOutcome> find(HeldOutcome.Key key);

  /// Removes an outcome that was stored, or that is not valid any more. Does nothing if it is not
  /// kept.
  void remove(HeldOutcome.Key key);

  /// How many outcomes are kept.
  int count();
}
