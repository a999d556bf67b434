"""Evaluates a flag by itself through PyPI's `posthog`, before and after its key was revoked.

Usage: revoked.py URL TOKEN KEY FLAG. Prints what the SDK says of the flag, waits for a line of input and
some polls, and prints it again.
"""

import json
import sys
import time

import posthog

POLL_SECS = 1
POLLING_SECS = 2.5


def main() -> None:
    url, token, key, flag = sys.argv[1:]
    client = posthog.Posthog(token, host=url, personal_api_key=key, poll_interval=POLL_SECS)
    client.load_feature_flags()

    def tell() -> None:
        alone = client.get_feature_flag(flag, "anybody", only_evaluate_locally=True)
        print(json.dumps({"alone": alone, "asking": client.get_feature_flag(flag, "anybody")}), flush=True)

    tell()
    sys.stdin.readline()
    time.sleep(POLLING_SECS)
    tell()
    client.shutdown()


if __name__ == "__main__":
    main()
