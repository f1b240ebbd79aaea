#!/usr/bin/env bash
# Installs what the tests need, builds, and runs all of them.
#   bash Tests/run.sh                       all tests
#   bash Tests/run.sh [swift test options]  such as --filter GitTests
set -euo pipefail
cd "$(dirname "$0")/.."
. deploy/toolchain.sh
bash deploy/packages.sh build run test
# A target may only import what Package.swift draws an arrow to.
swift build --build-tests --explicit-target-dependency-import-check error
[ $# -eq 0 ] || exec swift test --skip-build "$@"

# One target at a time: the arithmetic of one would starve the deadlines of another that waits for real processes.
log=$(mktemp)
issues=$(mktemp)
trap 'rm -f "$log" "$issues"' EXIT
passed=0
failed=()
for folder in Tests/*Tests; do
    target=$(basename "$folder")
    echo "== $target"
    # Frameworks of Python load for seconds and take all cores: of those, few at a time.
    case $target in
        FlowRunnerTests | SimulationTests) width=(--experimental-maximum-parallelization-width 4) ;;
        *) width=() ;;
    esac
    set +e
    swift test --skip-build ${width[@]+"${width[@]}"} --filter "^$target\\." 2>&1 | tee "$log" | grep -v '^◇'
    status=${PIPESTATUS[0]}
    set -e
    count=$(sed -n 's/^✔ Test run with \([0-9]*\) tests\{0,1\} .*/\1/p' "$log" | tail -n 1)
    if [ "$status" -ne 0 ] || [ -z "$count" ] || [ "$count" -eq 0 ]; then
        failed+=("$target")
        # Once more at the end, where they are found; a crash says little else than its last lines.
        { grep -A 12 ' recorded an issue ' "$log" || tail -n 40 "$log"; } | cut -c 1-2000 | head -n 200 >>"$issues" || true
    else
        passed=$((passed + count))
    fi
done
[ ! -s "$issues" ] || { echo "== What failed" && cat "$issues"; }
for target in ${failed[@]+"${failed[@]}"}; do echo "$target failed; its tests alone: bash Tests/run.sh --filter '^$target\\.'"; done
echo "$passed passed, ${#failed[@]} failed"
[ ${#failed[@]} -eq 0 ]
