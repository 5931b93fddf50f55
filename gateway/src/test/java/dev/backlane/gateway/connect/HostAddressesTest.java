package dev.backlane.gateway.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class HostAddressesTest {
  private static final InetAddress ADDRESS = InetAddress.ofLiteral("192.0.2.1");
  private static final Duration LONG = Duration.ofSeconds(20);

  @Test
  void doesNotLookUpAddresses() throws Exception {
    var hosts = new HostAddresses(HostAddressesTest::unknown);
    assertThat(hosts.of("192.0.2.1", LONG)).containsExactly(ADDRESS);
    assertThat(hosts.of("::1", LONG)).containsExactly(InetAddress.ofLiteral("::1"));
  }

  @Test
  void looksAnUnknownHostUpAgain() throws Exception {
    var known = new AtomicBoolean();
    var hosts = new HostAddresses(host -> known.get() ? found() : unknown(host));
    assertThatThrownBy(() -> hosts.of("api.example", LONG))
        .isInstanceOf(UnknownHostException.class);
    known.set(true);
    assertThat(hosts.of("api.example", LONG)).containsExactly(ADDRESS);
  }

  @Test
  void looksAHostUpAgainAfterAnErrorOfTheProgram() throws Exception {
    var broken = new AtomicBoolean(true);
    var hosts =
        new HostAddresses(_ -> {
          if (broken.getAndSet(false)) {
            throw new NoClassDefFoundError("a planted error");
          }
          return found();
        });
    assertThatThrownBy(() -> hosts.of("api.example", LONG))
        .isInstanceOf(UnknownHostException.class);
    assertThat(hosts.of("api.example", LONG)).containsExactly(ADDRESS);
  }

  @Test
  void callersShareOneLookup() throws Exception {
    var lookups = new AtomicInteger();
    var begun = new CountDownLatch(1);
    var end = new Semaphore(0);
    var hosts =
        new HostAddresses(_ -> {
          lookups.incrementAndGet();
          begun.countDown();
          end.acquireUninterruptibly();
          return found();
        });
    try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
      var first = callers.submit(() -> hosts.of("api.example", LONG));
      begun.await();
      assertThatThrownBy(() -> hosts.of("api.example", Duration.ofMillis(10)))
          .isInstanceOf(UnknownHostException.class)
          .hasMessageContaining("in time");
      end.release();
      assertThat(first.get()).containsExactly(ADDRESS);
    }
    assertThat(lookups).hasValue(1);
  }

  private static InetAddress[] found() {
    return new InetAddress[] {ADDRESS};
  }

  private static InetAddress[] unknown(String host) throws UnknownHostException {
    throw new UnknownHostException(host);
  }
}
