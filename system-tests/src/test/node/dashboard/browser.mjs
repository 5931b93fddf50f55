// A browser at the dashboard of a running gateway. Debian's Chromium, driven by Playwright.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import assert from "node:assert/strict";

const require = createRequire(process.env.NODE_FOLDER);
const { chromium } = require("playwright-core");
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const URL_OF_GATEWAY = process.env.GATEWAY_URL;
export const TOKEN = process.env.ADMIN_TOKEN;

/** The longest wait for anything that a page shows. */
const WAIT_MILLIS = 15_000;

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

const PROGRAM = {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"],
};

/** The browser that is served at BROWSER, else a new one. */
export async function launch() {
  return process.env.BROWSER ? chromium.connect(process.env.BROWSER) : chromium.launch(PROGRAM);
}

/** Serves a browser to scenarios in other processes. */
export async function serve() {
  return chromium.launchServer(PROGRAM);
}

/** A window of its own. Fails later, in {@link close}, if a page logged an error or violated its own policy. */
export async function open(browser, options = {}) {
  const context = await browser.newContext({
    baseURL: URL_OF_GATEWAY, viewport: DESKTOP, locale: "en-GB", timezoneId: "Europe/Oslo", ...options,
  });
  context.setDefaultTimeout(WAIT_MILLIS);
  const page = await context.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    // A page with an error status is intended in some tests, and the browser logs it.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) faults.push(message.text());
  });
  page.faults = faults;
  return page;
}

export async function close(page) {
  assert.deepEqual(page.faults, [], "errors in the console");
  await page.context().close();
}

export async function signIn(page, path = "/ui") {
  await page.goto(path);
  await page.getByLabel("Operator's token").fill(TOKEN);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((url) => !url.pathname.endsWith("/sign-in"));
}

/** Fails if the checker finds a fault of impact serious or critical in the page. */
export async function assertAccessible(page, name) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] }));
  const serious = found.violations
    .filter((each) => ["serious", "critical"].includes(each.impact))
    .map((each) => `${each.id}: ${each.nodes.map((node) => `${node.target} ${node.failureSummary}`).join("; ")}`);
  assert.deepEqual(serious, [], name);
}

/** Fails if the page is wider than its window. */
export async function assertFits(page, name) {
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= page.viewportSize().width, `${name} is ${width} px wide`);
}
