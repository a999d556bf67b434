"""What one node uses under the load that PostHog publishes for five: 282 polls of definitions a second, 54 % of them 304.

The server has core 0, the polls come from core 1, evenly spaced over some kept connections. The document is that of
`definitions.py`; whole ones are sent plain and compressed in turn. Every answer is checked.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import pathlib
import statistics
import tempfile
import time
import urllib.parse

import definitions
import load
import memory
import server

SECONDS = int(os.environ.get("FLEET_SECONDS", "60"))
POLLS_PER_SEC = 282
UNCHANGED_OF_100 = 54
CONNECTIONS = 16


def main() -> None:
    os.sched_setaffinity(0, {int(load.CLIENT_CORE)})
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        applied = folder / "bench.json"
        applied.write_text(json.dumps(definitions.instance()))
        pinned = ("taskset", "-c", load.SERVER_CORE)
        with server.serving(folder, apply=applied, prefix=pinned) as burgee:
            path = f"/flags/definitions?token={definitions.TOKEN}&send_cohorts"
            _, etag = definitions.ask(burgee, path, "identity")
            before = load.cpu_seconds(burgee.pid)
            started = time.monotonic()
            took = poll(burgee.url, path, etag)
            elapsed = time.monotonic() - started
            used = load.cpu_seconds(burgee.pid) - before
            resident = memory.rss_mb(burgee.pid)
    print(f"{len(took) / elapsed:.0f} polls/s for {elapsed:.0f} s, {UNCHANGED_OF_100} % of them 304, p50 "
          f"{statistics.median(took) * 1e3:.2f} ms, p99 {statistics.quantiles(took, n=100)[98] * 1e3:.2f} ms")
    print(f"CPU {100 * used / elapsed:.2f} % of a core (goal < 5), {resident:.1f} MB resident (goal < 60)")


def poll(url: str, path: str, etag: str) -> list[float]:
    """Polls at the published rate; returns the seconds that each poll took. A poll that is late is not left out."""
    connections = [http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=10) for _ in range(CONNECTIONS)]
    codings = itertools.cycle(("identity", "gzip"))
    took = []
    started = time.monotonic()
    for number in range(POLLS_PER_SEC * SECONDS):
        time.sleep(max(0.0, started + number / POLLS_PER_SEC - time.monotonic()))
        headers = {"Authorization": f"Bearer {definitions.SECRET}", "Accept-Encoding": "gzip"}
        # 54 of 100, evenly spread.
        is_known = (number + 1) * UNCHANGED_OF_100 // 100 > number * UNCHANGED_OF_100 // 100
        if is_known:
            headers["If-None-Match"] = etag
        else:
            headers["Accept-Encoding"] = next(codings)
        connection = connections[number % CONNECTIONS]
        asked = time.monotonic()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        took.append(time.monotonic() - asked)
        if answer.status != (304 if is_known else 200):
            raise SystemExit(f"poll {number} was answered {answer.status}")
    for connection in connections:
        connection.close()
    return took


if __name__ == "__main__":
    main()
