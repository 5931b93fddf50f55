package dev.backlane.system.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.GatewayProcess;
import dev.backlane.system.support.Repository;
import dev.backlane.system.support.TestGateway;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// `backlane doctor` beside a running gateway, and in a process with few open files. The checks
/// themselves are tested in the module `app`.
@Timeout(60)
final class DoctorTest {
  @RegisterExtension static final TestGateway gateway = TestGateway.with("");

  @TempDir private Path folder;

  @Test
  void reportsARunningGatewayAndDoesNotDisturbIt() throws Exception {
    var port = "--server.port=" + gateway.url().getPort();
    var ended = GatewayProcess.run("doctor", gateway.configFile().toString(), port);
    assertThat(ended.exitCode()).as(ended.toString()).isZero();
    assertThat(ended.err()).isEmpty();
    assertThat(ended.out())
        .anyMatch(line -> line.endsWith("is in use by process " + gateway.process().pid()))
        .anyMatch(line -> line.startsWith("ok    port") && line.endsWith("by a running gateway"))
        .noneMatch(line -> line.startsWith("fail"));
    var id = gateway.http().begin("/still");
    assertThat(gateway.http().awaitEnd(id).statusCode()).isEqualTo(200);
  }

  @Test
  void namesTheLimitOfOpenFiles() throws Exception {
    var java = ProcessHandle.current().info().command().orElseThrow();
    var command =
        List.of(
            "bash",
            "-c",
            "ulimit -n 400; exec \"$@\"",
            "bash",
            java,
            "-XX:TieredStopAtLevel=1",
            "-jar",
            Repository.jar().toString(),
            "doctor",
            "--upstream=http://127.0.0.1:1",
            "--auth.mode=none",
            "--port=0",
            "--data=" + folder.resolve("data"));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.startsWith("BACKLANE_"));
    var process = builder.start();
    var lines = new String(process.getInputStream().readAllBytes(), UTF_8).lines().toList();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(lines.toString()).isEqualTo(1);
    assertThat(lines)
        .anyMatch(line ->
            line.startsWith("warn  limits")
                && line.contains("400 open files")
                && line.contains("; run: ulimit -n "));
  }
}
