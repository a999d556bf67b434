"""Five nodes on PostgreSQL and Redis, some of which go away while they are asked: `burgee-cluster` with small numbers.

The program itself says what was promised and not kept; here only that it says so of nothing, and that it looked.
"""

from __future__ import annotations

import json
import shutil
import subprocess

from postgres import programs
from server import binary

#: Seconds for everything, far more than it takes.
DEADLINE_SECS = 400

FAULTS = [
    "Redis gone",
    "PostgreSQL gone",
    "both gone",
    "one flags node apart from both",
    "nodes started anew with both gone",
]


def test_a_cluster_goes_on_answering_whatever_it_loses(tmp_path, skip_aloud):
    if programs() is None or shutil.which("redis-server") is None:
        skip_aloud("PostgreSQL or Redis is not installed")
    cluster = binary().with_name("burgee-cluster")
    if not cluster.exists():
        skip_aloud("burgee-cluster is not built: run `cargo build --release -p burgee-cluster`")
    command = [
        str(cluster),
        *("--binary", str(binary()), "--folder", str(tmp_path), "--json"),
        *("--changes", "20", "--held", "200", "--held-changes", "3"),
        *("--fault-secs", "3", "--fault-held", "200", "--deadline-secs", str(DEADLINE_SECS)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_SECS + 30)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    report = json.loads(done.stdout)
    assert report["broken"] == []
    assert [outcome["fault"] for outcome in report["faults"]] == FAULTS
    assert all(outcome["right"] > 0 for outcome in report["faults"])
    assert report["held"]["answered"]["count"] == 200 * 3
    assert {row["seen"]["count"] for row in report["changes"]} == {20}
    assert report["usage"]["counted"] > 0
