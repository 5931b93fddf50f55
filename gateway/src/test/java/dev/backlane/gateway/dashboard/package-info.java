/// Tests that values from outside are escaped in the pages.
@NullMarked
package dev.backlane.gateway.dashboard;

import org.jspecify.annotations.NullMarked;
