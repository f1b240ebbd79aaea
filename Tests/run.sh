#!/usr/bin/env bash
# Installs what the tests need, builds, and runs all of them.
#   bash Tests/run.sh [options of `swift test`, such as --filter GitTests]
set -euo pipefail
cd "$(dirname "$0")/.."
. deploy/toolchain.sh
bash deploy/packages.sh build run test
# A target may only import what Package.swift draws an arrow to.
swift build --build-tests --explicit-target-dependency-import-check error
exec swift test --skip-build "$@"
