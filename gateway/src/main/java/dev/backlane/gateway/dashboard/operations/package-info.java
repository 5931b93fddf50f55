/// The pages of operations: lists, one with all that is known of it, actions on one and on all that
/// match a filter, and pauses.
@NullMarked
package dev.backlane.gateway.dashboard.operations;

import org.jspecify.annotations.NullMarked;
