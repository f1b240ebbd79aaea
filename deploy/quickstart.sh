#!/usr/bin/env bash
# From a fresh Debian 12 machine with the Swift toolchain to federated rounds on real data.
#   bash deploy/quickstart.sh [options of `fedops demo`]
# Installs the Debian packages that are missing, builds, and runs the demo from examples-repo/.
# FEDOPS_CONFIGURATION=release builds with optimisation: slower to build, and what you want to keep.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
. deploy/toolchain.sh
configuration=${FEDOPS_CONFIGURATION:-debug}

# With -o json, standard output carries the one JSON object and nothing else.
bash deploy/packages.sh build run >&2
echo "building fedops ($configuration); the first time takes some minutes" >&2
log="$root/.build/quickstart-build.log"
mkdir -p "$root/.build"
if ! swift build --product fedops -c "$configuration" >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    echo "the build failed; its whole output is in $log" >&2
    exit 1
fi
fedops="$(swift build -c "$configuration" --show-bin-path)/fedops"
exec "$fedops" demo --example "$root/examples-repo" "$@"
