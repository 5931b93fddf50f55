/// What the operator may do over HTTP: subscriptions and deliveries.
@NullMarked
package dev.backlane.gateway.admin;

import org.jspecify.annotations.NullMarked;
