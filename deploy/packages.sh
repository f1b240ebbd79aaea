#!/usr/bin/env bash
# Installs the Debian packages that FedOps needs and that are not there yet.
#   bash deploy/packages.sh [build] [run] [test]
# `run` is enough on a machine that only runs the finished binary.
set -euo pipefail

run_packages=(ca-certificates git libgit2-1.5 libsqlite3-0 python3 python3-pip python3-venv)
build_packages=(build-essential libgit2-dev libsqlite3-dev pkg-config)
test_packages=(curl openssh-client openssh-server openssl python3-numpy)

[ $# -gt 0 ] || set -- build run
wanted=()
for set in "$@"; do
    case $set in
        run) wanted+=("${run_packages[@]}") ;;
        build) wanted+=("${build_packages[@]}") ;;
        test) wanted+=("${test_packages[@]}") ;;
        *) echo "packages.sh: no set of packages is called \"$set\": build, run and test are" >&2; exit 2 ;;
    esac
done

missing=()
for package in "${wanted[@]}"; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "packages.sh: these Debian packages are missing, and only root can install them: ${missing[*]}" >&2
        echo "             run as root: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi
echo "installing ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -q
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
}
if ! install >"$log" 2>&1; then
    cat "$log" >&2
    echo "packages.sh: installing failed; the lines above are apt-get's own" >&2
    exit 1
fi
