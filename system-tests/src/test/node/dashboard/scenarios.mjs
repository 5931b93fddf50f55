// What an operator does with the dashboard. Run as `node scenarios.mjs NAME`; the exit code is 0 if all is as expected.
import assert from "node:assert/strict";
import { DESKTOP, PHONE, TOKEN, assertAccessible, assertFits, close, launch, open, signIn } from "./browser.mjs";

const PAGES = (process.env.PAGES ?? "/ui").split(" ");
const IN_EVERY_COMBINATION = 4;

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

  async isAccessible(browser) {
    for (const colorScheme of ["light", "dark"]) {
      const page = await open(browser, { colorScheme });
      await page.goto("/ui/sign-in");
      await assertAccessible(page, `sign-in, ${colorScheme}`);
      await signIn(page);
      for (const [at, path] of PAGES.entries()) {
        await page.goto(path);
        for (const size of [DESKTOP, PHONE]) {
          await page.setViewportSize(size);
          await assertFits(page, `${path} at ${size.width}`);
          // Every page in light on a desktop and in dark on a phone; the most important ones also the other way around.
          const usual = (colorScheme === "light") === (size === DESKTOP);
          if (usual || at < IN_EVERY_COMBINATION) await assertAccessible(page, `${path}, ${colorScheme}, ${size.width}`);
        }
      }
      await close(page);
    }
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
    await page.getByText("12 of 12").waitFor();
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
} finally {
  await browser.close();
}
