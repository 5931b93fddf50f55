package dev.backlane.architecture.planted.shape;

/// Takes one parameter too many.
public final class Greedy {
  public final int sum;

  public Greedy(int a, int b, int c, int d, int e, int f, int g) {
    sum = a + b + c + d + e + f + g;
  }
}
