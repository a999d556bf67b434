// Evaluates a flag by itself through npm's `posthog-node`, before and after its key was revoked.
//
// Usage: node revoked.mjs URL TOKEN KEY FLAG. Prints what the SDK says of the flag, waits for a line of
// input and some polls, and prints it again.

import { once } from "node:events";

import { PostHog } from "posthog-node";

const POLL_MS = 1000;
const POLLING_MS = 2500;
const READY_MS = 30000;

const [url, token, key, flag] = process.argv.slice(2);
const client = new PostHog(token, { host: url, personalApiKey: key, featureFlagsPollingInterval: POLL_MS });

async function tell() {
  const alone = await client.getFeatureFlag(flag, "anybody", { onlyEvaluateLocally: true });
  const asking = await client.getFeatureFlag(flag, "anybody");
  console.log(JSON.stringify({ alone: alone ?? null, asking: asking ?? null }));
}

if (!(await client.waitForLocalEvaluationReady(READY_MS))) {
  throw new Error("no definitions");
}
await tell();
await once(process.stdin, "data");
await new Promise((resolve) => setTimeout(resolve, POLLING_MS));
await tell();
await client.shutdown();
process.exit(0);
