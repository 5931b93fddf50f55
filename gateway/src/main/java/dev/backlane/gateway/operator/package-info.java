/// What an operator's machines ask: health and the OpenAPI document.
@NullMarked
package dev.backlane.gateway.operator;

import org.jspecify.annotations.NullMarked;
