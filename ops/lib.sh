# What the scripts under ops share. Sourced, not run.

say() { printf '%s\n' "==> $*"; }
fail() {
    printf '%s\n' "ops: $*" >&2
    exit 1
}

# help_if_asked USAGE LINE... -- ARGUMENT...: prints how a script is used and ends, when the arguments ask for it.
help_if_asked() {
    local usage=$1 lines=() argument
    shift
    while [ "$1" != -- ]; do lines+=("$1") && shift; done
    shift
    for argument in "$@"; do
        case $argument in
        -h | --help)
            printf '%s\n' "Usage: $usage" "${lines[@]}"
            exit 0
            ;;
        esac
    done
}

# The Redis that the fleet is told to use, by --redis or REDIS_URL, has to be there. Whether it is one, and takes our
# password, the fleet finds out itself.
require_redis() {
    local url=${REDIS_URL:-} name=REDIS_URL place host port
    while [ $# -gt 0 ]; do
        case $1 in
        --redis) name=--redis url=${2:-} ;;
        --redis=*) name=--redis url=${1#--redis=} ;;
        esac
        shift
    done
    case $url in
    redis://* | rediss://*)
        place=${url#*://}
        place=${place##*@}
        place=${place%%[/?]*}
        case $place in
        \[*\]:*) host=${place%%]*} host=${host#[} port=${place##*]:} ;;
        \[*\]) host=${place#[} host=${host%]} port=6379 ;;
        *:*) host=${place%%:*} port=${place##*:} ;;
        *) host=$place port=6379 ;;
        esac
        [[ $port =~ ^[0-9]{1,5}$ ]] && [ -n "$host" ] || return 0
        timeout 5 bash -c 'exec 3<>"/dev/tcp/$1/$2"' _ "$host" "$port" 2>/dev/null && return 0
        place="$host:$port"
        ;;
    unix://*)
        place=${url#unix://}
        place=${place%%[?]*}
        [ ! -S "$place" ] || return 0
        ;;
    '' | redis+*://* | rediss+*://* | sentinel://*) return 0 ;;
    *)
        printf '%s\n' "ops: $name is not a Redis URL. Write it like redis://127.0.0.1:6379/0 or unix:///PATH?db=0." >&2
        exit 2
        ;;
    esac
    printf '%s\n' "ops: Redis at $place cannot be reached. Start redis-server there, or correct $name; without it the" \
        "fleet starts a Redis of its own." >&2
    exit 4
}

require_swift() {
    if ! command -v swift >/dev/null 2>&1; then
        fail "there is no 'swift' on the PATH. Install Swift 6.1 or later from https://www.swift.org/install/linux/" \
            "(swiftly or the tarball), open a new shell, and run this again."
    fi
    say "using $(swift --version 2>/dev/null | sed -n 's/.*\(Swift version [0-9.]*\).*/\1/p' | head -n 1)"
}

is_installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

missing_packages() {
    command -v redis-server >/dev/null 2>&1 || printf 'redis-server\n'
    command -v pkg-config >/dev/null 2>&1 || printf 'pkg-config\n'
    command -v sqlite3 >/dev/null 2>&1 || printf 'sqlite3\n'
    command -v openssl >/dev/null 2>&1 || printf 'openssl\n'
    local package
    # The libraries are linked against, so their headers count. tzdata is what cron entries' time zones are read from.
    for package in libhiredis-dev libsqlite3-dev zlib1g-dev liblzma-dev libzstd-dev tzdata; do
        is_installed "$package" || printf '%s\n' "$package"
    done
}

# Debian starts a service as soon as it is installed; the fleet brings its own redis-server, on its own port or socket.
# policy-rc.d with status 101 forbids that. One that is there already is the machine's own, and stays as it is.
install_packages() {
    local policy=/usr/sbin/policy-rc.d as_root=() status=0
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null 2>&1 || fail "missing packages: $*. Install them as root: apt-get install $*"
        as_root=(sudo)
    fi
    local guarded=no
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
        "${as_root[@]}" chmod +x "$policy"
        guarded=yes
    fi
    say "installing $*"
    {
        "${as_root[@]}" apt-get update -qq &&
            "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
    } || status=$?
    if [ "$guarded" = yes ]; then "${as_root[@]}" rm -f "$policy"; fi
    [ "$status" -eq 0 ] || fail "apt-get could not install $*. Its message is above."
}

# What the tests need besides: promtool checks the metrics, Python's own environments hold the neighbours of the ledger.
require_test_packages() {
    command -v apt-get >/dev/null 2>&1 || return 0
    local missing=()
    command -v promtool >/dev/null 2>&1 || missing+=(prometheus)
    # Namespaces of the network stand for hosts.
    [ -x /usr/sbin/ip ] || command -v ip >/dev/null 2>&1 || missing+=(iproute2)
    command -v curl >/dev/null 2>&1 || missing+=(curl)
    command -v python3 >/dev/null 2>&1 || missing+=(python3)
    python3 -c 'import ensurepip, venv' >/dev/null 2>&1 || missing+=(python3-venv)
    [ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
}

require_packages() {
    local missing
    if ! command -v apt-get >/dev/null 2>&1; then
        command -v redis-server >/dev/null 2>&1 ||
            fail "not a Debian or Ubuntu machine: install redis, hiredis, sqlite3, zlib, liblzma and" \
                "libzstd with headers, and pkg-config."
        return 0
    fi
    missing=$(missing_packages)
    if [ -z "$missing" ]; then
        say "all Debian packages are there"
        return 0
    fi
    # shellcheck disable=SC2086  # one word for each package is meant
    install_packages $missing
}
