/// The entry of every call: which handler it goes to.
@NullMarked
package dev.backlane.gateway;

import org.jspecify.annotations.NullMarked;
