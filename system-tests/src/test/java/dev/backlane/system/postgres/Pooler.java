package dev.backlane.system.postgres;

import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.postgres.testkit.QuietPort;
import dev.backlane.system.support.Deadline;
import dev.backlane.system.support.ExternalProgram;
import dev.backlane.system.support.Folders;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// A PgBouncer in front of one database: after each transaction it passes the server's connection
/// to another client. Not thread-safe.
final class Pooler implements AutoCloseable {
  private static final Duration START_MAX = Duration.ofSeconds(20);

  private final int port = QuietPort.find();
  private final String database;
  private final Path folder;
  private final ExternalProgram process;

  /// Starts PgBouncer; it accepts connections on return.
  Pooler(PostgresServer postgres, String database) throws Exception {
    this.database = database;
    this.folder = Files.createTempDirectory("backlane-pooler-");
    // As root, PgBouncer changes to another user, who must be able to read its files.
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    boolean root = "root".equals(System.getProperty("user.name"));
    var users =
        Files.writeString(
            folder.resolve("users.txt"),
            "\"%s\" \"%s\"%n".formatted(postgres.user(), postgres.password()));
    var settings =
        Files.writeString(
            folder.resolve("pgbouncer.ini"),
            """
            [databases]
            %s = host=127.0.0.1 port=%d user=%s password=%s
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = %d
            unix_socket_dir =
            auth_type = any
            auth_file = %s
            pool_mode = transaction
            default_pool_size = 5
            max_client_conn = 200
            ignore_startup_parameters = extra_float_digits
            %s
            """
                .formatted(
                    database,
                    postgres.port(),
                    postgres.user(),
                    postgres.password(),
                    port,
                    users,
                    root ? "user = daemon" : ""));
    this.process =
        ExternalProgram.start(
            List.of("pgbouncer", settings.toString()),
            folder,
            Map.of("PATH", System.getenv("PATH") + ":/usr/sbin"));
    Deadline.within(START_MAX, "PgBouncer accepts connections", this::accepts);
  }

  private boolean accepts() {
    try (var connection = new Socket(InetAddress.ofLiteral("127.0.0.1"), port)) {
      return connection.isConnected();
    } catch (IOException refused) {
      return false;
    }
  }

  /// The JDBC URL of the database.
  String url() {
    return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
  }

  @Override
  public void close() {
    process.end();
    process.awaitEnd();
    Folders.delete(folder);
  }
}
