// What an operator does with the dashboard. Run as `node scenarios.mjs NAME`; the exit code is 0 if all is as expected.
import assert from "node:assert/strict";
import { DESKTOP, PHONE, TOKEN, URL_OF_GATEWAY, assertAccessible, assertFits, close, launch, open, signIn } from "./browser.mjs";

const PAGES = (process.env.PAGES ?? "/ui").split(" ");
const IN_EVERY_COMBINATION = 4;

/** The API behind the gateway. Its path /gate opens the calls that it holds: `?calls=N`, or all. */
const API_URL = process.env.API_URL;

/** The longest wait for the end of a job with hundreds of operations. */
const JOB_MILLIS = 30_000;

/** The longest part of a page that is printed after a failure. */
const SHOWN_CHARS = 2000;

/** The longest wait for the pages of a provider. */
const PROVIDER_MILLIS = 20_000;

const scenarios = {
  async signsInByToken(browser) {
    const page = await open(browser);
    await page.goto("/ui/subscriptions");
    assert.equal(new URL(page.url()).pathname, "/ui/sign-in");
    await page.getByLabel("Operator's token").fill("wrong-token-of-a-stranger");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").filter({ hasText: "not the operator's token" }).waitFor();
    assert.equal(await page.getByRole("navigation").count(), 0);

    await page.getByLabel("Operator's token").fill(TOKEN);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Subscriptions" }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL("**/ui/sign-in");
    await page.goto("/ui");
    await page.waitForURL("**/ui/sign-in");
    await close(page);
  },

  async worksByKeyboardAlone(browser) {
    const page = await open(browser);
    await page.goto("/ui");
    await page.keyboard.type(TOKEN);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();

    await page.keyboard.press("Tab");
    assert.equal(await focused(page), "Skip to the content");
    await tabTo(page, "Subscriptions");
    assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), "none");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Subscriptions" }).waitFor();
    await tabTo(page, "client");
    await page.keyboard.type("keyboard-robot");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.type("http://127.0.0.1:9/by-keyboard");
    await page.keyboard.press("Enter");
    await page.getByText("it is not shown again").waitFor();
    await tabTo(page, "Go to the subscription");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "keyboard-robot" }).waitFor();
    await tabTo(page, "Delete the subscription");
    await page.keyboard.press("Enter");
    await tabTo(page, "Delete it now");
    await page.keyboard.press("Enter");
    await page.getByText("The subscription is deleted.").waitFor();
    await close(page);
  },

  async isReadableWithoutScripts(browser) {
    const page = await open(browser, { javaScriptEnabled: false });
    await signIn(page);
    for (const path of PAGES) {
      const response = await page.goto(path);
      assert.equal(response.status(), 200, path);
      assert.notEqual(await page.locator("h1").innerText(), "", path);
      for (const time of await page.locator("time").allInnerTexts()) {
        assert.match(time, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/, path);
      }
    }
    await page.goto("/ui/deliveries");
    await page.getByRole("link", { name: "Failed", exact: true }).click();
    assert.match(page.url(), /state=failed/);
    await close(page);
  },

  async isAccessibleInLight(browser) {
    await checkAllPages(browser, "light", DESKTOP);
  },

  async isAccessibleInDark(browser) {
    await checkAllPages(browser, "dark", PHONE);
  },

  async showsTimesOfTheReader(browser) {
    const page = await open(browser);
    await signIn(page, "/ui/nodes");
    const time = page.locator("time").first();
    await page.waitForFunction(() => / ago$|now$/.test(document.querySelector("time").textContent));
    assert.match(await time.getAttribute("title"), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC · .+ here$/);
    await close(page);
  },

  async findsWhyACallFailedAndRetriesIt(browser) {
    const page = await open(browser);
    await page.goto("/ui");
    await page.getByLabel("Operator's token").fill(TOKEN);
    await click(page, "button", "Sign in");
    await click(page, "link", "Failed and unknown");
    await click(page, "link", "POST /payments/1/send");
    await page.getByText("outcome-unknown").first().waitFor();
    await page.getByText("Outcome unknown").first().waitFor();
    assert.equal(page.clicks, 3);

    await click(page, "button", "Retry");
    await page.getByText("may have an effect each time").waitFor();
    await click(page, "button", "Retry it anyway");
    await page.getByText("This is the retry").waitFor();
    assert.equal(page.clicks, 5);
    await page.locator("h1 ~ .state-finished").waitFor();
    await page.getByText("64 6f 6e 65").waitFor();
    assert.match(page.url(), /notice=retried/);
    await page.getByText("Retry of").waitFor();
    await close(page);
  },

  async showsWhereTheTimeGoes(browser) {
    const page = await open(browser);
    await signIn(page);
    for (const step of ["Queue wait", "Attempt", "End to end"]) {
      const cells = await page.getByRole("row").filter({ hasText: step }).first().getByRole("cell").allInnerTexts();
      const [p50, p95, p99, count] = cells.slice(1);
      for (const percentile of [p50, p95, p99]) assert.match(percentile, /^[\d.]+ (ms|s|min)/, step);
      assert.ok(Number(count.replace(",", "")) > 0, `${step}: ${count}`);
    }
    await page.locator("[data-region=upstreams]").getByRole("row").filter({ hasText: new URL(API_URL).host }).waitFor();
    await page.locator("[data-region=routes]").getByRole("row").filter({ hasText: "no declared route" }).waitFor();
    const tenant = page.locator("[data-region=tenants]").getByRole("row").filter({ hasText: process.env.TENANT });
    await tenant.locator("a.bad").click();
    await page.waitForURL(`**/ui/failed?tenant=${process.env.TENANT}`);
    await page.getByRole("link", { name: "POST /payments/2/send" }).waitFor();
    await close(page);
  },

  async filtersInTheAddressOfThePage(browser) {
    const page = await open(browser);
    await signIn(page, "/ui/operations");
    await page.locator("#counts nav a").first().waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("no-such-error");
    await page.getByText("No operation matches").waitFor();
    assert.match(page.url(), /\?error=no-such-error$/);
    await page.goBack();
    await page.getByRole("link", { name: "POST /payments/2/send" }).waitFor();
    assert.match(page.url(), /\/ui\/operations$/);
    await page.getByLabel("State", { exact: true }).selectOption("failed");
    await page.waitForURL("**/ui/operations?phase=failed");
    await page.getByRole("link", { name: "POST /payments/2/send" }).waitFor();
    assert.equal(await page.getByRole("link", { name: "POST /reports" }).count(), 0);
    await page.goto("/ui/operations?phase=finished&statusCode=400");
    await page.getByRole("link", { name: "POST /journal" }).click();
    await page.getByText("Period 13 does not exist").waitFor();
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download" }).first().click();
    assert.match((await download).suggestedFilename(), /-response$/);
    await close(page);
  },

  async retriesAllThatMatch(browser) {
    const page = await open(browser);
    await signIn(page, "/ui/failed?route=&reference=bulk");
    await page.getByText("Act on everything that matches").click();
    await page.getByRole("button", { name: "Count them" }).click();
    await page.getByRole("heading", { name: "retry 12 operations?" }).waitFor();
    await page.getByRole("checkbox").check();
    await page.getByRole("button", { name: "Begin" }).click();
    await page.locator("h1 ~ .state-finished").waitFor();
    await page.getByText("12 of 12 visited").waitFor();
    await page.getByText("12 of 12 found").waitFor();
    await close(page);
  },

  async stopsAJobAndBeginsAgain(browser) {
    const page = await open(browser);
    const counts = await open(browser);
    await signIn(page, "/ui/failed?reference=hundreds");
    await signIn(counts, "/ui");
    const finished = async () => {
      await counts.goto("/ui/operations/counts?reference=hundreds");
      return Number(await counts.locator("#counts-of-phases a", { hasText: /^finished/ }).locator(".count").innerText());
    };
    await page.getByText("Act on everything that matches").click();
    await page.getByRole("button", { name: "Count them" }).click();
    await page.getByRole("heading", { name: "retry 500 operations?" }).waitFor();
    assert.equal(await finished(), 0, "counting changes nothing");

    // The API holds the retries, so that the queue of the tenant becomes full and the job waits.
    await page.getByRole("checkbox").check();
    await page.getByRole("button", { name: "Begin" }).click();
    await page.getByRole("button", { name: "Stop" }).waitFor();
    const before = await visited(page);
    assert.ok(before > 0 && before < 400, `${before} visited`);
    await fetch(`${API_URL}/gate?calls=20`);
    await page.waitForFunction((least) => document.querySelector("progress").value >= least, before + 20);
    await page.getByText(/\d of 500 visited/).waitFor();

    await page.getByRole("button", { name: "Stop" }).click();
    await page.locator("h1 ~ .state-stopped").waitFor();
    await page.getByText("What it had not visited is as it was").waitFor();
    const retried = await visited(page);
    assert.ok(retried >= before + 20 && retried < 450, `${retried} retried`);
    await page.getByText(`${retried} of ${retried} found`).waitFor();
    await fetch(`${API_URL}/gate`);
    await until(async () => (await finished()) === retried, `${retried} finish`);

    await page.getByRole("button", { name: "Count again" }).click();
    await page.getByRole("heading", { name: "retry 500 operations?" }).waitFor();
    await page.getByRole("checkbox").check();
    await page.getByRole("button", { name: "Begin" }).click();
    await page.locator("h1 ~ .state-finished").waitFor({ timeout: JOB_MILLIS });
    await page.getByText("500 of 500 visited").waitFor();
    await page.getByText(`${500 - retried} of 500 found`).waitFor();
    await page.getByText(`Skipped: ${retried}`).waitFor();
    await page.getByText("was retried already").waitFor();
    await until(async () => (await finished()) === 500, "all finish");

    await page.goto("/ui/audit");
    await page.getByRole("row").filter({ hasText: "job.stop" }).filter({ hasText: "admin.token" }).waitFor();
    assert.equal(await page.getByRole("row").filter({ hasText: "operations.retry-matching" }).filter({ hasText: "reference=hundreds" }).count(), 2);
    await close(counts);
    await close(page);
  },

  async subscribesAndSendsATestEvent(browser) {
    const page = await open(browser);
    await signIn(page, "/ui/subscriptions");
    const secret = await subscribe(page, "web-shop", `${API_URL}/hooks/accepting`);
    await page.getByRole("button", { name: "Send a test event" }).click();
    await page.getByRole("row").filter({ hasText: "test" }).filter({ hasText: "200" }).filter({ hasText: "thank you" }).waitFor();
    await page.getByRole("link", { name: "Deliveries", exact: true }).click();
    const delivered = page.getByRole("row").filter({ hasText: "test" }).filter({ hasText: `${API_URL}/hooks/accepting` });
    await delivered.filter({ hasText: "delivered" }).filter({ hasText: "thank you" }).waitFor();
    await delivered.getByRole("link").click();
    await page.getByText("BACKLANE_TEST").first().waitFor();
    await page.getByRole("cell", { name: "thank you" }).waitFor();

    await page.getByRole("link", { name: "Subscriptions", exact: true }).click();
    await page.getByRole("link", { name: "web-shop" }).click();
    await page.getByText("Rotate the secret", { exact: true }).click();
    await page.getByRole("button", { name: "Rotate the secret now" }).click();
    await page.getByRole("heading", { name: "The secret was rotated" }).waitFor();
    const rotated = await page.locator("#secret").innerText();
    assert.notEqual(rotated, secret);
    await page.getByRole("link", { name: "Go to the subscription" }).click();
    await page.getByText("also signs until").waitFor();
    const subscription = new URL(page.url()).pathname;
    for (const path of [subscription, "/ui/subscriptions", "/ui/deliveries", "/ui/audit", "/ui/configuration"]) {
      await page.goto(path);
      const content = await page.content();
      assert.ok(!content.includes(secret) && !content.includes(rotated), `${path} has no secret`);
    }

    await page.goto(subscription);
    await page.getByRole("button", { name: "Disable" }).click();
    await page.locator("dd .state-failed", { hasText: "disabled" }).waitFor();
    await page.getByRole("button", { name: "Enable" }).click();
    await page.locator("dd .state-finished", { hasText: "enabled" }).waitFor();
    await page.getByRole("button", { name: "Disable" }).waitFor();
    await close(page);
  },

  async showsWhyAReceiverFails(browser) {
    const page = await open(browser);
    await signIn(page, "/ui/subscriptions");
    await subscribe(page, "broken-shop", `${API_URL}/hooks/failing`);
    await page.getByRole("button", { name: "Send a test event" }).click();
    await page.getByRole("row").filter({ hasText: "failed" }).filter({ hasText: "503" }).filter({ hasText: "closed for maintenance" }).waitFor();
    await page.locator("dd .state", { hasText: "failing" }).waitFor();
    const subscription = page.url();
    await page.goto("/ui/deliveries?state=failed");
    await page.getByRole("row").filter({ hasText: `${API_URL}/hooks/failing` }).filter({ hasText: "closed for maintenance" }).getByRole("link").click();
    await page.getByRole("cell", { name: "closed for maintenance" }).first().waitFor();
    assert.equal(await page.getByRole("row").filter({ hasText: "503" }).count(), 2);

    // The receiver is repaired; the same delivery succeeds.
    await fetch(`${API_URL}/hooks/repair`);
    await page.getByRole("button", { name: "Deliver again" }).click();
    await page.locator("dd .state-delivered").waitFor();
    await page.goto(subscription);
    await page.locator("dd .state-finished", { hasText: "enabled" }).waitFor();
    await close(page);
  },

  async signsInAtTheProvider(browser) {
    const page = await open(browser);
    await page.goto("/ui/subscriptions");
    await atProvider(page, "ola");
    await page.getByRole("heading", { level: 1, name: "Subscriptions" }).waitFor();
    assert.equal(await page.locator(".who span").innerText(), "ola@example.com");
    await page.getByRole("button", { name: "Create" }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL("**/ui/sign-in");
    await page.goto("/ui/nodes");
    await page.waitForURL("**/ui/sign-in?**");
    await close(page);
  },

  async refusesUsersOfTheProvider(browser) {
    for (const [user, name] of [["kari", "kari@example.com"], ["per", "per@example.com"]]) {
      const page = await open(browser);
      await page.goto("/ui");
      await atProvider(page, user);
      const alert = page.getByRole("alert").filter({ hasText: "You are not an operator of this gateway." });
      await alert.filter({ hasText: name }).filter({ hasText: "claim 'duty'" }).waitFor();
      assert.equal(await page.getByRole("navigation").count(), 0);
      await assertAccessible(page, "refused");
      await page.goto("/ui/operations");
      await page.waitForURL("**/ui/sign-in?**");
      await page.goto("/ui/oidc");
      await page.getByRole("link", { name: "Sign in there as another user" }).click();
      // Keycloak asks for the password of the user whom it knows, and offers to begin as another one.
      await page.locator("#reset-login").click();
      await signInAs(page, "ola");
      await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
      await close(page);
    }
  },

  async letsAReaderChangeNothing(browser) {
    const page = await open(browser);
    await page.goto("/ui/subscriptions");
    await atProvider(page, "lise");
    await page.getByRole("heading", { level: 1, name: "Subscriptions" }).waitFor();
    assert.equal(await page.locator(".who span").innerText(), "lise@example.com");
    for (const path of PAGES) {
      await page.goto(path);
      assert.deepEqual(await page.getByRole("button").allInnerTexts().then((all) => all.filter((text) => !["Sign out", "Filter"].includes(text))), [], path);
      assert.equal(await page.locator("main form[method=post]:visible").count(), 0, path);
    }
    const csrf = await page.locator(".who input[name=csrf]").getAttribute("value");
    for (const [path, fields] of [
      ["/ui/subscriptions/create", { client: "made-by-a-reader", url: "http://127.0.0.1:9/hook" }],
      ["/ui/pauses/pause", { scope: "upstream", reason: "a reader" }],
      ["/ui/jobs/begin", { action: "cancel", phase: "queued" }],
    ]) {
      const refused = await page.request.post(path, { form: { csrf, ...fields }, headers: { Accept: "text/html" }, maxRedirects: 0 });
      assert.equal(refused.status(), 403, path);
      assert.match(await refused.text(), /lise@example\.com may read and change nothing/, path);
    }
    await page.goto("/ui/subscriptions");
    assert.equal(await page.getByText("made-by-a-reader").count(), 0);
    await page.goto("/ui/pauses");
    await page.getByText("Nothing is paused").waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL("**/ui/sign-in");
    await close(page);
  },

  async pausesAndResumes(browser) {
    const page = await open(browser);
    await signIn(page, "/ui/pauses");
    await page.getByLabel("A tenant").first().check();
    await page.getByLabel("Name of the tenant").fill(process.env.TENANT);
    await page.getByLabel("Reason").fill("the API is repaired");
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByText("Calls are accepted and wait").waitFor();
    const accepted = await fetch(`${process.env.GATEWAY_URL}/paused`, {
      method: "POST", headers: { Authorization: `Bearer ${process.env.CALLER_TOKEN}`, "erp-api-background": "none" },
    });
    assert.equal(accepted.status, 202);
    const { id } = await accepted.json();
    await page.goto(`/ui/operations/${id}`);
    await page.getByText("the API is repaired").waitFor();
    const other = await open(browser);
    await signIn(other, "/ui/pauses");
    await other.getByRole("button", { name: /^Resume tenant/ }).click();
    await other.getByText("Operations continue.").waitFor();
    await page.locator("h1 ~ .state-finished").waitFor();
    await close(other);
    await close(page);
  },

  async refreshesWhatIsShown(browser) {
    const page = await open(browser);
    await signIn(page, "/ui/subscriptions");
    const field = page.getByLabel("Client", { exact: true });
    await field.fill("half-typed");
    const other = await open(browser);
    await signIn(other, "/ui/subscriptions");
    await other.getByLabel("Client", { exact: true }).fill("appears-by-itself");
    await other.getByLabel("URL").fill("http://127.0.0.1:9/hook");
    await other.getByRole("button", { name: "Create" }).click();
    await other.getByText("it is not shown again").waitFor();

    await page.getByRole("link", { name: "appears-by-itself" }).waitFor();
    assert.equal(await field.inputValue(), "half-typed");
    assert.equal(await focused(page), "client");
    await close(other);
    await close(page);
  },
};

/** Checks every page for accessibility in a usual size, the most important ones in another one too; and that all fit both. */
async function checkAllPages(browser, colorScheme, usual) {
  const page = await open(browser, { colorScheme });
  await page.goto("/ui/sign-in");
  await assertAccessible(page, `sign-in, ${colorScheme}`);
  await signIn(page);
  for (const [at, path] of PAGES.entries()) {
    await page.goto(path);
    for (const size of [DESKTOP, PHONE]) {
      await page.setViewportSize(size);
      await assertFits(page, `${path} at ${size.width}`);
      if (size === usual || at < IN_EVERY_COMBINATION) await assertAccessible(page, `${path}, ${colorScheme}, ${size.width}`);
    }
  }
  await close(page);
}

/** Signs in at a provider, in its own form. */
async function atProvider(page, user) {
  await page.getByRole("link", { name: "Sign in at your provider" }).click();
  await signInAs(page, user);
}

async function signInAs(page, user) {
  await page.locator("#username").waitFor({ timeout: PROVIDER_MILLIS });
  assert.notEqual(new URL(page.url()).origin, new URL(URL_OF_GATEWAY).origin);
  await page.locator("#username").fill(user);
  await page.locator("#password").fill(process.env.PROVIDER_PASSWORD);
  await page.locator("#kc-login").click();
  await page.waitForURL((url) => url.origin === new URL(URL_OF_GATEWAY).origin, { timeout: PROVIDER_MILLIS });
}

/** Creates a subscription and opens its page. Returns the secret, which is shown once. */
async function subscribe(page, client, url) {
  await page.getByLabel("Client", { exact: true }).fill(client);
  await page.getByLabel("URL").fill(url);
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByText("it is not shown again").waitFor();
  const secret = await page.locator("#secret").innerText();
  assert.match(secret, /^whsec_/);
  await page.getByRole("link", { name: "Go to the subscription" }).click();
  await page.getByRole("heading", { level: 1, name: client }).waitFor();
  return secret;
}

/** How many operations the job of this page has visited. */
async function visited(page) {
  return page.locator("progress").evaluate((bar) => bar.value);
}

/** Waits until something is so; each try loads a page. */
async function until(condition, what) {
  const end = Date.now() + JOB_MILLIS;
  while (!(await condition())) assert.ok(Date.now() < end, what);
}

/** A click of an operator, counted. */
async function click(page, role, name) {
  page.clicks = (page.clicks ?? 0) + 1;
  await page.getByRole(role, { name }).first().click();
}

async function focused(page) {
  return page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim());
}

/** Presses Tab until the element of this id or text has the focus. */
async function tabTo(page, name) {
  for (let presses = 0; presses < 60; presses++) {
    if ((await focused(page)) === name) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`Tab does not reach ${name}`);
}

const scenario = scenarios[process.argv[2]];
if (!scenario) throw new Error(`no scenario ${process.argv[2]}; there are ${Object.keys(scenarios)}`);
const browser = await launch();
try {
  await scenario(browser);
} catch (failure) {
  for (const page of browser.contexts().flatMap((context) => context.pages())) {
    const shown = await page.locator("body").innerText().catch(String);
    console.error(`${page.url()} shows: ${shown.slice(0, SHOWN_CHARS)}`);
  }
  throw failure;
} finally {
  await browser.close();
}
