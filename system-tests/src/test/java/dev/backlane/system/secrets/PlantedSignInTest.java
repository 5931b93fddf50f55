package dev.backlane.system.secrets;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.operators.Browser;
import dev.backlane.system.operators.ScriptedProvider;
import dev.backlane.system.support.Http.Response;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.webhooks.AdminClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Signs operators in with all loggers at their finest level, and searches files, the audit log and
/// output for secrets of the operators and the gateway.
@Timeout(120)
final class PlantedSignInTest {
  private static final String TOKEN = "op-Zr5TyUi2PlKj7HgFd4SaN3xVb8QwMe6";
  private static final String UPSTREAM_SECRET = "up-Gd5SbM2xWc9RaLs3Uz0JvXi7Yn1E";
  private static final Pattern STATE = Pattern.compile("[?&]state=([^&]+)");
  private static final Pattern NONCE = Pattern.compile("[?&]nonce=([^&]+)");
  private static final Pattern VERIFIER = Pattern.compile("code_verifier=([^&]+)");

  @TempDir private Path folder;
  private final List<PlantedSecret> planted = new ArrayList<>();
  private final List<String> shown = new ArrayList<>();

  @Test
  @DisplayName("no secret of a sign-in is in files or output")
  void keepsSecretsOutOfFilesAndOutput() throws Exception {
    try (var provider = new ScriptedProvider();
        var gateway =
            TestGateway.with(
                    "admin: { token: " + TOKEN + " }\nwebhooks: { allow-cidrs: [127.0.0.0/8] }\n")
                .jvmOptions(VerboseLogging.options(folder))
                .flags(flags(provider))
                .start()) {
      planted.add(PlantedSecret.of("the operator's token", TOKEN));
      planted.add(PlantedSecret.of("the client's secret", ScriptedProvider.CLIENT_SECRET));
      planted.add(PlantedSecret.of("the secret for the upstream", UPSTREAM_SECRET));
      requestUpstreamToken(gateway, provider);
      var byToken = Browser.at(gateway).signedIn(TOKEN);
      acts(byToken);
      acts(byProvider(gateway, provider));
      refused(gateway, provider, byToken);
      gateway.crash();
      shown.addAll(gateway.process().lines());
      gateway.restart();
      assertThat(byToken.movedTo(gateway.url()).isSignedIn()).isTrue();
      acts(byToken.movedTo(gateway.url()));
      gateway.process().terminate();
      gateway.process().awaitEnd();
      shown.addAll(gateway.process().lines());

      // The loggers have logged these requests too.
      assertThat(shown).anyMatch(line -> line.startsWith("TRACE ") || line.startsWith("DEBUG "));
      assertThat(AdminClient.auditLog(gateway)).hasSizeGreaterThan(4);
      assertContainsNoSecret("its files", PlantedSecret.filesOf(gateway.dataFolder()));
      for (String line : shown) {
        assertContainsNoSecret("output and responses", line);
      }
    }
  }

  private static List<String> flags(ScriptedProvider provider) {
    var flags = new ArrayList<>(ScriptedProvider.signInFlags(provider.issuer().toString()));
    flags.add("--upstream.credentials=client-credentials");
    flags.add("--upstream.token-url=" + provider.issuer() + "/token");
    flags.add("--upstream.client-id=gateway");
    flags.add("--upstream.client-secret=" + UPSTREAM_SECRET);
    return flags;
  }

  private static void requestUpstreamToken(TestGateway gateway, ScriptedProvider provider)
      throws Exception {
    provider.issues("unused");
    var http = gateway.http();
    assertThat(http.awaitEnd(http.begin("/call")).statusCode()).isEqualTo(200);
    assertThat(provider.codes()).hasSize(1);
  }

  private void acts(Browser browser) throws Exception {
    var csrf = browser.csrf();
    planted.add(PlantedSecret.of("the CSRF token", csrf));
    planted.add(PlantedSecret.of("the session's cookie", browser.cookie("backlane")));
    var body = AdminClient.subscriptionJson("made-with-" + csrf.length() + planted.size());
    var made = browser.send("POST", "/admin/v1/subscriptions", body, "X-CSRF-Token", csrf);
    assertThat(made.status()).as(made.text()).isEqualTo(201);
    planted.add(
        PlantedSecret.of("the webhook's secret", String.valueOf(made.json().get("secret"))));
    var test = "/admin/v1/subscriptions/" + made.json().get("id") + "/test";
    assertThat(browser.send("POST", test, "", "X-CSRF-Token", csrf).status()).isEqualTo(202);
    browser.submit("/ui/deliveries/none/redeliver", Map.of("csrf", csrf));
  }

  private Browser byProvider(TestGateway gateway, ScriptedProvider provider) throws Exception {
    var browser = Browser.at(gateway);
    var url = begun(browser);
    var idToken = provider.signed(provider.claims(first(NONCE, url)).build());
    planted.add(
        PlantedSecret.of("the ID token's signature", idToken.substring(idToken.length() - 80)));
    planted.add(PlantedSecret.of("the cookie of the sign-in", browser.cookie("backlane-sign-in")));
    provider.issues(idToken);
    assertThat(ended(browser, url).status()).isEqualTo(303);
    var asked = new String(provider.codes().getLast().body(), UTF_8);
    planted.add(PlantedSecret.of("the verifier", first(VERIFIER, asked)));
    return browser;
  }

  private static void refused(TestGateway gateway, ScriptedProvider provider, Browser signedIn)
      throws Exception {
    var browser = Browser.at(gateway);
    browser.submit("/ui/sign-in", Map.of("token", TOKEN, "more", "%"));
    browser.submit("/ui/sign-in", Map.of("token", TOKEN), "Sec-Fetch-Site", "cross-site");
    browser.submit("/ui/sign-in", Map.of("token", "wrong"));
    signedIn.send("POST", "/ui/sign-out", "csrf=" + signedIn.csrf() + "&csrf=twice");
    gateway.http().as(TOKEN).get("/admin/v1/nothing");
    for (String response : List.of("<html>", "{\"error\":\"invalid_grant\"}", "{}")) {
      var url = begun(browser);
      provider.respondsToCodesWith(response);
      assertThat(ended(browser, url).status()).isGreaterThan(400);
    }
    var url = begun(browser);
    provider.issues(provider.forged(provider.claims(first(NONCE, url)).build()));
    assertThat(ended(browser, url).status()).isEqualTo(403);
    var broken = begun(browser);
    provider.breaksConnection();
    assertThat(ended(browser, broken).status()).isEqualTo(502);
  }

  private static String begun(Browser browser) throws Exception {
    var response = browser.get("/ui/oidc");
    assertThat(response.status()).as(response.text()).isEqualTo(303);
    return response.header("Location");
  }

  private static Response ended(Browser browser, String url) throws Exception {
    return browser.get("/ui/oidc/callback?code=a-code&state=" + first(STATE, url));
  }

  private static String first(Pattern pattern, String text) {
    var found = pattern.matcher(text);
    assertThat(found.find()).as(text).isTrue();
    return found.group(1);
  }

  private void assertContainsNoSecret(String where, String text) {
    for (PlantedSecret secret : planted) {
      assertThat(secret.in(text)).as(where).isEmpty();
    }
  }
}
