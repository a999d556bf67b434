"""Asks Burgee through PyPI's `openfeature-provider-ofrep`.

Usage: main.py URL TOKEN CALLS.json. Prints one JSON object: what the SDK gave its caller.
"""

import json
import sys
from importlib.metadata import version

from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext


def ask(client: OpenFeatureClient, call: dict) -> dict:
    """What the SDK says to one call."""
    attributes = dict(call["context"])
    context = EvaluationContext(attributes.pop("targetingKey", None), attributes)
    asking = {
        "boolean": client.get_boolean_details,
        "string": client.get_string_details,
        "number": client.get_float_details,
        "object": client.get_object_details,
    }
    details = asking[call["type"]](call["key"], call["default"], context)
    return {
        "value": details.value,
        "variant": details.variant,
        "reason": details.reason,
        "error": details.error_code,
        "metadata": dict(details.flag_metadata),
    }


def main() -> None:
    url, token, path = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        calls = json.load(file)["calls"]
    headers = {"Authorization": f"Bearer {token}"}
    api.set_provider(OFREPProvider(url, headers_factory=lambda: headers))
    client = api.get_client()
    print(
        json.dumps(
            {
                "sdk": "openfeature-provider-ofrep (PyPI)",
                "version": version("openfeature-provider-ofrep"),
                "answers": {call["name"]: ask(client, call) for call in calls},
            }
        )
    )


main()
