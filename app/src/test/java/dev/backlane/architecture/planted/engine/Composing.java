package dev.backlane.architecture.planted.engine;

import java.util.concurrent.CompletableFuture;

/// Composes futures where the engine should block.
public final class Composing {
  public final CompletableFuture<String> later = CompletableFuture.completedFuture("later");
}
