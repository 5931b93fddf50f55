// Takes pictures of the dashboard of a gateway with sample data: node screenshots.mjs FOLDER. Run by scripts/screenshots.
import { createServer } from "node:http";
import { spawn } from "node:child_process";
import { createSign, generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DESKTOP, PHONE, close, launch, open, signIn } from "./browser.mjs";

const FOLDER = process.argv[2];
const TENANTS = ["nordlys", "fjordbygg", "havfruen"];
const START_MILLIS = 60_000;

/** An API with every kind of outcome, by its path. */
function api() {
  const invoice = (n) => ({ id: n, customer: { number: 10017, name: "Nordlys Handel AS" }, currency: "NOK", amount: 12400.5, released: true });
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      const send = (status, body, wait) =>
        setTimeout(() => {
          response.writeHead(status, { "Content-Type": "application/json", "X-Request-Id": randomBytes(6).toString("hex") });
          response.end(JSON.stringify(body));
        }, wait);
      const { pathname } = new URL(request.url, "http://api");
      if (pathname.startsWith("/hooks/")) return send(pathname.endsWith("broken") ? 503 : 204, { error: "maintenance until 04:00" }, 20);
      if (pathname.includes("/payment/")) return request.socket.destroy();
      if (pathname.includes("/journal/")) return send(400, { type: "validation", message: "Period 2026-13 does not exist.", field: "period" }, 60);
      if (pathname.includes("/report/")) return setTimeout(() => response.end("{}"), 600_000);
      return send(200, invoice(pathname.split("/").at(-2)), 150 + Math.random() * 400);
    });
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

/** Signs access tokens; the gateway reads the public key from a file. */
function issuer(folder) {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  writeFileSync(join(folder, "jwks.json"), JSON.stringify({ keys: [{ ...publicKey.export({ format: "jwk" }), kid: "1", use: "sig", alg: "RS256" }] }));
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return (tenant, client) => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: "https://login.example.com", aud: "erp", sub: client, client_id: client, tenant_id: tenant, iat: now, exp: now + 3600 };
    const signed = `${part({ alg: "RS256", kid: "1", typ: "at+jwt" })}.${part(claims)}`;
    return `${signed}.${createSign("RSA-SHA256").update(signed).sign(privateKey, "base64url")}`;
  };
}

async function serve(folder, upstream) {
  const config = join(folder, "backlane.yaml");
  writeFileSync(
    config,
    `server: { port: 0 }
upstream: { url: "${upstream}" }
auth: { mode: jwt, issuer: "https://login.example.com", jwks-file: "${join(folder, "jwks.json")}", audience: erp }
store: { kind: rocksdb, path: "${join(folder, "data")}" }
admin: { token: ${process.env.ADMIN_TOKEN} }
webhooks: { allow-cidrs: [127.0.0.0/8] }
routes:
  - { path: "/v1/invoice/**", repeatable: true }
  - { path: "/v1/payment/**" }
  - { path: "/v1/report/**", concurrency: 2 }
`,
  );
  const process_ = spawn("./backlane", ["serve", "--config", config, "--json"], { stdio: ["ignore", "pipe", "inherit"] });
  const line = await new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      process_.kill("SIGKILL");
      reject(new Error("the gateway did not start"));
    }, START_MILLIS);
    process_.stdout.once("data", (data) => (clearTimeout(late), resolve(String(data))));
    process_.once("exit", (code) => reject(new Error(`the gateway ended with ${code}`)));
  });
  return { process: process_, url: JSON.parse(line).url };
}

async function fill(url, token) {
  const calls = [
    ["POST", (n) => `/v1/invoice/${1000 + n}/release`, 34],
    ["PUT", (n) => `/v1/customer/${10000 + n}/contact`, 18],
    ["POST", (n) => `/v1/journal/${n}/post`, 7],
    ["POST", (n) => `/v1/payment/${500 + n}/send`, 5],
    ["POST", (n) => `/v1/report/balance?year=${2020 + n}`, 6],
  ];
  const all = calls.flatMap(([method, path, count]) => Array.from({ length: count }, (_, n) => [method, path(n)]));
  for (const [at, [method, path]] of all.sort(() => Math.random() - 0.5).entries()) {
    const tenant = TENANTS[at % TENANTS.length];
    const accepted = await fetch(url + path, {
      method,
      body: JSON.stringify({ number: at, lines: [{ item: "A-17", quantity: 3 }] }),
      headers: {
        Authorization: `Bearer ${token(tenant, at % 2 ? "invoice-robot" : "webshop")}`,
        "Content-Type": "application/json",
        "erp-api-background": at % 4 ? "none" : "subscription",
        "Backlane-Reference": `batch-${100 + (at % 5)}`,
        traceparent: `00-${randomBytes(16).toString("hex")}-${randomBytes(8).toString("hex")}-01`,
      },
    });
    if (accepted.status !== 202) throw new Error(`${method} ${path}: ${accepted.status} ${await accepted.text()}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

async function subscribe(url, upstream) {
  for (const [client, hook] of [["webshop", "/hooks/webshop"], ["invoice-robot", "/hooks/broken"]]) {
    const made = await fetch(`${url}/admin/v1/subscriptions`, {
      method: "POST",
      body: JSON.stringify({ client, url: upstream + hook }),
      headers: { Authorization: `Bearer ${process.env.ADMIN_TOKEN}`, "Content-Type": "application/json" },
    });
    if (made.status !== 201) throw new Error(await made.text());
  }
}

async function take(url) {
  const browser = await launch();
  for (const colorScheme of ["light", "dark"]) {
    const page = await open(browser, { baseURL: url, colorScheme, viewport: DESKTOP, deviceScaleFactor: 1.5 });
    await page.goto("/ui/sign-in");
    await page.screenshot({ path: join(FOLDER, `sign-in-${colorScheme}.png`) });
    await signIn(page);
    const paths = await page.locator("nav[aria-label=Pages] a").evaluateAll((links) => links.map((link) => link.getAttribute("href")));
    const shots = paths.map((path) => [path, path.split("/").at(-1)]);
    for (const [list, name] of [["/ui/failed", "operation"], ["/ui/operations?phase=finished&statusCode=400", "operation-400"], ["/ui/deliveries", "delivery"], ["/ui/subscriptions", "subscription"]]) {
      await page.goto(list);
      const link = page.locator("section table tbody a").first();
      if (await link.count()) shots.push([await link.getAttribute("href"), name]);
    }
    for (const [path, name] of shots) {
      for (const [size, viewport] of [["", DESKTOP], ["-phone", PHONE]]) {
        await page.setViewportSize(viewport);
        await page.goto(path);
        await page.waitForTimeout(400);
        await page.screenshot({ path: join(FOLDER, `${name}${size}-${colorScheme}.png`), fullPage: size !== "" || path === "/ui" });
      }
    }
    await close(page);
  }
  await browser.close();
}

mkdirSync(FOLDER, { recursive: true });
const folder = mkdtempSync(join(tmpdir(), "backlane-screenshots-"));
const server = await api();
const upstream = `http://127.0.0.1:${server.address().port}`;
const token = issuer(folder);
const gateway = await serve(folder, upstream);
try {
  await subscribe(gateway.url, upstream);
  await fill(gateway.url, token);
  await take(gateway.url);
  console.log(`screenshots: in ${FOLDER}`);
} finally {
  gateway.process.removeAllListeners("exit");
  gateway.process.kill("SIGKILL");
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
