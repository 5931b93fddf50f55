@NullMarked
package dev.backlane.gateway.auth;

import org.jspecify.annotations.NullMarked;
