/// The pages about the gateway itself: its nodes, its configuration and the actions of operators.
@NullMarked
package dev.backlane.gateway.dashboard.system;

import org.jspecify.annotations.NullMarked;
