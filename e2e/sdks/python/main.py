"""Asks Burgee through PyPI's `posthog`, unchanged apart from its host.

Usage: main.py URL TOKEN CALLS.json [SECRET_KEY]. Prints one JSON object: what the SDK gave its caller.
With a key the SDK evaluates what it can by itself, and `alone` is what it says without asking the server.
"""

import json
import sys
import time

import posthog
from posthog.version import VERSION


def answer(client: posthog.Posthog, call: dict, keys: list[str]) -> dict:
    """What the SDK says to one call: flag by flag, and all flags together."""
    context = {
        "groups": call.get("groups", {}),
        "person_properties": call.get("person_properties", {}),
        "group_properties": call.get("group_properties", {}),
    }
    distinct_id = call["distinct_id"]
    together = client.get_all_flags_and_payloads(distinct_id, **context)
    return {
        "one_by_one": {key: client.get_feature_flag(key, distinct_id, **context) for key in keys},
        "enabled": {key: client.feature_enabled(key, distinct_id, **context) for key in keys},
        "payloads": {key: client.get_feature_flag_payload(key, distinct_id, **context) for key in keys},
        "together": together["featureFlags"],
    }


#: Seconds between polls of definitions, and for how long they go on.
POLL_SECS = 1
POLLING_SECS = 4


def alone(client: posthog.Posthog, call: dict) -> dict:
    """What the SDK says to one call of which it knows everything, without the server."""
    context = {name: call[name] for name in ("groups", "person_properties", "group_properties")}
    return {
        key: client.get_feature_flag(key, call["distinct_id"], only_evaluate_locally=True, **context)
        for key in call["flags"]
    }


def main() -> None:
    url, token, path, *secret = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        scenario = json.load(file)
    client = posthog.Posthog(token, host=url, personal_api_key=(secret or [None])[0], poll_interval=POLL_SECS)
    printed = {"sdk": "posthog (PyPI)", "version": VERSION}
    if secret:
        client.load_feature_flags()
        printed["alone"] = alone(client, scenario["decided_locally"])
        time.sleep(POLLING_SECS)
    answers = {call["name"]: answer(client, call, scenario["keys"]) for call in scenario["calls"]}
    client.capture(event="asked", distinct_id="distinct_id_0")
    client.shutdown()
    print(json.dumps({**printed, "answers": answers}))


if __name__ == "__main__":
    main()
