package dev.backlane.app.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The page docs/configuration.md, written from the catalogue.
public final class ConfigurationPage {
  @SuppressWarnings("InlineFormatString") // A page of text reads better apart from the code.
  private static final String HEAD =
      """
      # Configuration

      <!-- Written by `./backlane config-reference` from the catalogue of settings; do not edit. -->

      Backlane reads one YAML file (`--config FILE`, or the variable `BACKLANE_CONFIG`). Each key is also an environment
      variable and a flag: `server.public-url` is `BACKLANE_SERVER_PUBLIC_URL` and `--server.public-url=URL`. A flag wins
      over the environment, that over the file, that over the default.
      Short flags: %s.

      - Unknown keys, flags and `BACKLANE_` variables are errors. `./backlane check-config FILE` shows all problems at once.
      - Durations are a whole number with `ms`, `s`, `m`, `h` or `d`; sizes one with `KiB`, `MiB`, `GiB`, `TiB` or, for
        bytes, nothing.
      - In a variable or a flag, the items of a list are separated by commas; `subscriptions` and `routes` are written there
        as YAML, such as `BACKLANE_ROUTES='[{ path: "/invoices/**", repeatable: true }]'`.
      - Put secrets into the environment or into a file that only Backlane's user may read: other users of the machine can
        see the flags of a process.
      - Other variables: `BACKLANE_LOG_LEVEL` (`ERROR`, `WARN`, `INFO`, `DEBUG`, `TRACE` or `OFF`; default `INFO`) and, for
        the launcher, `BACKLANE_JAVA_OPTS` and `BACKLANE_JAVA_HOME`.

      A whole file to start from: [examples/backlane.yaml](examples/backlane.yaml).
      """;

  private static final Map<String, String> SECTIONS =
      Map.of(
          "server", "Where the gateway listens, and how it is seen from outside.",
          "upstream", "The API behind the gateway.",
          "auth", "How callers show who they are.",
          "store", "Where operations are kept.",
          "execution", "How operations are worked off.",
          "limits", "Bounds of what is stored.",
          "webhooks", "How notifications are sent.",
          "admin", "The admin API and the dashboard.");

  private ConfigurationPage() {}

  /// The page in Markdown; the same text for the same catalogue.
  public static String markdown() {
    StringBuilder page = new StringBuilder(HEAD.formatted(shortFlags()));
    String section = "";
    for (Setting<?> setting : Settings.ALL) {
      boolean single = setting.section().isEmpty();
      if (single || !setting.section().equals(section)) {
        section = setting.section();
        String title = single ? setting.key() : section;
        page.append("\n## ").append(title).append("\n\n");
        page.append(single ? "" : SECTIONS.get(section) + "\n\n");
        page.append("| key | default | takes | meaning |\n| --- | --- | --- | --- |\n");
      }
      page.append(row("`" + setting.key() + "`<br>`" + setting.environmentName() + "`", setting));
      if (setting.type() instanceof ValueType.Table(List<Setting<?>> fields)) {
        fields.forEach(
            field -> page.append(row("`" + setting.key() + "[]." + field.key() + "`", field)));
      }
    }
    return page.toString();
  }

  private static String row(String name, Setting<?> setting) {
    String fallback =
        setting
            .fallback()
            .map(text -> text.isEmpty() ? empty(setting) : "`" + text + "`")
            .orElse("");
    List<String> cells = List.of(name, fallback, setting.type().expected(), setting.description());
    List<String> safe =
        cells.stream().map(cell -> cell.replace("|", "\\|").replace("**", "\\*\\*")).toList();
    return "| " + String.join(" | ", safe) + " |\n";
  }

  private static String empty(Setting<?> setting) {
    return setting.type() instanceof ValueType.Scalar<?> ? "`\"\"`" : "`[]`";
  }

  private static String shortFlags() {
    List<String> flags = new ArrayList<>();
    for (Setting<?> setting : Settings.ALL) {
      Optional<String> flag = setting.shortFlag();
      flag.ifPresent(text -> flags.add("`" + text + "` for `" + setting.flag() + "`"));
    }
    return String.join(", ", flags);
  }
}
