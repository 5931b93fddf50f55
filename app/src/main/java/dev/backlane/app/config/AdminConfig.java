package dev.backlane.app.config;

import java.util.Optional;

/// The admin API and the dashboard.
///
/// @param token the bearer token of `/admin/v1` and of the dashboard's sign-in; empty: both are off
public record AdminConfig(Optional<Secret> token) {}
