package dev.backlane.architecture.planted.unmarked;

/// Is in a package that is not null-marked.
public final class Unmarked {}
