"""Programs that say, whenever they are told to, what their SDK makes of a flag (`watching` under `sdks/`), and waiting
for their polls."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

from sdk_programs import SDKS, TOKEN
from server import Burgee, requests

PYTHON = (sys.executable, str(SDKS / "python" / "watching.py"))
NODE = ("node", str(SDKS / "node" / "watching.mjs"))

#: Longest wait for anything that should happen at once: far more than it takes, so that a busy machine fails nothing.
PATIENCE_SECS = 60.0


@contextlib.contextmanager
def watching(server: Burgee, program: Sequence[str], *arguments: str) -> Iterator[subprocess.Popen]:
    """Runs an SDK's program until the block ends."""
    command = [*program, server.url, TOKEN, *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as sdk:
        try:
            yield sdk
            sdk.stdin.close()
            assert sdk.wait(PATIENCE_SECS) == 0
        finally:
            sdk.kill()


def tells(sdk: subprocess.Popen) -> dict:
    """All that the SDK's program says now."""
    sdk.stdin.write("now\n")
    sdk.stdin.flush()
    return json.loads(sdk.stdout.readline())


def polls(server: Burgee, status: str) -> int:
    """Polls for definitions that were answered with this status."""
    return requests(server, "definitions").get(status, 0)


def wait_for_polls(server: Burgee, status: str, count: int) -> None:
    """Returns when so many polls were answered with this status."""
    deadline = time.monotonic() + PATIENCE_SECS
    while polls(server, status) < count:
        assert time.monotonic() < deadline, f"no {count} polls are {status}: {requests(server, 'definitions')}"
        time.sleep(0.02)


def wait_until_not_modified(server: Burgee) -> None:
    """Returns when one more poll was answered with 304: the SDK has the document, and has shown its ETag."""
    wait_for_polls(server, "304", polls(server, "304") + 1)


def wait_until_refusal_is_heard(server: Burgee, status: str) -> None:
    """Returns when two more polls were refused: an SDK that polls again has made of the first what it will."""
    wait_for_polls(server, status, polls(server, status) + 2)
