"""Requests per second of the whole server, beside the yardstick, in one run.

The server has core 0, wrk has core 1: 32 connections, kept alive, no pipelining. Three things take turns for several
rounds, and the medians are reported, because a shared machine is up to 1.5 times slower from one minute to the next:
the yardstick, `POST /flags?v=2` of 100 flags with everything in the request, and the same with the person read from
SQLite. Only the ratios carry over to other machines. Answers are checked before anything is measured.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator

import contents

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "e2e"))

import server  # noqa: E402 (the path above makes it importable)

ROUNDS = int(os.environ.get("ROUNDS", "5"))
SECONDS = int(os.environ.get("SECONDS_PER_RUN", "4"))
CONNECTIONS = 32

#: Bodies that one run rotates through, so that no cache of one person flatters the figures.
BODIES = 200

SERVER_CORE, CLIENT_CORE = "0", "1"


@dataclasses.dataclass
class Sample:
    """One run of wrk."""

    requests_per_sec: float
    cpu_us: float
    p50_ms: float
    p99_ms: float


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        applied = folder / "bench.json"
        applied.write_text(json.dumps(contents.instance()))
        database = f"sqlite:{folder / 'bench.db'}"
        pinned = ("taskset", "-c", SERVER_CORE)
        quiet = ("--log-level", "warn")
        with server.serving(folder, database=database, apply=applied, prefix=pinned, arguments=quiet) as burgee:
            answer_bytes = check(burgee.url)
            with yardstick(answer_bytes) as (url, pid):
                measure(folder, burgee, url, pid, answer_bytes)


def measure(folder: pathlib.Path, burgee: server.Burgee, url: str, pid: int, answer_bytes: int) -> None:
    """Runs the rounds and prints what they gave."""
    brought = script(folder / "brought.lua", contents.body_with_properties)
    stored = script(folder / "stored.lua", contents.body_without_properties)
    turns = {
        "yardstick": (url, pid, brought),
        "properties in the request": (burgee.url, burgee.pid, brought),
        "person read from SQLite": (burgee.url, burgee.pid, stored),
    }
    for where, process, lua in turns.values():
        sample(where, process, lua, seconds=1)
    samples: dict[str, list[Sample]] = {name: [] for name in turns}
    for _ in range(ROUNDS):
        for name, (where, process, lua) in turns.items():
            samples[name].append(sample(where, process, lua, seconds=SECONDS))
    report({name: median(each) for name, each in samples.items()}, answer_bytes)


def check(url: str) -> int:
    """Asks every body once, with and without properties, and returns the bytes of an answer."""
    sizes = []
    for number in range(BODIES):
        wanted = contents.expected_on(number)
        for body in (contents.body_with_properties(number), contents.body_without_properties(number)):
            headers = {"Content-Type": "application/json"}
            request = urllib.request.Request(f"{url}/flags?v=2", body.encode(), headers)
            with urllib.request.urlopen(request, timeout=10) as answer:
                text = answer.read()
            flags = json.loads(text)["flags"]
            on = {key for key, flag in flags.items() if flag["enabled"]}
            if len(flags) != contents.FLAGS or on != wanted:
                raise SystemExit(f"wrong answer for person {number}: {len(on)} on, not {len(wanted)}")
            sizes.append(len(text))
    return round(statistics.median(sizes))


@contextlib.contextmanager
def yardstick(answer_bytes: int, *document: pathlib.Path) -> Iterator[tuple[str, int]]:
    """Runs the yardstick on the server's core, with a document to send if there is one."""
    port = server.free_port()
    program = str(ROOT / "target" / "release" / "burgee-yardstick")
    command = ["taskset", "-c", SERVER_CORE, program, f"127.0.0.1:{port}", str(answer_bytes), *map(str, document)]
    process = subprocess.Popen(command)
    try:
        time.sleep(0.5)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait()


def script(path: pathlib.Path, body) -> pathlib.Path:
    """A wrk script that rotates through the bodies."""
    bodies = ",\n".join(f"[==[{body(number)}]==]" for number in range(BODIES))
    path.write_text(
        f"""local bodies = {{{bodies}}}
local requests, at = {{}}, 0
function init()
  for index, body in ipairs(bodies) do
    requests[index] = wrk.format("POST", "/flags?v=2", {{["Content-Type"] = "application/json"}}, body)
  end
end
function request()
  at = at % #requests + 1
  return requests[at]
end
"""
    )
    return path


def cpu_seconds(pid: int) -> float:
    """User and system time that a process has used."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def sample(url: str, pid: int, lua: pathlib.Path, seconds: int, connections: int = CONNECTIONS) -> Sample:
    """One run of wrk against one server."""
    command = ["taskset", "-c", CLIENT_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    before = cpu_seconds(pid)
    done = subprocess.run([*command, "-s", str(lua), url], capture_output=True, text=True, check=True)
    used = cpu_seconds(pid) - before
    text = done.stdout
    if "Non-2xx" in text or "Socket errors" in text:
        raise SystemExit(f"wrk saw errors:\n{text}")
    requests = int(re.search(r"(\d+) requests in", text)[1])
    return Sample(
        requests_per_sec=float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]),
        cpu_us=used * 1e6 / requests,
        p50_ms=milliseconds(re.search(r"^\s+50%\s+(\S+)", text, re.M)[1]),
        p99_ms=milliseconds(re.search(r"^\s+99%\s+(\S+)", text, re.M)[1]),
    )


def milliseconds(text: str) -> float:
    """wrk's `750.00us`, `1.20ms` or `2.00s`."""
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def median(samples: list[Sample]) -> Sample:
    """Field by field."""
    columns = zip(*(dataclasses.astuple(each) for each in samples), strict=True)
    return Sample(*(statistics.median(column) for column in columns))


def report(medians: dict[str, Sample], answer_bytes: int) -> None:
    """The figures, and how they stand to the goals."""
    print(f"100 flags, answer of {answer_bytes} bytes, {CONNECTIONS} connections, one core, median of {ROUNDS} rounds")
    print(f"{'':28}{'req/s':>10}{'CPU us/req':>12}{'p50 ms':>9}{'p99 ms':>9}")
    for name, each in medians.items():
        print(f"{name:28}{each.requests_per_sec:10,.0f}{each.cpu_us:12.1f}{each.p50_ms:9.2f}{each.p99_ms:9.2f}")
    measure_of, brought, stored = medians.values()
    ratios = [
        ("req/s, in the request / yardstick", brought.requests_per_sec / measure_of.requests_per_sec, ">= 0.70"),
        ("CPU, in the request / yardstick", brought.cpu_us / measure_of.cpu_us, "<= 1.40"),
        ("p99, in the request / yardstick", brought.p99_ms / measure_of.p99_ms, "<= 2.00"),
        ("req/s, from SQLite / in the request", stored.requests_per_sec / brought.requests_per_sec, ">= 0.50"),
    ]
    for name, ratio, goal in ratios:
        print(f"{name:40}{ratio:6.2f}   goal {goal}")


if __name__ == "__main__":
    main()
