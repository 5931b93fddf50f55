/// Certificates of a test's own authority, and an API that is served with them.
@NullMarked
package dev.backlane.system.support.certificates;

import org.jspecify.annotations.NullMarked;
