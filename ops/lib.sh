# What ops/run and ops/test share. Sourced, not run.

say() { printf '%s\n' "==> $*"; }
fail() {
    printf '%s\n' "ops: $*" >&2
    exit 1
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
    for package in libhiredis-dev libsqlite3-dev tzdata; do
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

require_packages() {
    local missing
    if ! command -v apt-get >/dev/null 2>&1; then
        command -v redis-server >/dev/null 2>&1 ||
            fail "not a Debian or Ubuntu machine: install redis, hiredis and sqlite3 with headers, and pkg-config."
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
