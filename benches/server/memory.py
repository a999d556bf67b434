"""Resident memory of the whole server: empty, and with 10,000 projects of 50 flags each in memory.

The flags are those of `mix.py`. Projects are loaded with `burgee apply` in chunks, then one request a project makes the server
hold it. PROJECTS sets another number of projects.
"""

from __future__ import annotations

import http.client
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "e2e"))

import mix  # noqa: E402 (as below)
import server  # noqa: E402 (the path above makes it importable)

PROJECTS = int(os.environ.get("PROJECTS", "10000"))
FLAGS = 50
CHUNK = 500
SEED = 20261124


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with server.serving(folder) as burgee:
            print(f"empty server: {rss_mb(burgee.pid):.1f} MB resident (goal: <= 20)")
        database = f"sqlite:{folder / 'memory.db'}"
        started = time.monotonic()
        text_bytes = load(folder, database)
        print(f"{PROJECTS} projects of {FLAGS} flags, {text_bytes / 1e6:.0f} MB of JSON, "
              f"applied in {time.monotonic() - started:.0f} s")
        with server.serving(folder, database=database, arguments=("--log-level", "warn")) as burgee:
            touch(burgee.url)
            print(f"every project touched: {rss_mb(burgee.pid):.0f} MB resident (goal: <= 350)")
            touch(burgee.url)
            print(f"touched once more:     {rss_mb(burgee.pid):.0f} MB resident")


def rss_mb(pid: int) -> float:
    """Resident memory of a process, in MB of a million bytes."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024 / 1e6


def load(folder: pathlib.Path, database: str) -> int:
    """Applies every project; returns the bytes of JSON that were applied."""
    draw = random.Random(SEED)
    total = 0
    for start in range(0, PROJECTS, CHUNK):
        numbers = range(start, min(start + CHUNK, PROJECTS))
        text = json.dumps({"projects": [project(draw, number) for number in numbers]})
        path = folder / "chunk.json"
        path.write_text(text)
        command = [str(server.binary()), "apply", str(path), "--database", database]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        total += len(text)
    return total


def touch(url: str) -> None:
    """One request to every project, each answered in full."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=30)
    for number in range(PROJECTS):
        body = json.dumps({"token": f"phc_{number}", "distinct_id": "u", "geoip_disable": True})
        connection.request("POST", "/flags?v=2", body, {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
        if len(answer["flags"]) != FLAGS:
            raise SystemExit(f"project {number} answered {len(answer['flags'])} flags")
    connection.close()


def project(draw: random.Random, number: int) -> dict:
    """One project with one environment."""
    flags = [mix.flag(draw, index) for index in range(FLAGS)]
    environment = {"name": "production", "token": f"phc_{number}", "flags": flags}
    return {"name": f"Project {number}", "environments": [environment]}


if __name__ == "__main__":
    main()
