/// The operator's API, `/admin/v1`: subscriptions and deliveries.
@NullMarked
package dev.backlane.gateway.admin;

import org.jspecify.annotations.NullMarked;
