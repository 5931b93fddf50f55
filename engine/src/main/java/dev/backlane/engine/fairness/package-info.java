/// How tenants divide what they share.
@NullMarked
package dev.backlane.engine.fairness;

import org.jspecify.annotations.NullMarked;
