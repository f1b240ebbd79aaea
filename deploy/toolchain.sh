#!/usr/bin/env bash
# Says where `swift` is, and refuses a toolchain that is too old. Meant to be sourced.
for folder in /opt/swift/usr/bin /usr/local/swift/usr/bin "$HOME/.local/share/swiftly/bin" "$HOME/.swiftly/bin"; do
    command -v swift >/dev/null && break
    [ -x "$folder/swift" ] && PATH="$folder:$PATH"
done
if ! command -v swift >/dev/null; then
    echo "No Swift toolchain was found. FedOps builds with Swift 6.2 or later: https://www.swift.org/install/linux/" >&2
    exit 1
fi
swift_version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
if [ "$(printf '6.2\n%s\n' "$swift_version" | sort -V | head -n 1)" != 6.2 ]; then
    echo "Swift $swift_version is too old: FedOps builds with 6.2 or later (https://www.swift.org/install/linux/)" >&2
    exit 1
fi
