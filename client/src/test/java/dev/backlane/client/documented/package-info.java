@NullMarked
package dev.backlane.client.documented;

import org.jspecify.annotations.NullMarked;
