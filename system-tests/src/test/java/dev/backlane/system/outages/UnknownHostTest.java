package dev.backlane.system.outages;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.Phase;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A name server that does not know the upstream's host for a moment.
@Timeout(60)
final class UnknownHostTest {
  @TempDir private Path folder;

  /// The JDK would keep the failed look-up for 10 s, longer than five attempts take.
  @Test
  void callEndsOnceTheHostIsKnown() throws Exception {
    var hosts = Files.writeString(folder.resolve("hosts"), "127.0.0.1 other.example\n");
    try (var api = new RecordingApi();
        var gateway =
            TestGateway.with("execution: { max-attempts: 5 }\n")
                .jvmOptions("-Djdk.net.hosts.file=" + hosts)
                .flags("--upstream.url=http://api.example:" + api.url().getPort())
                .start()) {
      assertThat(gateway.http().get("/plain").status()).isEqualTo(502);
      Files.writeString(hosts, "127.0.0.1 api.example\n");
      var id = gateway.http().begin("/job");
      assertThat(gateway.http().awaitEnd(id).phase()).isEqualTo(Phase.FINISHED);
      assertThat(api.received("/job")).hasSize(1);
    }
  }
}
