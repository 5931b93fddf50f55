package dev.backlane.gateway.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.background.Threads;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The trust of the platform; files are tested with connections, in the system tests.
final class ReloadingTlsTest {
  private static final TlsFiles NONE = new TlsFiles(Optional.empty(), Optional.empty());
  private static final String TRUST_STORE = "javax.net.ssl.trustStore";

  @TempDir private Path folder;

  @AfterEach
  void restore() {
    System.clearProperty(TRUST_STORE);
  }

  @Test
  void makesOneContextOfThePlatformsTrust() {
    try (var tls = ReloadingTls.of(NONE, Threads.VIRTUAL)) {
      assertThat(tls.present()).isSameAs(tls.present());
      assertThat(tls.lasting()).isSameAs(tls.lasting());
    }
  }

  @Test
  void readsThePlatformsTrustForTheFirstConnection() throws Exception {
    try (var tls = ReloadingTls.of(NONE, Threads.VIRTUAL)) {
      nameWrongTrustStore();
      assertThatThrownBy(tls::present)
          .isInstanceOf(TlsException.class)
          .hasMessageStartingWith("the platform's trust cannot be used: ");
      System.clearProperty(TRUST_STORE);
      assertThat(tls.present()).isNotNull();
    }
  }

  @Test
  void refusesAWrongTrustStoreAtTheStart() throws Exception {
    nameWrongTrustStore();
    assertThatThrownBy(() -> ReloadingTls.of(NONE, Threads.VIRTUAL))
        .isInstanceOf(TlsException.class)
        .hasMessageStartingWith("the platform's trust cannot be used: ");
  }

  private void nameWrongTrustStore() throws Exception {
    var store = Files.writeString(folder.resolve("trust"), "no key store");
    System.setProperty(TRUST_STORE, store.toString());
  }
}
