package dev.backlane.system.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/// The classes of the program as a JVM has loaded and linked them (JEP 514), recorded once for each
/// build. A gateway that starts from it needs 1.6 seconds of CPU instead of 2.4; the tests start
/// some 300.
final class ClassCache {
  private static final List<String> OPTIONS = create();

  private ClassCache() {}

  /// The options of a JVM that reads the cache. Without messages: a JVM whose options do not fit
  /// the cache works without it.
  static List<String> options() {
    return OPTIONS;
  }

  private static List<String> create() {
    var jar = Repository.jar();
    var cache = jar.resolveSibling("system-tests.aot");
    try (var lock =
        FileChannel.open(
            jar.resolveSibling("system-tests.aot.lock"),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE)) {
      // Two JVMs run tests at a time.
      lock.lock();
      if (!isNewer(cache, jar)) {
        record(cache);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot record the classes of the program", e);
    }
    return List.of("-XX:AOTCache=" + cache, "-Xlog:disable");
  }

  private static boolean isNewer(Path cache, Path jar) throws IOException {
    return Files.exists(cache)
        && Files.getLastModifiedTime(cache).compareTo(Files.getLastModifiedTime(jar)) > 0;
  }

  private static void record(Path cache) throws IOException {
    var data = Files.createTempDirectory("backlane-classes");
    var recorder = List.of("-XX:AOTCacheOutput=" + cache, "-Xlog:disable");
    try (var gateway =
            GatewayProcess.record(
                recorder,
                "--upstream=http://127.0.0.1:1",
                "--port=0",
                "--auth.mode=none",
                "--server.shutdown-delay=0s",
                "--data=" + data);
        var client = HttpClient.newHttpClient()) {
      var _ = new Http(client, gateway.url(), "").begin("/invoice");
      gateway.terminate();
      var ended = gateway.awaitEnd();
      assertThat(ended.exitCode()).as(ended.toString()).isZero();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(
          "interrupted while the classes of the program are recorded", interrupted);
    } finally {
      Folders.delete(data);
    }
    assertThat(cache).as("the cache of classes").isNotEmptyFile();
  }
}
