package dev.backlane.app.process;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;

/// Sends datagrams to a Unix socket. The channels of the JDK have stream sockets of that family
/// only, so the functions of the C library are called (Linux). Stateless.
final class NotifySocket {
  private static final short AF_UNIX = 1;
  private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int CLOCK_MONOTONIC = 1;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  /// The size of `sun_path` in `struct sockaddr_un`.
  private static final int PATH_BYTES_MAX = 108;

  private static final String ERRNO = "errno";
  private static final Linker LINKER = Linker.nativeLinker();
  private static final Linker.Option CAPTURE = Linker.Option.captureCallState(ERRNO);
  private static final StructLayout CAPTURED = Linker.Option.captureStateLayout();
  private static final VarHandle CAPTURED_ERRNO =
      CAPTURED.varHandle(StructLayout.PathElement.groupElement(ERRNO));

  private static final MethodHandle SOCKET =
      function("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle SENDTO =
      function(
          "sendto",
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle CLOSE =
      function("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle STRERROR =
      function("strerror", FunctionDescriptor.of(ADDRESS, JAVA_INT));
  private static final MethodHandle CLOCK_GETTIME =
      function("clock_gettime", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));

  private NotifySocket() {}

  // The functions exist in each C library with these signatures.
  @SuppressWarnings("restricted")
  private static MethodHandle function(String name, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor, CAPTURE);
  }

  /// Sends one datagram.
  ///
  /// @param address a path, or `@` and a name in the abstract namespace
  static void send(String address, String message) throws IOException {
    try (var arena = Arena.ofConfined()) {
      var target = socketAddress(arena, address);
      var bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, utf8(message));
      var state = arena.allocate(CAPTURED);
      int descriptor = (int) SOCKET.invokeExact(state, (int) AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
      if (descriptor < 0) {
        throw failure("socket", address, state);
      }
      try {
        long sent =
            (long)
                SENDTO.invokeExact(
                    state,
                    descriptor,
                    bytes,
                    bytes.byteSize(),
                    MSG_NOSIGNAL,
                    target,
                    (int) target.byteSize());
        if (sent != bytes.byteSize()) {
          throw failure("sendto", address, state);
        }
      } finally {
        close(state, descriptor);
      }
    } catch (IOException | RuntimeException | Error expected) {
      throw expected;
    } catch (Throwable impossible) {
      throw new IllegalStateException("a function of the C library threw", impossible);
    }
  }

  private static void close(MemorySegment state, int descriptor) throws Throwable {
    // A datagram socket has nothing to flush, so a failure loses nothing.
    int ignored = (int) CLOSE.invokeExact(state, descriptor);
  }

  /// The present value of the clock that systemd compares notifications by.
  static long monotonicNanos() throws IOException {
    try (var arena = Arena.ofConfined()) {
      var time = arena.allocate(JAVA_LONG, 2);
      var state = arena.allocate(CAPTURED);
      if ((int) CLOCK_GETTIME.invokeExact(state, CLOCK_MONOTONIC, time) != 0) {
        throw failure("clock_gettime", "CLOCK_MONOTONIC", state);
      }
      return time.getAtIndex(JAVA_LONG, 0) * NANOS_PER_SECOND + time.getAtIndex(JAVA_LONG, 1);
    } catch (IOException | RuntimeException | Error expected) {
      throw expected;
    } catch (Throwable impossible) {
      throw new IllegalStateException("a function of the C library threw", impossible);
    }
  }

  /// `struct sockaddr_un`, as long as its path: in the abstract namespace, further zeros would
  /// belong to the name.
  private static MemorySegment socketAddress(Arena arena, String address) throws IOException {
    boolean isAbstract = address.startsWith("@");
    if (!isAbstract && !address.startsWith("/")) {
      throw new IOException("NOTIFY_SOCKET is neither a path nor an abstract name: " + address);
    }
    byte[] path = utf8(address);
    if (path.length >= PATH_BYTES_MAX) {
      throw new IOException("NOTIFY_SOCKET has " + path.length + " bytes: " + address);
    }
    if (isAbstract) {
      path[0] = 0;
    }
    int offset = Short.BYTES;
    int terminator = isAbstract ? 0 : 1;
    var target = arena.allocate(offset + path.length + terminator, Short.BYTES);
    target.set(JAVA_SHORT, 0, AF_UNIX);
    MemorySegment.copy(path, 0, target, ValueLayout.JAVA_BYTE, offset, path.length);
    return target;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static IOException failure(String function, String address, MemorySegment state)
      throws Throwable {
    int errno = (int) CAPTURED_ERRNO.get(state, 0L);
    return new IOException(function + " for " + address + " failed: " + text(errno));
  }

  // The length of the text is not known to Java.
  @SuppressWarnings("restricted")
  private static String text(int errno) throws Throwable {
    try (var arena = Arena.ofConfined()) {
      var text = (MemorySegment) STRERROR.invokeExact(arena.allocate(CAPTURED), errno);
      return text.reinterpret(Long.MAX_VALUE).getString(0) + " (errno " + errno + ")";
    }
  }
}
