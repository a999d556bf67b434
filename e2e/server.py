"""Starts the burgee program for the end-to-end suites, and stops it again.

The suites talk to the program as anyone would: through its command line and HTTP. `E2E_BINARY` names
the program to run; without it the newest of the release and debug builds is taken.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parent.parent

#: Arguments for suites about answers: on a busy machine the default deadlines, made for production, would now and
#: then fail a flag that waits for its person.
PATIENT = (
    "--store-acquire-timeout-ms",
    "10000",
    "--store-write-timeout-ms",
    "10000",
    "--store-query-timeout-ms",
    "10000",
    "--request-subject-deadline-ms",
    "20000",
    "--request-deadline-ms",
    "30000",
)

#: Seconds the program may take until it can answer.
START_SECS = 60.0

#: Seconds the program may take for an answer to a suite's own question.
ANSWER_SECS = 30.0

#: Seconds the program may take to finish what is under way once it was told to stop.
STOP_SECS = 15.0


def binary() -> pathlib.Path:
    """The program under test. Raises FileNotFoundError where nothing was built."""
    named = os.environ.get("E2E_BINARY")
    if named:
        return pathlib.Path(named).resolve()
    built = [ROOT / "target" / profile / "burgee" for profile in ("release", "debug")]
    built = [path for path in built if path.exists()]
    if not built:
        raise FileNotFoundError("burgee is not built: run `cargo build -p burgee-server`")
    return max(built, key=lambda path: path.stat().st_mtime)


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Burgee:
    """A running server. `url` is where it answers, `log` what it wrote so far."""

    def __init__(self, process: subprocess.Popen, url: str, log: pathlib.Path):
        self.process = process
        self.url = url
        self.log = log

    @property
    def pid(self) -> int:
        """The process id, for measuring."""
        return self.process.pid

    def figure(self, name: str) -> int:
        """A figure at `/metrics`, by its name and labels; 0 where nothing was counted yet."""
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=ANSWER_SECS) as answer:
            lines = answer.read().decode().splitlines()
        values = [line.removeprefix(name) for line in lines if line.startswith(f"{name} ")]
        return int(values[0]) if values else 0


def requests(server: Burgee, endpoint: str) -> dict[str, int]:
    """Answered requests of an endpoint by status."""
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=ANSWER_SECS) as answer:
        lines = answer.read().decode().splitlines()
    prefix = f'burgee_requests_total{{endpoint="{endpoint}",status="'
    counts = [line.removeprefix(prefix).split('"} ') for line in lines if line.startswith(prefix)]
    return {status: int(count) for status, count in counts}


def wait_until_ready(process: subprocess.Popen, url: str, log: pathlib.Path) -> None:
    """Returns when the server can answer; raises with its log when it does not."""
    deadline = time.monotonic() + START_SECS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"burgee stopped with {process.returncode}:\n{log.read_text()}")
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            with urllib.request.urlopen(f"{url}/_readiness", timeout=2) as answer:
                if answer.status == 200:
                    return
        time.sleep(0.05)
    raise TimeoutError(f"burgee was not ready within {START_SECS} s:\n{log.read_text()}")


@contextlib.contextmanager
def serving(
    folder: pathlib.Path,
    *,
    database: str = "sqlite::memory:",
    apply: pathlib.Path | None = None,
    prefix: tuple[str, ...] = (),
    arguments: tuple[str, ...] = (),
) -> Iterator[Burgee]:
    """Runs `burgee serve` on a free port, with `folder` for its log and data, until the block ends.

    `prefix` goes before the program, for example `("taskset", "-c", "0")`.
    """
    port = free_port()
    log = folder / f"burgee-{port}.log"
    command = [*prefix, str(binary()), "serve", "--listen", f"127.0.0.1:{port}"]
    command += ["--database", database, "--data-dir", str(folder), *arguments]
    if apply is not None:
        command += ["--apply", str(apply)]
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(process, url, log)
        yield Burgee(process, url, log)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
