"""Definitions polls of the whole server, beside a bare handler that does the least such a poll can cost.

The server has core 0, wrk has core 1, as in `load.py`. The document is of 100 flags of a real mix, 135 KB. A poll is a 304 to
a client that has it, or the whole of it, plain or compressed. The bare handler checks the same header, or sends the same bytes;
it checks no key. Only the ratios carry over to other machines. At the end the server's own figures say how many of all polls
were answered without reading definitions or rendering a document: it must be all of them once warm.
"""

from __future__ import annotations

import json
import os
import pathlib
import random
import re
import tempfile
import urllib.request

import load
import mix
import server

ROUNDS = int(os.environ.get("ROUNDS", "3"))
SECONDS = int(os.environ.get("SECONDS_PER_RUN", "3"))
TOKEN, SECRET = "phc_bench", "phs_bench"
FLAGS = 100
SEED = 20261125

#: Bytes of one flag in the apply file such that the document has 135 KB.
FLAG_BYTES = 1_150
DOCUMENT_BYTES = range(130_000, 140_000)

#: The yardstick's ETag for whatever it was given.
BARE_ETAG = 'W/"0123456789abcdef"'


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        applied = folder / "bench.json"
        applied.write_text(json.dumps(instance()))
        pinned = ("taskset", "-c", load.SERVER_CORE)
        quiet = ("--log-level", "warn")
        with server.serving(folder, apply=applied, prefix=pinned, arguments=quiet) as burgee:
            path = f"/flags/definitions?token={TOKEN}&send_cohorts"
            ask(burgee, path, "identity")
            before = figures(burgee)
            for coding in ("identity", "gzip", "zstd"):
                measure(folder, burgee, path, coding)
            tell_hit_rate(before, figures(burgee))


def instance() -> dict:
    """The apply file: one environment with a secret key."""
    draw = random.Random(SEED)
    flags = [mix.described(draw, index, FLAG_BYTES) for index in range(FLAGS)]
    environment = {"name": "production", "token": TOKEN, "flags": flags, "secret_keys": [SECRET]}
    return {"projects": [{"name": "Bench", "environments": [environment]}]}


def ask(burgee: server.Burgee, path: str, coding: str) -> tuple[bytes, str]:
    """The document in one coding, and its ETag."""
    headers = {"Authorization": f"Bearer {SECRET}", "Accept-Encoding": coding}
    with urllib.request.urlopen(urllib.request.Request(burgee.url + path, headers=headers), timeout=10) as answer:
        document, etag = answer.read(), answer.headers["ETag"]
        if answer.headers.get("Content-Encoding", "identity") != coding:
            raise SystemExit(f"{coding} was not sent")
    if coding == "identity" and len(document) not in DOCUMENT_BYTES:
        raise SystemExit(f"the document has {len(document)} bytes")
    return document, etag


def measure(folder: pathlib.Path, burgee: server.Burgee, path: str, coding: str) -> None:
    """Measures whole documents in one coding, and with the plain one what 304s cost."""
    headers = {"Authorization": f"Bearer {SECRET}", "Accept-Encoding": coding}
    document, etag = ask(burgee, path, coding)
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
    rate = medians["burgee"].requests_per_sec / medians["bare"].requests_per_sec
    cpu = medians["burgee"].cpu_us / medians["bare"].cpu_us
    print(f"{what:24}burgee / bare {rate:.2f} (goal >= 0.80), CPU of a request {cpu:.2f}")


def script(lua: pathlib.Path, path: str, headers: dict[str, str]) -> pathlib.Path:
    """A wrk script that asks for one thing, made ready once."""
    members = ", ".join(f"[ [[{name}]] ] = [[{value}]]" for name, value in headers.items())
    lua.write_text(f"""local asked
function init()
  asked = wrk.format("GET", [[{path}]], {{{members}}})
end
function request()
  return asked
end
""")
    return lua


def figures(burgee: server.Burgee) -> dict[str, float]:
    """What the server counts: polls of definitions, and what it read or rendered for any."""
    with urllib.request.urlopen(f"{burgee.url}/metrics", timeout=10) as answer:
        text = answer.read().decode()

    def total(pattern: str) -> float:
        return sum(float(value) for value in re.findall(rf"^{pattern} (\S+)$", text, re.M))

    return {
        "polls": total(r'burgee_requests_total\{endpoint="definitions".*\}'),
        "renders": total("burgee_document_renders_total"),
    }


def tell_hit_rate(before: dict[str, float], after: dict[str, float]) -> None:
    """Prints how many polls were answered from memory; fails unless all were."""
    polls = after["polls"] - before["polls"]
    renders = after["renders"] - before["renders"]
    print(f"{polls:,.0f} polls, {renders:.0f} documents read or rendered for them: "
          f"{100 * (1 - renders / polls):.4f} % from memory (goal 100 %)")
    if renders:
        raise SystemExit("a warm document was read again")


if __name__ == "__main__":
    main()
