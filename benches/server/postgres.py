"""`POST /flags` with the person in PostgreSQL, beside the yardstick, in one run.

The server has core 0; wrk and PostgreSQL share core 1, so the figures are of the server alone as long as core 1 keeps up.
Three things take turns, as in `load.py`: the yardstick, everything in the request, and the person read from PostgreSQL, for
whom nothing is cached. Then one connection asks without haste, which shows what a read adds to a request.
Only the ratios carry over to other machines. Answers are checked before anything is measured.
"""

from __future__ import annotations

import json
import os
import pathlib
import re
import sys
import tempfile
import urllib.request

import contents
import load
import server

sys.path.insert(0, str(load.ROOT / "e2e"))

from postgres import postgres  # noqa: E402 (the path above makes it importable)

ROUNDS = int(os.environ.get("ROUNDS", "5"))
SECONDS = int(os.environ.get("SECONDS_PER_RUN", "4"))


def main() -> None:
    on_client_core = ("taskset", "-c", load.CLIENT_CORE)
    with tempfile.TemporaryDirectory() as name, postgres(on_client_core) as database:
        folder = pathlib.Path(name)
        applied = folder / "bench.json"
        applied.write_text(json.dumps(contents.instance()))
        pinned = ("taskset", "-c", load.SERVER_CORE)
        quiet = ("--log-level", "warn")
        with server.serving(folder, database=database, apply=applied, prefix=pinned, arguments=quiet) as burgee:
            answer_bytes = load.check(burgee.url)
            with load.yardstick(answer_bytes) as (url, pid):
                measure(folder, burgee, (url, pid))


def measure(folder: pathlib.Path, burgee: server.Burgee, yardstick: tuple[str, int]) -> None:
    """Runs the rounds and prints what they gave."""
    brought = load.script(folder / "brought.lua", contents.body_with_properties)
    stored = load.script(folder / "stored.lua", contents.body_without_properties)
    turns = {
        "yardstick": (*yardstick, brought),
        "properties in the request": (burgee.url, burgee.pid, brought),
        "person from PostgreSQL": (burgee.url, burgee.pid, stored),
    }
    busy = rounds(turns, load.CONNECTIONS)
    unloaded = rounds(turns, 1)
    check_reads(burgee)
    print(f"100 flags, {load.CONNECTIONS} connections, one core for the server, median of {ROUNDS} rounds")
    print(f"{'':28}{'req/s':>10}{'CPU us/req':>12}{'p50 ms':>9}{'p99 ms':>9}{'p50 ms of one alone':>21}")
    for name, each in busy.items():
        alone = unloaded[name].p50_ms
        print(f"{name:28}{each.requests_per_sec:10,.0f}{each.cpu_us:12.1f}{each.p50_ms:9.2f}{each.p99_ms:9.2f}{alone:21.3f}")
    bare, brought, stored = busy.values()
    ratio = stored.requests_per_sec / bare.requests_per_sec
    print(f"req/s, from PostgreSQL / yardstick      {ratio:6.2f}   goal >= 0.29, floor 0.17")
    print(f"req/s, from PostgreSQL / in the request {stored.requests_per_sec / brought.requests_per_sec:6.2f}")
    more = unloaded["person from PostgreSQL"].p50_ms - unloaded["properties in the request"].p50_ms
    print(f"p50 of one alone, more than in the request {more:.3f} ms   goal <= 0.3")


def check_reads(burgee: server.Burgee) -> None:
    """A person who was not read in time makes a cheaper answer, which would flatter the figures."""
    with urllib.request.urlopen(f"{burgee.url}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    counts = dict(re.findall(r'^burgee_subject_reads_total\{result="(\w+)"\} (\d+)$', text, re.M))
    failed, read = int(counts.get("failed", 0)), int(counts["ok"])
    print(f"{read:,} persons read, {failed} not in time")
    if failed > read / 1_000:
        raise SystemExit("too many persons were not read: the figures are of other answers")


def rounds(turns: dict, connections: int) -> dict[str, load.Sample]:
    """Lets all take turns; the medians of each."""
    samples: dict[str, list[load.Sample]] = {name: [] for name in turns}
    for _ in range(ROUNDS):
        for name, (url, pid, lua) in turns.items():
            samples[name].append(load.sample(url, pid, lua, SECONDS, connections))
    return {name: load.median(each) for name, each in samples.items()}


if __name__ == "__main__":
    main()
