// Asks Burgee through npm's `@openfeature/ofrep-provider`.
//
// Usage: node main.mjs URL TOKEN CALLS.json. Prints one JSON object: what the SDK gave its caller.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { OFREPProvider } from "@openfeature/ofrep-provider";
import { OpenFeature } from "@openfeature/server-sdk";

const [url, token, path] = process.argv.slice(2);
const { calls } = JSON.parse(readFileSync(path, "utf8"));
const name = "@openfeature/ofrep-provider";
const { version } = createRequire(import.meta.url)(`${name}/package.json`);

// Errors are what some calls are about; they need not be logged as well.
const quiet = () => {};
OpenFeature.setLogger({ error: quiet, warn: quiet, info: quiet, debug: quiet });
await OpenFeature.setProviderAndWait(
  new OFREPProvider({ baseUrl: url, headers: [["Authorization", `Bearer ${token}`]] }),
);
const client = OpenFeature.getClient();

/** What the SDK says to one call. */
async function ask(call) {
  const asking = {
    boolean: "getBooleanDetails",
    string: "getStringDetails",
    number: "getNumberDetails",
    object: "getObjectDetails",
  };
  const details = await client[asking[call.type]](call.key, call.default, call.context);
  return {
    value: details.value,
    variant: details.variant ?? null,
    reason: details.reason ?? null,
    error: details.errorCode ?? null,
    metadata: details.flagMetadata ?? {},
  };
}

const answers = {};
for (const call of calls) {
  answers[call.name] = await ask(call);
}
console.log(JSON.stringify({ sdk: `${name} (npm)`, version, answers }));
await OpenFeature.close();
