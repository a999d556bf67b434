// Asks Burgee through npm's `@openfeature/ofrep-web-provider` in a real, headless Chromium.
//
// Usage: node main.mjs URL TOKEN CALLS.json CHROMIUM. Prints one JSON object: what the SDK gave the page,
// and what came of a subject whose attributes change while the targeting key stays (`story`).

import { readFileSync } from "node:fs";

import { openBrowser, openPage, triedPackage } from "./page.mjs";

const [url, token, path, executablePath] = process.argv.slice(2);
const { calls } = JSON.parse(readFileSync(path, "utf8"));

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
async function changingAttributes(chromium) {
  const key = "for-pro-plan";
  const person = { targetingKey: "visitor-3", plan: "free" };
  const page = await openPage(chromium, { url, token, context: person });
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

const chromium = await openBrowser(executablePath);
try {
  const answers = {};
  for (const call of calls) {
    const page = await openPage(chromium, { url, token, context: call.context });
    answers[call.name] = await page.evaluate(ask, call);
    await page.close();
  }
  const story = await changingAttributes(chromium);
  console.log(JSON.stringify({ ...triedPackage(), answers, story }));
} finally {
  await chromium.close();
}
