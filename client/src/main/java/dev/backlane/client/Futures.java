package dev.backlane.client;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/// Runs blocking work on virtual threads. Stateless.
final class Futures {
  private Futures() {}

  /// Starts work whose thread is interrupted if the future ends before the work, because it is
  /// canceled, has a timeout, or is completed by the user, so that no thread is left behind.
  static <T> CompletableFuture<T> start(String name, Callable<T> work) {
    var future = new CompletableFuture<T>();
    var thread =
        Thread.ofVirtual()
            .name(name)
            .unstarted(() -> {
              try {
                future.complete(work.call());
              } catch (InterruptedException ended) {
                Thread.currentThread().interrupt();
                future.cancel(false);
              } catch (Exception | Error failed) {
                // Also an Error of a callback must not leave the user waiting.
                future.completeExceptionally(failed);
              }
            });
    var unused =
        future.whenComplete((result, failure) -> {
          if (Thread.currentThread() != thread) {
            thread.interrupt();
          }
        });
    thread.start();
    return future;
  }
}
