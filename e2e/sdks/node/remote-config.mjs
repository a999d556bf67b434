// Asks Burgee for remote configurations through npm's `posthog-node`, unchanged apart from its host.
//
// Usage: node remote-config.mjs URL TOKEN KEY FLAG... Prints one JSON object: what the SDK gave its caller
// for each flag.

import { PostHog } from "posthog-node";

import { version } from "./version.mjs";

const [url, token, key, ...flags] = process.argv.slice(2);
const client = new PostHog(token, { host: url, personalApiKey: key, enableLocalEvaluation: false });
const payloads = {};
for (const flag of flags) {
  payloads[flag] = (await client.getRemoteConfigPayload(flag)) ?? null;
}
await client.shutdown();
console.log(JSON.stringify({ sdk: "posthog-node (npm)", version: version(), payloads }));
