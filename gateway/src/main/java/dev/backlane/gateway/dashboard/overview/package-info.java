/// The overview: the load of the gateway, what it has done in the last hour, and what needs
/// attention.
@NullMarked
package dev.backlane.gateway.dashboard.overview;

import org.jspecify.annotations.NullMarked;
