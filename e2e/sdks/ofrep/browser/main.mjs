// Asks Burgee through npm's `@openfeature/ofrep-web-provider` in a real, headless Chromium.
//
// Usage: node main.mjs URL TOKEN CALLS.json CHROMIUM. Prints one JSON object: what the SDK gave the page,
// and what came of a subject whose attributes change while the targeting key stays (`story`). The page
// comes from another port than Burgee, so every request is a cross-origin one with a preflight.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import { chromium } from "playwright-core";

const [url, token, path, executablePath] = process.argv.slice(2);
const { calls } = JSON.parse(readFileSync(path, "utf8"));
const name = "@openfeature/ofrep-web-provider";

/** Milliseconds a page may take to load the SDK, or to have its flags. */
const PATIENCE_MS = 15_000;

/** A module of a package, as `from` would find the package. */
function module(from, wanted, file) {
  const manifest = createRequire(from).resolve(`${wanted}/package.json`);
  return [manifest, readFileSync(join(dirname(manifest), file))];
}

/** Serves the page and the SDK's own modules, nothing else. */
function servePage() {
  const [provider, providerModule] = module(import.meta.url, name, "index.esm.js");
  const [, coreModule] = module(provider, "@openfeature/ofrep-core", "index.esm.js");
  const sdk = (part) => readFileSync(new URL(`dist/esm/index.js`, packageOf(part)));
  const script = "text/javascript";
  const files = new Map([
    ["/", ["text/html", readFileSync(new URL("page.html", import.meta.url))]],
    ["/ofrep-web-provider.js", [script, providerModule]],
    ["/ofrep-core.js", [script, coreModule]],
    ["/web-sdk.js", [script, sdk("@openfeature/web-sdk")]],
    ["/core.js", [script, sdk("@openfeature/core")]],
  ]);
  const server = createServer((request, response) => {
    const [type, body] = files.get(new URL(request.url, "http://page").pathname) ?? [];
    response.writeHead(body ? 200 : 404, { "content-type": type ?? "text/plain" });
    response.end(body ?? "");
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

/** The folder of a package that says nothing of its manifest, found by its entry. */
function packageOf(wanted) {
  const entry = createRequire(import.meta.url).resolve(wanted);
  return new URL(`file://${entry.slice(0, entry.lastIndexOf("/dist/") + 1)}`);
}

/** Opens the page and starts the provider with the context. Errors of the start are for the test. */
async function openPage(browser, pageUrl, context) {
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(pageUrl);
  await page.waitForFunction(() => window.ready === true);
  await page.evaluate(startSdk, { url, token, context });
  return page;
}

/** Runs in the page. */
async function startSdk({ url, token, context }) {
  const { OpenFeature, OFREPWebProvider } = window;
  const quiet = () => {};
  OpenFeature.setLogger({ error: quiet, warn: quiet, info: quiet, debug: quiet });
  const provider = new OFREPWebProvider({
    baseUrl: url,
    cacheMode: "disabled",
    headers: [["Authorization", `Bearer ${token}`]],
  });
  window.failure = null;
  await OpenFeature.setProviderAndWait(provider, context).catch((error) => {
    window.failure = error.code ?? String(error);
  });
}

/** Runs in the page. What the SDK says to one call. */
function ask(call) {
  const asking = {
    boolean: "getBooleanDetails",
    string: "getStringDetails",
    number: "getNumberDetails",
    object: "getObjectDetails",
  };
  const client = window.OpenFeature.getClient();
  const details = client[asking[call.type]](call.key, call.default);
  return {
    value: details.value,
    variant: details.variant ?? null,
    reason: details.reason ?? null,
    error: window.failure ?? details.errorCode ?? null,
    metadata: details.flagMetadata ?? {},
  };
}

/** Runs in the page. Tells the SDK of another context and says what one flag is then. */
async function change({ context, key }) {
  await window.OpenFeature.setContext(context);
  return window.OpenFeature.getClient().getBooleanValue(key, false);
}

/** One subject whose attributes change: what the flag is, and the status of each bulk request. */
async function changingAttributes(browser, pageUrl) {
  const key = "for-pro-plan";
  const person = { targetingKey: "visitor-3", plan: "free" };
  const page = await openPage(browser, pageUrl, person);
  const statuses = [];
  page.on("response", (response) => {
    if (response.request().method() === "POST") {
      statuses.push(response.status());
    }
  });
  const values = [];
  for (const context of [
    { ...person, plan: "pro" },
    { ...person, plan: "pro", shoe_size: 43 },
    { ...person, plan: "free" },
    { ...person, plan: "free" },
  ]) {
    values.push(await page.evaluate(change, { context, key }));
  }
  await page.close();
  return { values, statuses };
}

const server = await servePage();
const pageUrl = `http://127.0.0.1:${server.address().port}/`;
const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
});
try {
  const answers = {};
  for (const call of calls) {
    const page = await openPage(browser, pageUrl, call.context);
    answers[call.name] = await page.evaluate(ask, call);
    await page.close();
  }
  const story = await changingAttributes(browser, pageUrl);
  const [manifest] = module(import.meta.url, name, "package.json");
  const { version } = JSON.parse(readFileSync(manifest, "utf8"));
  console.log(JSON.stringify({ sdk: `${name} (npm, Chromium)`, version, answers, story }));
} finally {
  await browser.close();
  server.close();
}
