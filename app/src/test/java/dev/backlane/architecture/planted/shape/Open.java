package dev.backlane.architecture.planted.shape;

/// Neither final, sealed nor abstract.
public class Open {}
