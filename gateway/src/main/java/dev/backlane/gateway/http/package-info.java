/// What all handlers share: raw targets, header lines, problem documents, public addresses.
@NullMarked
package dev.backlane.gateway.http;

import org.jspecify.annotations.NullMarked;
