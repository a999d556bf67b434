#!/usr/bin/env bash
# Measures the whole server with wrk, beside its yardstick, and then its memory. Needs two cores.
# Bounded: about seven minutes for the load, about five for the memory (skip it with MEMORY=no).
# Shorter with ROUNDS, SECONDS_PER_RUN, FLEET_SECONDS and PROJECTS.
set -euo pipefail
cd "$(dirname "$0")/../.."

for tool in wrk taskset python3; do
    if ! command -v "$tool" >/dev/null; then
        if [ "$tool" = wrk ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq wrk
        else
            echo "SKIPPED: the whole server is not measured, \`$tool\` is not installed" >&2
            exit 0
        fi
    fi
done

cargo build --quiet --release --package burgee-server --package burgee-yardstick
python3 benches/server/load.py
python3 benches/server/definitions.py
python3 benches/server/fleet.py
if compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then
    python3 benches/server/postgres.py
else
    echo "SKIPPED: persons in PostgreSQL, it is not installed (apt-get install postgresql)" >&2
fi
if [ "${MEMORY:-yes}" = yes ]; then
    python3 benches/server/memory.py
fi
