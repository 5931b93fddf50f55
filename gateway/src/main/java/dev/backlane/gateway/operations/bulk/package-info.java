/// Actions on all operations that match a filter, as jobs of this process.
@NullMarked
package dev.backlane.gateway.operations.bulk;

import org.jspecify.annotations.NullMarked;
