# Runs a PostgreSQL server in a folder of its own until standard input ends, which it does when the
# process that holds the other end is gone, however it went. $1: the folder of PostgreSQL's programs.
#
# Prints the folder with the server's socket once the server is ready, then each order when it is done:
# `stop`, `resume`, and for a streaming replica on port 5433 `start-replica`, `stop-replica`; what goes wrong before is on standard error. initdb refuses root, so root becomes the user `postgres` first.
set -eu
if [ "$(id -u)" = 0 ]; then
    exec setpriv --reuid=postgres --regid=postgres --clear-groups sh -c "$GUARD" guard "$1"
fi
# What interrupts the tests must not keep this from cleaning up after them.
trap '' INT TERM HUP
cd /
folder="$(mktemp -d /tmp/burgee-postgres-XXXXXX)"
finish() {
    "$1/pg_ctl" -D "$folder/replica" -m immediate -w stop >/dev/null 2>&1 || true
    "$1/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}
{
    "$1/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null &&
        cat >>"$folder/data/postgresql.conf" <<CONFIGURATION &&
listen_addresses = ''
unix_socket_directories = '$folder'
fsync = off
full_page_writes = off
max_connections = 300
CONFIGURATION
        "$1/pg_ctl" -D "$folder/data" -l "$folder/log" -w -t 60 start >/dev/null
} || {
    cat "$folder/log" >&2 || true
    finish "$1"
    exit 1
}
echo "$folder"
while read -r order; do
    case "$order" in
    stop) "$1/pg_ctl" -D "$folder/data" -m immediate -w stop ;;
    resume) "$1/pg_ctl" -D "$folder/data" -l "$folder/log" -w -t 60 start ;;
    start-replica)
        [ -d "$folder/replica" ] ||
            "$1/pg_basebackup" -h "$folder" -U postgres -D "$folder/replica" -R -c fast -X stream
        "$1/pg_ctl" -D "$folder/replica" -l "$folder/replica-log" -o '-p 5433' -w -t 60 start
        ;;
    stop-replica) "$1/pg_ctl" -D "$folder/replica" -m immediate -w stop ;;
    esac >/dev/null
    echo "$order"
done
finish "$1"
