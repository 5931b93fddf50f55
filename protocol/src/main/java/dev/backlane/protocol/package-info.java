/// The wire contract between Backlane, its clients and the receivers of its notifications.
@NullMarked
package dev.backlane.protocol;

import org.jspecify.annotations.NullMarked;
