/// `/openapi.json` in its four renderings: how they are served, what linters find in them, and
/// clients that are generated from the documented profile.
@NullMarked
package dev.backlane.system.openapi;

import org.jspecify.annotations.NullMarked;
