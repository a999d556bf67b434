"""Asks Burgee through PyPI's `posthog`, unchanged apart from its host.

Usage: main.py URL TOKEN CALLS.json. Prints one JSON object: what the SDK gave its caller.
"""

import json
import sys

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


def main() -> None:
    url, token, path = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        scenario = json.load(file)
    client = posthog.Posthog(token, host=url)
    answers = {call["name"]: answer(client, call, scenario["keys"]) for call in scenario["calls"]}
    client.capture("asked", distinct_id="distinct_id_0")
    client.shutdown()
    print(json.dumps({"sdk": "posthog (PyPI)", "version": VERSION, "answers": answers}))


if __name__ == "__main__":
    main()
