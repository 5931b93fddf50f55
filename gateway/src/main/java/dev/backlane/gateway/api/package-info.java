/// The API below `/v1/background`: state, content, list, cancel.
@NullMarked
package dev.backlane.gateway.api;

import org.jspecify.annotations.NullMarked;
