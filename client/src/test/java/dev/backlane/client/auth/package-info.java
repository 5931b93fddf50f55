@NullMarked
package dev.backlane.client.auth;

import org.jspecify.annotations.NullMarked;
