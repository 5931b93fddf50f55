package dev.backlane.gateway.webhook;

import dev.backlane.gateway.address.Cidr;
import dev.backlane.protocol.url.HttpUrl;
import dev.backlane.protocol.url.InvalidUrlException;
import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Decides which webhook URLs may be notified, so that a client cannot make the gateway call hosts
/// that only the gateway can reach (OWASP: server-side request forgery). Thread-safe.
///
/// Only `http` and `https`, and only hosts of the public internet or of a range that the operator
/// has allowed. All addresses of a host must be allowed. IPv4 addresses in an IPv6 form are checked
/// by value, and notations other than dotted decimal are refused, since programs read them
/// differently. Checked when a URL is accepted and again for each connection, which must use one of
/// the returned addresses: the name may resolve to others in between.
public final class WebhookAddresses {
  private static final List<InetAddress> LOCALHOST =
      List.of(InetAddress.ofLiteral("127.0.0.1"), InetAddress.ofLiteral("::1"));

  private static final Forbidden MALFORMED_ADDRESS =
      new Forbidden(
          "The webhook address has a malformed IP address; write it in dotted decimal, or as IPv6"
              + " in brackets without a zone.");

  private final Supplier<List<Cidr>> allowed;
  private final HostResolver resolver;

  /// @param allowed the ranges that may be notified besides the public internet:
  ///     `webhooks.allow-cidrs`, default none
  public WebhookAddresses(List<Cidr> allowed) {
    this(() -> allowed);
  }

  /// As above, with ranges that may change.
  public WebhookAddresses(Supplier<List<Cidr>> allowed) {
    this(allowed, new SystemHostResolver());
  }

  /// Uses another resolver than the system's.
  public WebhookAddresses(List<Cidr> allowed, HostResolver resolver) {
    this(() -> allowed, resolver);
  }

  private WebhookAddresses(Supplier<List<Cidr>> allowed, HostResolver resolver) {
    this.allowed = allowed;
    this.resolver = resolver;
  }

  /// Whether a URL may be notified.
  public sealed interface Decision {}

  /// It may be notified.
  /// @param addresses where to connect to; empty if the host does not resolve now. Such a host is
  /// not refused when a URL is accepted, since a failing name server must not make an accept fail:
  /// it is looked up again for each connection.
  public record Allowed(List<InetAddress> addresses) implements Decision {
    public Allowed {
      addresses = List.copyOf(addresses);
    }
  }

  /// It must not be notified.
  /// @param detail one or two sentences that name the fix, without the addresses of a name, which
  /// are internal to the operator's network
  public record Forbidden(String detail) implements Decision {}

  /// Checks a URL. Looks its host up, which can take seconds.
  ///
  /// @param requester whose share of the look-ups is used
  public Decision decide(URI url, Requester requester) {
    HttpUrl parsed;
    try {
      parsed = HttpUrl.parse(url.toString());
    } catch (InvalidUrlException invalid) {
      return new Forbidden("The webhook address " + invalid.getMessage() + ".");
    }
    if (parsed.hasAddress()) {
      return parsed.hasPlainAddress() ? decideAddress(parsed.host()) : MALFORMED_ADDRESS;
    }
    String name = parsed.host();
    return decideName(name.endsWith(".") ? name.substring(0, name.length() - 1) : name, requester);
  }

  private Decision decideName(String host, Requester requester) {
    if (host.equals("localhost") || host.endsWith(".localhost")) {
      return decideLocalhost(host);
    }
    List<InetAddress> addresses = resolver.resolve(host, requester);
    return addresses.stream()
        .flatMap(address -> objection(address).stream())
        .findFirst()
        .<Decision>map(kind -> forbidden(host + " resolves to", kind))
        .orElseGet(() -> new Allowed(addresses));
  }

  private Decision decideAddress(String text) {
    InetAddress address;
    try {
      address = Cidr.literal(text);
    } catch (IllegalArgumentException unusual) {
      return MALFORMED_ADDRESS;
    }
    return objection(address)
        .<Decision>map(kind -> forbidden(text + " is", kind))
        .orElseGet(() -> new Allowed(List.of(address)));
  }

  // Always this host, regardless of name servers (RFC 6761 section 6.3). Its address of the other
  // family need not be allowed as well.
  private Decision decideLocalhost(String host) {
    List<InetAddress> usable =
        LOCALHOST.stream().filter(address -> objection(address).isEmpty()).toList();
    return usable.isEmpty() ? forbidden(host + " is", "loopback") : new Allowed(usable);
  }

  private Optional<String> objection(InetAddress address) {
    return isAllowed(address) ? Optional.empty() : SpecialAddresses.kindOf(address);
  }

  private boolean isAllowed(InetAddress address) {
    return allowed.get().stream().anyMatch(range -> range.contains(address))
        || SpecialAddresses.behindNat64(address).filter(this::isAllowed).isPresent();
  }

  private static Forbidden forbidden(String subject, String kind) {
    String article = kind.startsWith("un") ? "an " : "a ";
    return new Forbidden(
        subject
            + " "
            + article
            + kind
            + " address, which is not notified. The operator can allow its range with"
            + " webhooks.allow-cidrs.");
  }
}
