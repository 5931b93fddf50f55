/// `/admin/v1/store`: statistics, check and backup of the store while it serves.
@NullMarked
package dev.backlane.gateway.maintenance;

import org.jspecify.annotations.NullMarked;
