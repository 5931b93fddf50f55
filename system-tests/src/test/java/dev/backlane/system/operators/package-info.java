/// The interfaces for operators: `/admin/v1` and its audit log, health and metrics, and the
/// dashboard with sign-in by token and by an OpenID Connect provider.
@NullMarked
package dev.backlane.system.operators;

import org.jspecify.annotations.NullMarked;
