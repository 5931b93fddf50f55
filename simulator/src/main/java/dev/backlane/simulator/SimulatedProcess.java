package dev.backlane.simulator;

import java.time.Instant;

/// A process of the simulation, which can die and can be suspended for a time.
final class SimulatedProcess {
  private final String name;
  private boolean dead;
  private Instant stalledUntil = Instant.MIN;

  SimulatedProcess(String name) {
    this.name = name;
  }

  String name() {
    return name;
  }

  boolean dead() {
    return dead;
  }

  void die() {
    dead = true;
  }

  Instant stalledUntil() {
    return stalledUntil;
  }

  void stallUntil(Instant time) {
    stalledUntil = time;
  }
}
