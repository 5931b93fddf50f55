@NullMarked
package dev.backlane.client;

import org.jspecify.annotations.NullMarked;
