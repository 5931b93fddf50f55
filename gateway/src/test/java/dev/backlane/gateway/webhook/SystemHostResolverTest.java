package dev.backlane.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Names whose name servers do not respond delay only their own caller.
@Timeout(20)
final class SystemHostResolverTest {
  private static final InetAddress FOUND = InetAddress.ofLiteral("192.0.2.1");
  private static final Duration LONG = Duration.ofSeconds(15);
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final int THREADS = 8;
  private static final int PER_TENANT = 4;
  private static final int PER_CLIENT = 2;
  private static final int WAITING_PER_CLIENT = 3;
  private static final Requester ALICE = new Requester("acme", "alice");
  private static final Requester MALLORY = new Requester("acme", "mallory");
  private static final Requester OTHER_TENANT = new Requester("globex", "alice");

  private final CountDownLatch silence = new CountDownLatch(1);
  private final Map<String, Integer> lookUps = new ConcurrentHashMap<>();
  private final AtomicInteger silentNow = new AtomicInteger();
  private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();

  @AfterEach
  void endSilence() {
    silence.countDown();
    callers.close();
  }

  /// Names with `silent` do not respond until the test ends.
  private InetAddress[] addressesOf(String host) throws UnknownHostException {
    lookUps.merge(host, 1, Integer::sum);
    if (host.contains("silent")) {
      silentNow.incrementAndGet();
      try {
        silence.await();
      } catch (InterruptedException interrupted) {
        throw new IllegalStateException(interrupted);
      }
    }
    if (host.startsWith("none")) {
      throw new UnknownHostException(host);
    }
    return new InetAddress[] {FOUND};
  }

  private SystemHostResolver resolver(Duration timeout) {
    return new SystemHostResolver(
        this::addressesOf,
        new SystemHostResolver.Limits(
            timeout, THREADS, PER_TENANT, PER_CLIENT, WAITING_PER_CLIENT, 100));
  }

  private List<Future<List<InetAddress>>> askForSilentNames(
      SystemHostResolver resolver, Requester requester, int count) {
    var asked = new ArrayList<Future<List<InetAddress>>>();
    for (int each = 0; each < count; each++) {
      var host = "silent-" + requester.tenant() + "-" + requester.client() + "-" + each;
      asked.add(callers.submit(() -> resolver.resolve(host, requester)));
    }
    return asked;
  }

  private void awaitSilent(int count) throws InterruptedException {
    while (silentNow.get() < count) {
      Thread.sleep(1);
    }
  }

  @Test
  void silentNamesOfOneCallerDelayNoOtherCaller() throws Exception {
    var resolver = resolver(LONG);
    var silent = askForSilentNames(resolver, MALLORY, 50);
    awaitSilent(PER_CLIENT);
    for (var requester : List.of(ALICE, OTHER_TENANT, Requester.OPERATOR)) {
      for (int each = 0; each < 20; each++) {
        assertThat(resolver.resolve("receiver-" + each, requester)).containsExactly(FOUND);
      }
    }
    assertThat(silentNow).hasValue(PER_CLIENT);
    int kept = PER_CLIENT + WAITING_PER_CLIENT;
    while (silent.stream().filter(Future::isDone).count() < silent.size() - kept) {
      Thread.sleep(1);
    }
    silence.countDown();
    int found = 0;
    for (var each : silent) {
      found += each.get(10, TimeUnit.SECONDS).size();
    }
    assertThat(found).as("running and waiting ones").isEqualTo(kept);
  }

  @Test
  void silentNamesOfOneTenantDelayNoOtherTenant() throws Exception {
    var resolver = resolver(LONG);
    for (int client = 0; client < 10; client++) {
      askForSilentNames(resolver, new Requester("acme", "client-" + client), 3);
    }
    awaitSilent(PER_TENANT);
    assertThat(resolver.resolve("receiver", OTHER_TENANT)).containsExactly(FOUND);
    assertThat(silentNow).hasValue(PER_TENANT);
  }

  @Test
  void silentNamesOfManyCallersOccupyABoundedNumberOfThreads() throws Exception {
    var resolver = resolver(LONG);
    for (int tenant = 0; tenant < 20; tenant++) {
      askForSilentNames(resolver, new Requester("tenant-" + tenant, ""), 3);
    }
    awaitSilent(THREADS);
    var waiting = callers.submit(() -> resolver.resolve("receiver", ALICE));
    assertThat(silentNow).hasValue(THREADS);
    silence.countDown();
    assertThat(waiting.get(10, TimeUnit.SECONDS)).containsExactly(FOUND);
  }

  @Test
  void aLookUpCountsUntilItsNativeCallEnds() throws Exception {
    var resolver = resolver(SHORT);
    for (var each : askForSilentNames(resolver, MALLORY, PER_CLIENT)) {
      assertThat(each.get(10, TimeUnit.SECONDS)).isEmpty();
    }
    assertThat(resolver.resolve("receiver", MALLORY)).as("the share is used up").isEmpty();
    assertThat(lookUps).doesNotContainKey("receiver");
    assertThat(resolver.resolve("receiver", ALICE)).containsExactly(FOUND);
    silence.countDown();
    while (resolver.resolve("another", MALLORY).isEmpty()) {
      Thread.onSpinWait();
    }
  }

  @Test
  void looksANameUpOnceForAllCallersThatWait() throws Exception {
    var resolver = resolver(LONG);
    var found = new LinkedBlockingQueue<List<InetAddress>>();
    var same = new ArrayList<Thread>();
    for (var requester : List.of(MALLORY, ALICE, OTHER_TENANT, MALLORY)) {
      same.add(Thread.ofVirtual().start(() -> found.add(resolver.resolve("silent", requester))));
    }
    for (var each : same) {
      while (each.getState() != Thread.State.TIMED_WAITING) {
        Thread.sleep(1);
      }
    }
    silence.countDown();
    for (var each : same) {
      each.join();
    }
    assertThat(found).hasSize(same.size()).containsOnly(List.of(FOUND));
    assertThat(lookUps).containsEntry("silent", 1);
  }

  @Test
  void aNameThatWaitsInAnotherQueueIsLookedUpAtOnce() throws Exception {
    var resolver = resolver(LONG);
    askForSilentNames(resolver, MALLORY, PER_CLIENT);
    awaitSilent(PER_CLIENT);
    var queued = callers.submit(() -> resolver.resolve("receiver", MALLORY));
    assertThat(resolver.resolve("receiver", ALICE)).containsExactly(FOUND);
    silence.countDown();
    assertThat(queued.get(10, TimeUnit.SECONDS)).containsExactly(FOUND);
  }

  @Test
  void remembersASilentNameForAWhile() {
    var resolver = resolver(SHORT);
    assertThat(resolver.resolve("silent", MALLORY)).isEmpty();
    assertThat(resolver.resolve("silent", ALICE)).isEmpty();
    assertThat(lookUps).containsEntry("silent", 1);
  }

  @Test
  void aNameWithoutAddressesHasNone() {
    var resolver = resolver(LONG);
    assertThat(resolver.resolve("none", ALICE)).isEmpty();
    assertThat(resolver.resolve("receiver", ALICE)).containsExactly(FOUND);
  }
}
