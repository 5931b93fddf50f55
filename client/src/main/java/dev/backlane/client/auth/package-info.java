/// Access tokens: fixed ones, supplied ones, and the OAuth 2.0 client credentials grant.
@NullMarked
package dev.backlane.client.auth;

import org.jspecify.annotations.NullMarked;
