package dev.backlane.architecture.planted.shape;

/// Named by its role.
public final class NameManager {}
