package dev.backlane.gateway.credentials;

import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Operation;
import dev.backlane.gateway.seal.CredentialSeal;
import dev.backlane.gateway.upstream.Credentials;
import dev.backlane.gateway.upstream.CredentialsException;
import java.time.InstantSource;
import java.util.List;

/// The caller's own token and cookies: `forward`. An expired token is not sent. Thread-safe.
public final class ForwardedCredentials implements Credentials {
  private final CredentialSeal seal;
  private final InstantSource clock;

  public ForwardedCredentials(CredentialSeal seal, InstantSource clock) {
    this.seal = seal;
    this.clock = clock;
  }

  @Override
  public List<Header> of(Operation operation) throws CredentialsException {
    var headers = seal.open(operation.credentials(), operation.id());
    var token = CallerToken.in(headers);
    if (token.isPresent()) {
      CallerToken.requireFresh(token.get(), clock.instant());
    }
    return headers;
  }
}
