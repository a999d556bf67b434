"""Programs that say, whenever they are told to, what their SDK makes of a flag (`watching` under `sdks/`)."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence

from sdk_programs import SDKS, TOKEN
from server import Burgee

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
