"""Asks Burgee for remote configurations through PyPI's `posthog`, unchanged apart from its host.

Usage: remote_config.py URL TOKEN KEY FLAG... Prints one JSON object: what the SDK gave its caller for each
flag.
"""

import json
import sys

import posthog
from posthog.version import VERSION


def main() -> None:
    url, token, key, *flags = sys.argv[1:]
    client = posthog.Posthog(token, host=url, personal_api_key=key, enable_local_evaluation=False)
    payloads = {flag: client.get_remote_config_payload(flag) for flag in flags}
    client.shutdown()
    print(json.dumps({"sdk": "posthog (PyPI)", "version": VERSION, "payloads": payloads}))


if __name__ == "__main__":
    main()
