"""Evaluates a flag through PyPI's `posthog` whenever it is told to.

Usage: watching.py URL TOKEN KEY FLAG. For each line of input it prints what the SDK says of the flag by
itself (`alone`) and when it asks the server (`asking`).
"""

import json
import sys

import posthog

POLL_SECS = 0.3


def main() -> None:
    url, token, key, flag = sys.argv[1:]
    client = posthog.Posthog(token, host=url, personal_api_key=key, poll_interval=POLL_SECS)
    client.load_feature_flags()
    for _ in sys.stdin:
        alone = client.get_feature_flag(flag, "anybody", only_evaluate_locally=True)
        print(json.dumps({"alone": alone, "asking": client.get_feature_flag(flag, "anybody")}), flush=True)
    client.shutdown()


if __name__ == "__main__":
    main()
