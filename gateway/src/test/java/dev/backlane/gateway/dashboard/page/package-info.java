@NullMarked
package dev.backlane.gateway.dashboard.page;

import org.jspecify.annotations.NullMarked;
