@NullMarked
package dev.backlane.gateway.webhook;

import org.jspecify.annotations.NullMarked;
