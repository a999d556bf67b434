// Evaluates a flag through npm's `posthog-node` whenever it is told to.
//
// Usage: node watching.mjs URL TOKEN KEY FLAG. For each line of input it prints what the SDK says of the
// flag by itself (`alone`) and when it asks the server (`asking`).

import { createInterface } from "node:readline";

import { PostHog } from "posthog-node";

const POLL_MS = 300;
const READY_MS = 30000;

const [url, token, key, flag] = process.argv.slice(2);
const client = new PostHog(token, { host: url, personalApiKey: key, featureFlagsPollingInterval: POLL_MS });
if (!(await client.waitForLocalEvaluationReady(READY_MS))) {
  throw new Error("no definitions");
}
for await (const _ of createInterface({ input: process.stdin })) {
  const alone = await client.getFeatureFlag(flag, "anybody", { onlyEvaluateLocally: true });
  const asking = await client.getFeatureFlag(flag, "anybody");
  console.log(JSON.stringify({ alone: alone ?? null, asking: asking ?? null }));
}
await client.shutdown();
process.exit(0);
