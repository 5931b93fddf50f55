package dev.backlane.engine.execution.outcomes;

/// How much the spool directory may hold. What exceeds it is written to the store directly.
///
/// @param bytesMax of all files that a process writes or has adopted
/// @param keptFreeBytes the free space of the disk that large responses leave
/// @param manyTenants whether callers belong to different tenants; then the large responses of one
///     leave a part of `bytesMax` to others
public record SpoolLimits(long bytesMax, long keptFreeBytes, boolean manyTenants) {}
