// Evaluates a flag through npm's `@openfeature/ofrep-web-provider` in a real, headless Chromium whenever it is
// told to. The provider does not poll: it hears of changes by the stream that Burgee's answer names.
//
// Usage: node watching.mjs URL TOKEN FLAG CHROMIUM. For each line of input it prints what the page sees now
// (`alone`), and with which query the provider asked for its flags so far (`asked`).

import { createInterface } from "node:readline";

import { openBrowser, openPage } from "./page.mjs";

const [url, token, flag, executablePath] = process.argv.slice(2);

/** Runs in the page. */
function look(key) {
  return window.OpenFeature.getClient().getBooleanValue(key, false);
}

const chromium = await openBrowser(executablePath);
try {
  const page = await openPage(chromium, { url, token, context: { targetingKey: "anybody" } });
  const asked = [];
  page.on("request", (request) => {
    if (request.method() === "POST") {
      asked.push(Object.fromEntries(new URL(request.url()).searchParams));
    }
  });
  for await (const _ of createInterface({ input: process.stdin })) {
    console.log(JSON.stringify({ alone: await page.evaluate(look, flag), asked }));
  }
} finally {
  await chromium.close();
}
