package dev.backlane.architecture.planted.unmarked;

/// Stands in a package that says nothing of null.
public final class Unmarked {}
