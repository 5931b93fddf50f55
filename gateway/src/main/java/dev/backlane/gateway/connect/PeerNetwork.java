package dev.backlane.gateway.connect;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/// The addresses that one client controls: an IPv4 address, or an IPv6 network of 64 bits. The unit
/// of all limits per address. Immutable.
public record PeerNetwork(ByteBuffer bytes) {
  private static final int BYTES_MAX = 8;

  /// The network of the client's end of a connection.
  public static PeerNetwork of(InetSocketAddress peer) {
    var address = peer.getAddress();
    return of(address == null ? new byte[0] : address.getAddress());
  }

  /// The network of a client that is known by its address in text, such as from a trusted proxy.
  /// Other texts, such as `unknown` (RFC 7239 section 6.2), are a unit of their own each.
  public static PeerNetwork of(String client) {
    try {
      int zone = client.indexOf('%');
      return of(InetAddress.ofLiteral(zone < 0 ? client : client.substring(0, zone)).getAddress());
    } catch (IllegalArgumentException name) {
      return new PeerNetwork(ByteBuffer.wrap(client.getBytes(UTF_8)).asReadOnlyBuffer());
    }
  }

  private static PeerNetwork of(byte[] bytes) {
    return new PeerNetwork(
        ByteBuffer.wrap(bytes, 0, Math.min(bytes.length, BYTES_MAX)).asReadOnlyBuffer());
  }
}
