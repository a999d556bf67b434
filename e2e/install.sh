#!/usr/bin/env bash
# Installs what the end-to-end suites need: Debian packages where we may, PyPI's and npm's packages
# under .e2e/ and e2e/node_modules. Safe to run again; does nothing where all is there already.
# `install.sh servers` installs only the servers that the Rust tests start.
#
# What cannot be installed is said aloud. The suites then skip it, and fail instead when CI=true.
set -euo pipefail

here="$(cd "$(dirname "$0")" && pwd)"
build="$here/../.e2e"
mkdir -p "$build"

say() { printf 'e2e: %s\n' "$*" >&2; }

# apt-get runs as it is for root, through sudo where that asks for no password, else not at all.
apt() {
    if [ "$(id -u)" = 0 ]; then
        apt-get "$@"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        sudo -n apt-get "$@"
    else
        return 1
    fi
}

# want TOOL PACKAGE...: installs the packages unless the tool is there.
updated=no
want() {
    local tool="$1"
    shift
    if command -v "$tool" >/dev/null; then
        return
    fi
    if ! command -v apt-get >/dev/null; then
        say "\`$tool\` is missing and this machine has no apt-get; install $* by hand"
        return
    fi
    if [ "$updated" = no ]; then
        apt update -qq >/dev/null || true
        updated=yes
    fi
    say "installing $*"
    DEBIAN_FRONTEND=noninteractive apt install -y -qq --no-install-recommends "$@" >/dev/null ||
        say "could not install $*: what needs \`$tool\` will be skipped"
}

# Debian keeps the server's programs off the path.
if ! compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then
    want no-such-tool postgresql
fi
# The same program is a sentinel, and a node of a cluster.
want redis-server redis-server
if [ "${1:-}" = servers ]; then
    exit 0
fi

want python3 python3 python3-venv
want node nodejs npm
want npm npm
want chromium chromium
want wrk wrk

# A Debian python3 has no `ensurepip` until python3-venv is there.
if ! python3 -c 'import ensurepip' 2>/dev/null; then
    want no-such-tool python3-venv
fi

stamp() { cat "$@" | sha256sum | cut -d' ' -f1; }

wanted="$(stamp "$here/requirements.txt")"
if [ "$(cat "$build/venv.stamp" 2>/dev/null)" != "$wanted" ]; then
    say "installing PyPI packages"
    python3 -m venv "$build/venv"
    "$build/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    echo "$wanted" >"$build/venv.stamp"
fi

# An SDK from before the present path of definitions, beside the one of today.
old="$build/posthog-3.7.0"
if [ ! -d "$old" ]; then
    say "installing PyPI's posthog 3.7.0"
    "$build/venv/bin/pip" install --quiet --disable-pip-version-check --target "$old.part" posthog==3.7.0
    mv "$old.part" "$old"
fi

if command -v npm >/dev/null; then
    wanted="$(stamp "$here/package-lock.json")"
    if [ ! -d "$here/node_modules" ] || [ "$(cat "$build/npm.stamp" 2>/dev/null)" != "$wanted" ]; then
        say "installing npm packages"
        # No package's own install script runs: none is needed, and some try to download.
        npm ci --prefix "$here" --ignore-scripts --silent
        echo "$wanted" >"$build/npm.stamp"
    fi
fi
