# Runs Redis servers in a folder of their own until standard input ends, which it does when the process
# that holds the other end is gone, however it went. $1: the form; then its ports.
#
#   one                                     a server on a socket and no port
#   tls PORT                                a server that only speaks TLS, and wants to be shown a
#                                           certificate; $CERTIFICATE and $KEY are its own
#   sentinel MASTER REPLICA SENTINEL        a sentinel, and the two servers that it watches as `flags`
#   cluster PORT PORT PORT BUS BUS BUS      a cluster of three servers without replicas
#
# Prints the folder once everything is ready, then each order when it is done: `stop NAME` at once, as
# if the machine had failed, `resume NAME`, `freeze NAME`, `thaw NAME`.
set -eu
# What interrupts the tests must not keep this from cleaning up after them.
trap '' INT TERM HUP
form="$1"
shift
folder="$(mktemp -d /tmp/burgee-redis-XXXXXX)"
cd "$folder"
finish() {
    for file in "$folder"/*/pid; do
        [ -e "$file" ] && kill -9 "$(cat "$file")" 2>/dev/null || true
    done
    rm -rf "$folder"
}
fail() {
    cat "$folder"/*/log >&2 || true
    finish
    exit 1
}
# start NAME: by the configuration in its folder. Redis writes `pid` when it is about to listen.
start() {
    rm -f "$1/pid"
    redis-server "$folder/$1/conf" $(cat "$1/arguments" 2>/dev/null) >/dev/null 2>&1 || fail
    await test -s "$1/pid"
}
# await COMMAND...: for up to 20 seconds.
await() {
    tries=400
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || fail
        sleep 0.05
    done
}
# configure NAME: the rest of its configuration is on standard input.
configure() {
    mkdir "$1"
    cat - >"$1/conf" <<CONFIGURATION
dir $folder/$1
pidfile $folder/$1/pid
logfile $folder/$1/log
daemonize yes
$(cat)
CONFIGURATION
}
says() {
    redis-cli -p "$1" $2 | grep -q "$3"
}
common='save ""
databases 1000
bind 127.0.0.1'
case "$form" in
one)
    configure server <<CONFIGURATION
$common
port 0
unixsocket $folder/redis.sock
CONFIGURATION
    start server
    await redis-cli -s "$folder/redis.sock" ping
    ;;
tls)
    printf '%s' "$CERTIFICATE" >certificate.pem
    printf '%s' "$KEY" >key.pem
    configure server <<CONFIGURATION
$common
port 0
tls-port $1
tls-cert-file $folder/certificate.pem
tls-key-file $folder/key.pem
tls-ca-cert-file $folder/certificate.pem
tls-auth-clients yes
requirepass pass/word
CONFIGURATION
    start server
    ;;
sentinel)
    printf '%s\nport %s\n' "$common" "$1" | configure master
    printf '%s\nport %s\nreplicaof 127.0.0.1 %s\nrepl-diskless-sync-delay 0\n' "$common" "$2" "$1" | configure replica
    echo 'repl-diskless-sync-delay 0' >>master/conf
    configure sentinel <<CONFIGURATION
bind 127.0.0.1
port $3
sentinel monitor flags 127.0.0.1 $1 1
sentinel down-after-milliseconds flags 500
sentinel failover-timeout flags 2000
CONFIGURATION
    echo --sentinel >sentinel/arguments
    start master
    start replica
    await says "$2" 'info replication' master_link_status:up
    start sentinel
    await says "$3" 'sentinel replicas flags' "$2"
    ;;
cluster)
    name=0
    for port in "$1" "$2" "$3"; do
        name=$((name + 1))
        shift_by=$((name + 3))
        eval "bus=\${$shift_by}"
        configure "node$name" <<CONFIGURATION
$common
databases 1
port $port
cluster-enabled yes
cluster-port $bus
cluster-node-timeout 2000
CONFIGURATION
        start "node$name"
        await redis-cli -p "$port" ping
        redis-cli -p "$port" cluster set-config-epoch "$name" >/dev/null
        redis-cli -p "$port" cluster addslotsrange \
            $(((name - 1) * 5461)) $((name == 3 ? 16383 : name * 5461 - 1)) >/dev/null
    done
    redis-cli -p "$1" cluster meet 127.0.0.1 "$2" "$5" >/dev/null
    redis-cli -p "$1" cluster meet 127.0.0.1 "$3" "$6" >/dev/null
    for port in "$1" "$2" "$3"; do
        await says "$port" 'cluster info' cluster_state:ok
        await says "$port" 'cluster info' cluster_known_nodes:3
    done
    ;;
esac
echo "$folder"
while read -r order name; do
    case "$order" in
    stop) kill -9 "$(cat "$name/pid")" ;;
    resume) start "$name" ;;
    freeze) kill -STOP "$(cat "$name/pid")" ;;
    thaw) kill -CONT "$(cat "$name/pid")" ;;
    esac >/dev/null
    echo "$order $name"
done
finish
