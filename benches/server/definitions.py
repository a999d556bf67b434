"""Definitions polls of the whole server, beside a bare handler that does the least such a poll can cost.

The server has core 0, wrk has core 1, as in `load.py`, whose instance of 100 flags is used. A poll is a 304 to a
client that has the document, or the whole of it, plain or compressed. The bare handler checks the same header, or
sends the same bytes; it checks no key. Only the ratios carry over to other machines.
"""

from __future__ import annotations

import json
import os
import pathlib
import tempfile
import urllib.request

import contents
import load
import server

ROUNDS = int(os.environ.get("ROUNDS", "3"))
SECONDS = int(os.environ.get("SECONDS_PER_RUN", "3"))
SECRET = "phs_bench"

#: The yardstick's ETag for whatever it was given.
BARE_ETAG = 'W/"0123456789abcdef"'


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        instance = contents.instance()
        environment = instance["projects"][0]["environments"][0]
        environment["secret_keys"] = [SECRET]
        applied = folder / "bench.json"
        applied.write_text(json.dumps(instance))
        pinned = ("taskset", "-c", load.SERVER_CORE)
        quiet = ("--log-level", "warn")
        with server.serving(folder, apply=applied, prefix=pinned, arguments=quiet) as burgee:
            for coding in ("identity", "gzip", "zstd"):
                measure(folder, burgee, f"/flags/definitions?token={environment['token']}&send_cohorts", coding)


def measure(folder: pathlib.Path, burgee: server.Burgee, path: str, coding: str) -> None:
    """Measures whole documents in one coding, and with the plain one what 304s cost."""
    headers = {"Authorization": f"Bearer {SECRET}", "Accept-Encoding": coding}
    with urllib.request.urlopen(urllib.request.Request(burgee.url + path, headers=headers), timeout=10) as answer:
        document, etag = answer.read(), answer.headers["ETag"]
        if answer.headers.get("Content-Encoding", "identity") != coding:
            raise SystemExit(f"{coding} was not sent")
    file = folder / f"document.{coding}"
    file.write_bytes(document)
    with load.yardstick(0, file) as (url, pid):
        compare(f"{coding}, {len(document)} bytes", folder, burgee, (url, pid), path, headers)
        if coding == "identity":
            current = {**headers, "If-None-Match": etag}
            known = {**headers, "If-None-Match": BARE_ETAG}
            compare("304", folder, burgee, (url, pid), path, current, known)


def compare(what, folder, burgee, yardstick, path, headers, bare_headers=None) -> None:
    """Lets both take turns and prints the medians."""
    ours = script(folder / "ours.lua", path, headers)
    theirs = script(folder / "theirs.lua", path, bare_headers or headers)
    turns = {"bare": (*yardstick, theirs), "burgee": (burgee.url, burgee.pid, ours)}
    samples: dict[str, list[load.Sample]] = {name: [] for name in turns}
    for _ in range(ROUNDS):
        for name, (url, pid, lua) in turns.items():
            samples[name].append(load.sample(url, pid, lua, SECONDS))
    medians = {name: load.median(each) for name, each in samples.items()}
    for name, each in medians.items():
        print(f"{what:24}{name:8}{each.requests_per_sec:10,.0f}/s{each.cpu_us:8.1f} us{each.p99_ms:8.2f} ms p99")
    ratio = medians["burgee"].requests_per_sec / medians["bare"].requests_per_sec
    print(f"{what:24}burgee / bare {ratio:.2f}   goal >= 0.80")


def script(lua: pathlib.Path, path: str, headers: dict[str, str]) -> pathlib.Path:
    """A wrk script that asks for one thing."""
    members = ", ".join(f"[ [[{name}]] ] = [[{value}]]" for name, value in headers.items())
    lua.write_text(f"""local headers = {{{members}}}
function request()
  return wrk.format("GET", [[{path}]], headers)
end
""")
    return lua


if __name__ == "__main__":
    main()
