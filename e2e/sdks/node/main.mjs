// Asks Burgee through npm's `posthog-node`, unchanged apart from its host.
//
// Usage: node main.mjs URL TOKEN CALLS.json [SECRET_KEY]. Prints one JSON object: what the SDK gave its
// caller. With a key the SDK evaluates what it can by itself, and `alone` is what it says without asking
// the server.

import { readFileSync } from "node:fs";

import { PostHog } from "posthog-node";

import { version } from "./version.mjs";

const POLL_MS = 1000;
const POLLING_MS = 4000;
const READY_MS = 30000;

const [url, token, path, secret] = process.argv.slice(2);
const scenario = JSON.parse(readFileSync(path, "utf8"));
const client = new PostHog(token, {
  host: url,
  ...(secret && { personalApiKey: secret, featureFlagsPollingInterval: POLL_MS }),
});

/** Answers every key with `ask(key)`; what JSON cannot say (undefined) becomes null. */
async function each(ask) {
  const answers = {};
  for (const key of scenario.keys) {
    answers[key] = (await ask(key)) ?? null;
  }
  return answers;
}

/** What the SDK says to one call: flag by flag, and all flags together. */
async function answer(call) {
  const context = {
    groups: call.groups ?? {},
    personProperties: call.person_properties ?? {},
    groupProperties: call.group_properties ?? {},
  };
  const id = call.distinct_id;
  const together = await client.getAllFlagsAndPayloads(id, context);
  return {
    one_by_one: await each((key) => client.getFeatureFlag(key, id, context)),
    enabled: await each((key) => client.isFeatureEnabled(key, id, context)),
    payloads: await each((key) => client.getFeatureFlagPayload(key, id, undefined, context)),
    together: together.featureFlags,
  };
}

/** What the SDK says to one call of which it knows everything, without the server. */
async function alone(call) {
  if (!(await client.waitForLocalEvaluationReady(READY_MS))) {
    throw new Error("no definitions");
  }
  const answers = {};
  for (const key of Object.keys(call.flags)) {
    const context = {
      onlyEvaluateLocally: true,
      groups: call.groups,
      personProperties: call.person_properties,
      groupProperties: call.group_properties,
    };
    answers[key] = (await client.getFeatureFlag(key, call.distinct_id, context)) ?? null;
  }
  return answers;
}

const printed = { sdk: "posthog-node (npm)", version: version() };
if (secret) {
  printed.alone = await alone(scenario.decided_locally);
  await new Promise((resolve) => setTimeout(resolve, POLLING_MS));
}
const answers = {};
for (const call of scenario.calls) {
  answers[call.name] = await answer(call);
}
client.capture({ distinctId: "distinct_id_0", event: "asked" });
await client.shutdown();
console.log(JSON.stringify({ ...printed, answers }));
