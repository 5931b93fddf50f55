package dev.backlane.gateway.webhook;

import dev.backlane.gateway.address.Cidr;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// The addresses that are not of the public internet, from the IANA special-purpose address
/// registries (RFC 6890), with the metadata services of the clouds. Stateless.
final class SpecialAddresses {
  // The first range that holds an address names it, so the narrow ones come first.
  private static final List<Range> RANGES =
      List.of(
          range("169.254.169.254/32", "cloud metadata"),
          range("168.63.129.16/32", "cloud metadata"),
          range("100.100.100.200/32", "cloud metadata"),
          range("0.0.0.0/8", "unspecified"),
          range("10.0.0.0/8", "private"),
          range("100.64.0.0/10", "carrier-grade NAT"),
          range("127.0.0.0/8", "loopback"),
          range("169.254.0.0/16", "link-local"),
          range("172.16.0.0/12", "private"),
          range("192.0.0.0/24", "reserved"),
          range("192.0.2.0/24", "reserved"),
          range("192.88.99.0/24", "reserved"),
          range("192.168.0.0/16", "private"),
          range("198.18.0.0/15", "reserved"),
          range("198.51.100.0/24", "reserved"),
          range("203.0.113.0/24", "reserved"),
          range("224.0.0.0/4", "multicast"),
          range("255.255.255.255/32", "broadcast"),
          range("240.0.0.0/4", "reserved"),
          range("fd00:ec2::254/128", "cloud metadata"),
          range("::/128", "unspecified"),
          range("::1/128", "loopback"),
          range("fc00::/7", "unique-local"),
          range("fe80::/10", "link-local"),
          range("ff00::/8", "multicast"),
          range("2001::/23", "reserved"),
          range("2001:db8::/32", "reserved"),
          range("2002::/16", "6to4"),
          range("3fff::/20", "reserved"));

  private static final Cidr GLOBAL_UNICAST = Cidr.parse("2000::/3");
  private static final Cidr NAT64 = Cidr.parse("64:ff9b::/96");

  private SpecialAddresses() {}

  /// The kind of a special address, such as `private`; empty for an address of the public internet.
  static Optional<String> kindOf(InetAddress address) {
    for (Range range : RANGES) {
      if (range.cidr.contains(address)) {
        return Optional.of(range.kind);
      }
    }
    if (address instanceof Inet4Address || GLOBAL_UNICAST.contains(address)) {
      return Optional.empty();
    }
    return behindNat64(address)
        .map(SpecialAddresses::kindOf)
        .orElseGet(() -> Optional.of("reserved"));
  }

  /// The IPv4 address that a NAT64 gateway would connect to for this one (RFC 6052 section 2.1).
  /// In a network without IPv4, every host that has only an IPv4 address is reached this way.
  static Optional<InetAddress> behindNat64(InetAddress address) {
    if (!NAT64.contains(address)) {
      return Optional.empty();
    }
    byte[] bytes = address.getAddress();
    try {
      byte[] embedded = Arrays.copyOfRange(bytes, bytes.length - Integer.BYTES, bytes.length);
      return Optional.of(InetAddress.getByAddress(embedded));
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException("four bytes are an IPv4 address", impossible);
    }
  }

  private static Range range(String cidr, String kind) {
    return new Range(Cidr.parse(cidr), kind);
  }

  private record Range(Cidr cidr, String kind) {}
}
