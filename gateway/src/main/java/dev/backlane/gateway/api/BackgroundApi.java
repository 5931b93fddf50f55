package dev.backlane.gateway.api;

import dev.backlane.engine.operation.Ownership;
import dev.backlane.engine.operation.Reader;
import dev.backlane.gateway.auth.RequestAuthorizer;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.CallHandler;
import dev.backlane.gateway.http.Methods;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.PublicAddress;
import dev.backlane.gateway.ratelimit.ReadLimits;

/// The API below `/v1/background`: list, state, content and cancel. Thread-safe.
public final class BackgroundApi implements CallHandler {
  private static final String CONTENT = "/content";

  private final RequestAuthorizer authorizer;
  private final Ownership ownership;
  private final ReadLimits limits;
  private final PublicAddress publicAddress;
  private final OperationResource operation;
  private final ListResponse list;

  /// @param authorizer identifies the caller
  /// @param ownership decides which operations the caller may read, `auth.ownership`
  /// @param limits of one caller
  /// @param publicAddress the base of locations
  public BackgroundApi(
      RequestAuthorizer authorizer,
      Ownership ownership,
      ReadLimits limits,
      PublicAddress publicAddress,
      OperationResource operation,
      ListResponse list) {
    this.authorizer = authorizer;
    this.ownership = ownership;
    this.limits = limits;
    this.publicAddress = publicAddress;
    this.operation = operation;
    this.list = list;
  }

  /// Whether a raw path belongs to this API, with or without a prefix.
  public boolean owns(String rawPath) {
    var path = withoutPrefix(rawPath);
    return path.equals(PublicAddress.BACKGROUND) || path.startsWith(PublicAddress.BACKGROUND + "/");
  }

  /// Responds to a call whose path this API [#owns].
  ///
  /// @throws ProblemException if the call is refused
  @Override
  public void handle(Call call) {
    var caller = authorizer.authorize(call);
    limits.rate().admit(caller, call.response());
    var reader = new Reader(ownership, caller);
    var rest = withoutPrefix(call.path()).substring(PublicAddress.BACKGROUND.length());
    var base = publicAddress.baseOf(call.path());
    if (rest.isEmpty()) {
      Methods.allow(call, "GET, HEAD");
      try (var _ = limits.lists().begin(caller, call)) {
        list.send(call, reader, base);
      }
      return;
    }
    var name = rest.substring(1);
    if (name.endsWith(CONTENT)) {
      Methods.allow(call, "GET, HEAD");
      try (var _ = limits.downloads().begin(caller, call)) {
        operation.content(call, reader, name.substring(0, name.length() - CONTENT.length()));
      }
      return;
    }
    Methods.allow(call, "GET, HEAD, DELETE");
    if (call.method().equals("DELETE")) {
      operation.cancel(call, reader, name);
    } else {
      operation.state(call, reader, name, base);
    }
  }

  private String withoutPrefix(String rawPath) {
    return rawPath.substring(publicAddress.prefixOf(rawPath).length());
  }
}
