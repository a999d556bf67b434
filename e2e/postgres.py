"""A PostgreSQL server with data of its own, for as long as a block lasts, held by the guard that the Rust tests use."""

from __future__ import annotations

import contextlib
import os
import pathlib
import subprocess
from collections.abc import Iterator

GUARD = pathlib.Path(__file__).resolve().parent.parent / "crates" / "testkit" / "src" / "postgres" / "guard.sh"

#: Where Debian keeps the programs of each version, none of which is on the path.
VERSIONS = pathlib.Path("/usr/lib/postgresql")


def programs() -> pathlib.Path | None:
    """The folder of the newest version's programs; None where PostgreSQL is not installed."""
    found = [path.parent for path in VERSIONS.glob("*/bin/initdb")]
    return max(found, key=lambda path: int(path.parent.name), default=None)


@contextlib.contextmanager
def postgres(prefix: tuple[str, ...] = ()) -> Iterator[str]:
    """Yields the URL of an empty database. `prefix` goes before the server, for example `("taskset", "-c", "1")`."""
    folder_of_programs = programs()
    if folder_of_programs is None:
        raise FileNotFoundError("PostgreSQL is not installed (apt-get install postgresql)")
    script = GUARD.read_text()
    guard = subprocess.Popen(
        [*prefix, "sh", "-c", script, "guard", str(folder_of_programs)],
        env={**os.environ, "GUARD": script},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        folder = guard.stdout.readline().strip()
        if not folder:
            raise RuntimeError("PostgreSQL does not start")
        yield f"postgres:///postgres?host={folder}&user=postgres&sslmode=disable"
    finally:
        # The guard stops the server when nobody holds its input any more.
        guard.stdin.close()
        guard.wait()
