package dev.backlane.gateway.address;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.regex.Pattern;

/// A range of IP addresses in CIDR notation (RFC 4632 section 3.1, RFC 4291 section 2.3).
///
/// @param network the first address of the range
/// @param prefixBits how many leading bits the range fixes: 0-32 for IPv4, 0-128 for IPv6
public record Cidr(InetAddress network, int prefixBits) {
  private static final Pattern DOTTED_DECIMAL =
      Pattern.compile("(?:(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(?:\\.(?!$)|$)){4}");

  /// @throws IllegalArgumentException if the prefix is out of bounds, or bits after it are set
  public Cidr {
    int bitsMax = network.getAddress().length * Byte.SIZE;
    if (prefixBits < 0 || prefixBits > bitsMax) {
      throw new IllegalArgumentException("the prefix length must be 0 to " + bitsMax);
    }
    byte[] address = network.getAddress();
    for (int bit = prefixBits; bit < bitsMax; bit++) {
      if (isSet(address, bit)) {
        throw new IllegalArgumentException(
            network.getHostAddress() + " has bits set after the first " + prefixBits);
      }
    }
  }

  /// Reads `192.168.0.0/16`, `fd00::/8`, or one address alone.
  ///
  /// @throws IllegalArgumentException with a message that quotes the text if it is anything else
  public static Cidr parse(String text) {
    int slash = text.indexOf('/');
    String address = slash < 0 ? text : text.substring(0, slash);
    try {
      InetAddress network = literal(address);
      int bitsMax = network.getAddress().length * Byte.SIZE;
      return new Cidr(network, slash < 0 ? bitsMax : prefix(text.substring(slash + 1)));
    } catch (IllegalArgumentException malformed) {
      throw new IllegalArgumentException(
          "'%s' is not a range such as 10.0.0.0/8 or fd00::/8: %s"
              .formatted(text, malformed.getMessage()),
          malformed);
    }
  }

  /// Whether an address is in the range. IPv4 and IPv6 never match each other.
  public boolean contains(InetAddress address) {
    byte[] expected = network.getAddress();
    byte[] actual = address.getAddress();
    if (expected.length != actual.length) {
      return false;
    }
    for (int bit = 0; bit < prefixBits; bit++) {
      if (isSet(expected, bit) != isSet(actual, bit)) {
        return false;
      }
    }
    return true;
  }

  /// An address in its one unambiguous notation: dotted decimal, or IPv6 without a zone.
  ///
  /// @throws IllegalArgumentException if the text is anything else, such as a name
  public static InetAddress literal(String text) {
    if (DOTTED_DECIMAL.matcher(text).matches()) {
      return Inet4Address.ofLiteral(text);
    }
    if (!text.contains(":") || text.contains("%")) {
      throw new IllegalArgumentException("'" + text + "' is not an IP address");
    }
    return InetAddress.ofLiteral(text);
  }

  private static int prefix(String text) {
    if (!text.matches("\\d{1,3}")) {
      throw new IllegalArgumentException("'" + text + "' is not a prefix length");
    }
    return Integer.parseInt(text);
  }

  private static boolean isSet(byte[] address, int bit) {
    return (address[bit / Byte.SIZE] & 0x80 >> bit % Byte.SIZE) != 0;
  }

  /// As [#parse(String)] reads it.
  @Override
  public String toString() {
    return network.getHostAddress() + "/" + prefixBits;
  }
}
