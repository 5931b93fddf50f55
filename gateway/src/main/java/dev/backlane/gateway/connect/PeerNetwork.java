package dev.backlane.gateway.connect;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/// The addresses that one client controls: an IPv4 address, or an IPv6 network of 64 bits. The unit
/// of all limits per address. Immutable.
public record PeerNetwork(ByteBuffer bytes) {
  private static final int BYTES_MAX = 8;

  /// The network of the client's end of a connection.
  public static PeerNetwork of(InetSocketAddress peer) {
    var address = peer.getAddress();
    byte[] bytes = address == null ? new byte[0] : address.getAddress();
    return new PeerNetwork(
        ByteBuffer.wrap(bytes, 0, Math.min(bytes.length, BYTES_MAX)).asReadOnlyBuffer());
  }
}
