package dev.backlane.app.config;

import java.nio.file.Path;
import java.util.Optional;

/// The admin API and the dashboard.
///
/// @param token the bearer token of `/admin/v1` and of the dashboard's sign-in; empty: both are off
/// @param auditLog the file that operators' actions are noted in; empty: beside an embedded store, else the log alone
public record AdminConfig(Optional<Secret> token, Optional<Path> auditLog) {}
