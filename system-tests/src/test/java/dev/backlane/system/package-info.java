/// The real process from outside: the contract statement by statement, crashes, large bodies, other languages' clients.
@NullMarked
package dev.backlane.system;

import org.jspecify.annotations.NullMarked;
