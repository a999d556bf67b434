// Asks Burgee through npm's `posthog-js` in a real, headless Chromium, unchanged apart from its host.
//
// Usage: node main.mjs URL TOKEN CALLS.json CHROMIUM. Prints one JSON object: what the SDK gave the page.
// The page comes from another port than Burgee, so every request is a cross-origin one.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { chromium } from "playwright-core";

const [url, token, path, executablePath] = process.argv.slice(2);
const scenario = JSON.parse(readFileSync(path, "utf8"));
const library = dirname(createRequire(import.meta.url).resolve("posthog-js/package.json"));
const version = JSON.parse(readFileSync(join(library, "package.json"), "utf8")).version;

/** Milliseconds a page may take to load the SDK, or to have its flags. */
const PATIENCE_MS = 60_000;

/** Milliseconds without a request for flags after which the SDK has all that it asked for. */
const QUIET_MS = 500;

/** Serves the page and the SDK's own module, nothing else. */
function servePage() {
  const files = new Map([
    ["/", ["text/html", readFileSync(new URL("page.html", import.meta.url))]],
    ["/posthog-js/module.js", ["text/javascript", readFileSync(join(library, "dist", "module.js"))]],
  ]);
  const server = createServer((request, response) => {
    const [type, body] = files.get(new URL(request.url, "http://page").pathname) ?? [];
    response.writeHead(body ? 200 : 404, { "content-type": type ?? "text/plain" });
    response.end(body ?? "");
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

/** Opens the page, starts posthog-js and waits until it has its flags. */
async function openPage(context, pageUrl, options) {
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.on("pageerror", (error) => problems.push(`page: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") {
      problems.push(`console: ${message.text()} ${message.location().url}`);
    }
  });
  await page.goto(pageUrl);
  await page.waitForFunction(() => window.ready === true);
  await page.evaluate(startSdk, { url, token, options });
  return page;
}

/** Runs in the page. Resolves when the first flags have come. */
function startSdk({ url, token, options }) {
  return new Promise((resolve) => {
    window.posthog.init(token, {
      api_host: url,
      autocapture: false,
      capture_pageview: false,
      disable_session_recording: true,
      disable_surveys: true,
      ...options,
    });
    window.posthog.onFeatureFlags(() => resolve());
  });
}

/**
 * Does in the page what makes the SDK ask for flags, and waits until it has them. The SDK may ask more than once,
 * and flags that were under way may still arrive first, so it is over when nothing has been asked for a while.
 */
async function flagsAfter(page, act, argument) {
  const underWay = new Set();
  let answered;
  const listeners = {
    request: (request) => {
      if (new URL(request.url()).pathname.startsWith("/flags")) {
        underWay.add(request);
      }
    },
    requestfinished: (request) => {
      if (underWay.delete(request)) {
        answered = Date.now();
      }
    },
  };
  listeners.requestfailed = listeners.requestfinished;
  Object.entries(listeners).forEach(([event, listener]) => page.on(event, listener));
  await page.evaluate(act, argument);
  const deadline = Date.now() + PATIENCE_MS;
  while (answered === undefined || underWay.size > 0 || Date.now() < answered + QUIET_MS) {
    if (Date.now() > deadline) {
      throw new Error(`no flags after ${PATIENCE_MS} ms`);
    }
    await sleep(20);
  }
  Object.entries(listeners).forEach(([event, listener]) => page.off(event, listener));
}

/** Runs in the page. Hands the call's context to the SDK. */
function useContext(call) {
  const posthog = window.posthog;
  posthog.setPersonPropertiesForFlags(call.person_properties ?? {}, false);
  for (const [type, key] of Object.entries(call.groups ?? {})) {
    posthog.group(type, key);
  }
  posthog.setGroupPropertiesForFlags(call.group_properties ?? {}, false);
  posthog.reloadFeatureFlags();
}

/** Runs in the page. What the SDK tells its page about every key. */
function readAnswers(keys) {
  const posthog = window.posthog;
  const each = (ask) => Object.fromEntries(keys.map((key) => [key, ask(key) ?? null]));
  return {
    one_by_one: each((key) => posthog.getFeatureFlag(key)),
    enabled: each((key) => posthog.isFeatureEnabled(key)),
    payloads: each((key) => posthog.getFeatureFlagPayload(key)),
    together: posthog.featureFlags.getFlagVariants(),
  };
}

/** One call of the scenario, in a browser profile of its own. */
async function answer(browser, pageUrl, call) {
  const context = await browser.newContext();
  try {
    const page = await openPage(context, pageUrl, { bootstrap: { distinctID: call.distinct_id } });
    await flagsAfter(page, useContext, call);
    return await page.evaluate(readAnswers, scenario.keys);
  } finally {
    await context.close();
  }
}

/** A visitor without a login, who logs in, and comes back later: the same profile throughout. */
async function identifyAndReload(browser, pageUrl, story) {
  const context = await browser.newContext();
  try {
    const read = (page) => page.evaluate((key) => window.posthog.getFeatureFlag(key) ?? null, story.flag);
    const page = await openPage(context, pageUrl, {
      bootstrap: { distinctID: story.anonymous_id, isIdentifiedID: false },
    });
    const before = await read(page);
    await flagsAfter(page, (id) => window.posthog.identify(id), story.identified_id);
    const after = await read(page);
    await page.close();
    const later = await openPage(context, pageUrl, {});
    // Asked again, so that the answer is the server's and not one the browser kept.
    await flagsAfter(later, useContext, {});
    const reloaded = await read(later);
    const who = await later.evaluate(() => window.posthog.get_distinct_id());
    return { before, after, reloaded, who };
  } finally {
    await context.close();
  }
}

const problems = [];
const server = await servePage();
const browser = await chromium.launch({
  executablePath,
  args: [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
try {
  const pageUrl = `http://127.0.0.1:${server.address().port}/`;
  const answers = {};
  for (const call of scenario.calls) {
    answers[call.name] = await answer(browser, pageUrl, call);
  }
  const story = await identifyAndReload(browser, pageUrl, scenario.identify_and_reload);
  const sdk = `posthog-js (npm) in Chromium ${browser.version()}`;
  console.log(JSON.stringify({ sdk, version, answers, identify_and_reload: story, problems }));
} finally {
  await browser.close();
  server.close();
}
