/// How many calls a company's client may make.
@NullMarked
package dev.backlane.gateway.ratelimit;

import org.jspecify.annotations.NullMarked;
