@NullMarked
package dev.backlane.gateway.dashboard.operations;

import org.jspecify.annotations.NullMarked;
