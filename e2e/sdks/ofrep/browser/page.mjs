// The page in which npm's `@openfeature/ofrep-web-provider` runs: a real, headless Chromium shows it, and it
// comes from another port than Burgee, so every request is a cross-origin one.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import { chromium } from "playwright-core";

const provider = "@openfeature/ofrep-web-provider";

/** Milliseconds a page may take to load the SDK, or to have its flags. */
const PATIENCE_MS = 60_000;

/** A module of a package, as `from` would find the package. */
function module(from, wanted, file) {
  const manifest = createRequire(from).resolve(`${wanted}/package.json`);
  return [manifest, readFileSync(join(dirname(manifest), file))];
}

/** Serves the page and the SDK's own modules, nothing else. */
function servePage() {
  const [manifest, providerModule] = module(import.meta.url, provider, "index.esm.js");
  const [, coreModule] = module(manifest, "@openfeature/ofrep-core", "index.esm.js");
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

/** A browser and the page's address. Both end with `close`. */
export async function openBrowser(executablePath) {
  const server = await servePage();
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
  });
  const close = async () => {
    await browser.close();
    server.close();
  };
  return { browser, pageUrl: `http://127.0.0.1:${server.address().port}/`, close };
}

/** The package that is tried, and its version. */
export function triedPackage() {
  const [, manifest] = module(import.meta.url, provider, "package.json");
  return { sdk: `${provider} (npm, Chromium)`, version: JSON.parse(manifest).version };
}

/** Opens the page and starts the provider with the context. Errors of the start are for the test. */
export async function openPage({ browser, pageUrl }, { url, token, context }) {
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
