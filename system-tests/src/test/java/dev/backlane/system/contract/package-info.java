/// The HTTP contract, one class for each of its parts: trigger, acceptance, refusals, idempotency
/// keys, proxied calls, execution, state, content, list, waiting and cancellation. Also
/// `/openapi.json` checked against real responses, and a PHP client generated from it.
@NullMarked
package dev.backlane.system.contract;

import org.jspecify.annotations.NullMarked;
