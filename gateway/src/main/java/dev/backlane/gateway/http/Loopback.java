package dev.backlane.gateway.http;

import java.net.InetAddress;
import java.util.List;
import java.util.regex.Pattern;

/// Decides what is local: a host, and the sender of a call. A listener on a loopback address alone
/// does not make its calls local: a proxy on the same machine forwards calls of others, and a page
/// whose host name resolves to loopback (DNS rebinding) sends calls through the browser of a user
/// of this machine. Stateless.
public final class Loopback {
  private static final Pattern AUTHORITY =
      Pattern.compile("(\\[[0-9A-Fa-f:.]+]|[^:\\[\\]@]+)(?::\\d*)?");
  private static final Pattern VERSION_4 = Pattern.compile("127(\\.\\d{1,3}){3}");

  /// Fields that proxies add.
  private static final List<String> OF_PROXIES =
      List.of("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via");

  private Loopback() {}

  /// Whether a host is `localhost` or an address of the loopback interface. Names are not resolved.
  ///
  /// @param host a name, or an address with or without brackets
  public static boolean isHost(String host) {
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    var bare = bracketed ? host.substring(1, host.length() - 1) : host;
    boolean address = bare.contains(":") || VERSION_4.matcher(bare).matches();
    return address ? isAddress(bare) : bare.equalsIgnoreCase("localhost");
  }

  private static boolean isAddress(String text) {
    try {
      return InetAddress.ofLiteral(text).isLoopbackAddress();
    } catch (IllegalArgumentException malformed) {
      return false;
    }
  }

  /// Whether the client addressed the gateway by a loopback host.
  public static boolean isAddressed(Call call) {
    var parts = AUTHORITY.matcher(call.authority());
    return parts.matches() && isHost(parts.group(1));
  }

  /// Whether a program or a user of this machine sent the call without a proxy: it comes from a
  /// loopback address, to a loopback host, and has no field that a proxy adds.
  public static boolean isSender(Call call) {
    var peer = call.peer().getAddress();
    return peer != null
        && peer.isLoopbackAddress()
        && isAddressed(call)
        && OF_PROXIES.stream().noneMatch(name -> call.header(name).isPresent());
  }
}
