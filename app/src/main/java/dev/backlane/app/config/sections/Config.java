package dev.backlane.app.config.sections;

import dev.backlane.app.config.reader.ConfigReader;
import dev.backlane.app.config.reader.ConfigSources;
import dev.backlane.app.config.reader.ConfigurationPage;
import dev.backlane.app.config.reader.InvalidConfigException;
import dev.backlane.app.config.reader.Section;
import dev.backlane.app.config.reader.Setting;
import dev.backlane.app.config.reader.ShownValue;
import dev.backlane.app.config.reader.Values;
import dev.backlane.engine.execution.Routes;
import dev.backlane.engine.operation.Ownership;
import dev.backlane.gateway.http.Loopback;
import dev.backlane.gateway.webhook.Subscription;
import dev.backlane.protocol.url.HttpUrl;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The whole configuration, checked and complete. Immutable; its text contains no secret.
///
/// @param ownership which operations a caller may read, and whose calls share idempotency keys
/// @param spool what is kept on the local disk until the store accepts it; empty: nothing is
/// @param subscriptions webhook subscriptions besides those managed over the admin API
/// @param routes how operations are executed, by path; the first route that matches a call applies
/// @param shown all settings as text, without secrets, in the order of the documentation
public record Config(
    ServerSection server,
    UpstreamSection upstream,
    AuthSection.Mode auth,
    AuthSection.Issuers issuers,
    Ownership ownership,
    TriggerSection trigger,
    StoreSection.Kind store,
    Optional<StoreSection.Spool> spool,
    boolean holdInCopy,
    ExecutionSection execution,
    LimitsSection limits,
    WebhooksSection webhooks,
    List<Subscription> subscriptions,
    AdminSection admin,
    TelemetrySection telemetry,
    Routes routes,
    List<ShownValue> shown) {

  /// In the order of the documentation.
  private static final List<Section> SECTIONS =
      List.of(
          ServerSection.SECTION,
          UpstreamSection.SECTION,
          CredentialsSection.SECTION,
          AuthSection.SECTION,
          TriggerSection.SECTION,
          StoreSection.SECTION,
          ExecutionSection.SECTION,
          LimitsSection.SECTION,
          WebhooksSection.SECTION,
          SubscriptionsSection.SECTION,
          AdminSection.SECTION,
          TelemetrySection.LOG,
          TelemetrySection.SECTION,
          RoutesSection.SECTION);

  /// Every setting, in the order of the documentation.
  public static final List<Setting<?>> SETTINGS =
      SECTIONS.stream().flatMap(section -> section.settings().stream()).toList();

  public Config {
    subscriptions = List.copyOf(subscriptions);
    shown = List.copyOf(shown);
  }

  /// Whether the gateway is for this machine only: all its addresses and public URLs are loopback.
  public boolean local() {
    return server.onLoopback()
        && admin.listener().stream().allMatch(own -> Loopback.isHost(own.host()))
        && Stream.concat(server.publicUrl().stream(), admin.publicUrl().stream())
            .allMatch(url -> Loopback.isHost(HttpUrl.of(url).host()));
  }

  /// Reads and checks the configuration.
  ///
  /// @throws InvalidConfigException with all problems at once
  public static Config read(ConfigSources sources) throws InvalidConfigException {
    return of(values(sources));
  }

  /// The checked values of all settings.
  static Values values(ConfigSources sources) throws InvalidConfigException {
    return ConfigReader.read(sources, SETTINGS, Config::check);
  }

  static Config of(Values values) {
    return new Config(
        ServerSection.of(values),
        UpstreamSection.of(values),
        AuthSection.of(values),
        AuthSection.issuersOf(values),
        AuthSection.ownership(values),
        TriggerSection.of(values),
        StoreSection.of(values),
        StoreSection.spool(values),
        StoreSection.holdInCopy(values),
        ExecutionSection.of(values),
        LimitsSection.of(values),
        WebhooksSection.of(values),
        SubscriptionsSection.of(values),
        AdminSection.of(values),
        TelemetrySection.of(values),
        RoutesSection.of(values),
        values.shown());
  }

  private static void check(Values values) {
    ServerSection.check(values);
    UpstreamSection.check(values);
    CredentialsSection.check(values);
    AuthSection.check(values);
    StoreSection.check(values);
    ExecutionSection.check(values);
    WebhooksSection.check(values);
    SubscriptionsSection.check(values);
    AdminSection.check(values);
    RoutesSection.check(values);
  }

  /// Reads the section `store` only, since maintenance of the store needs no upstream.
  ///
  /// @throws InvalidConfigException with all problems at once
  public static StoreSection.Kind readStore(ConfigSources sources) throws InvalidConfigException {
    return StoreSection.of(ConfigReader.read(sources, SETTINGS, StoreSection::check));
  }

  /// Reads the credentials and keys for opening a store that is named on the command line. The
  /// configured store does not matter.
  ///
  /// @throws InvalidConfigException with all problems at once
  public static StoreAccess readAccess(ConfigSources sources) throws InvalidConfigException {
    return StoreAccess.of(ConfigReader.read(sources, SETTINGS, _ -> {}));
  }

  /// Reads how operators reach a gateway that was started with the same sources, without the
  /// settings that only a gateway needs.
  ///
  /// @throws InvalidConfigException with all problems at once
  public static AdminSection.Access readOperators(ConfigSources sources)
      throws InvalidConfigException {
    return AdminSection.access(ConfigReader.read(sources, SETTINGS, _ -> {}));
  }

  /// Whether callers belong to different tenants, which then share what is limited.
  public boolean manyTenants() {
    return !(auth instanceof AuthSection.None);
  }

  /// The page docs/configuration.md.
  public static String documentation() {
    return ConfigurationPage.markdown(SECTIONS);
  }
}
