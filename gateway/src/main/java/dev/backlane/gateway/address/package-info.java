/// IP addresses and ranges of them.
@NullMarked
package dev.backlane.gateway.address;

import org.jspecify.annotations.NullMarked;
