/// The operator's pages, `/ui`.
@NullMarked
package dev.backlane.gateway.dashboard;

import org.jspecify.annotations.NullMarked;
