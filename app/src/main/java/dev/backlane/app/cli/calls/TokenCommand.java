package dev.backlane.app.cli.calls;

import dev.backlane.app.wiring.StartException;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Prints an access token.
@Command(
    name = "token",
    header = "Gets an access token (OAuth 2.0 client credentials) and prints it.",
    footer = {
      "",
      "Examples:",
      "  backlane token --profile test",
      "  eval \"$(backlane token --profile test --export)\"   (sets BACKLANE_TOKEN)"
    })
public final class TokenCommand implements Callable<Integer> {
  @Mixin private final ServerOptions options;

  @Option(names = "--export", description = "Prints a command that sets BACKLANE_TOKEN.")
  private boolean export;

  /// @param environment the variables of the process
  public TokenCommand(Map<String, String> environment) {
    this.options = new ServerOptions(environment);
  }

  @Override
  public Integer call() throws InterruptedException {
    return Requests.run(
        options,
        () -> {
          var token =
              options
                  .credentials()
                  .token()
                  .orElseThrow(() ->
                      new StartException(
                          "no token endpoint is set: use --token-url with --client-id and"
                              + " --client-secret, or a profile"));
          if (options.json()) {
            options.out().println(Lines.json(Map.of("access_token", token)));
          } else {
            options.out().println(export ? "export BACKLANE_TOKEN='" + token + "'" : token);
          }
          return ExitCodes.DONE;
        });
  }
}
