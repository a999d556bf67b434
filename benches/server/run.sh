#!/usr/bin/env bash
# Measures the whole server with wrk, beside its yardstick, and then its memory. Needs two cores.
# Bounded: about four minutes for the load, about five for the memory (skip it with MEMORY=no).
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
if [ "${MEMORY:-yes}" = yes ]; then
    python3 benches/server/memory.py
fi
