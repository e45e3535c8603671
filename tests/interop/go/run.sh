#!/bin/sh
# Other people's code on our bytes: Go's golang.org/x/mod opens the checkpoint and checks every proof.
# Usage: tests/interop/go/run.sh BUNDLE.zip TRUST-FILE     exit 77: no Go on this machine
set -eu
bundle=$(realpath "$1")
trust=$(realpath "$2")
cd "$(dirname "$0")"
PATH=$PATH:/usr/local/go/bin:/usr/lib/go/bin
command -v go >/dev/null 2>&1 || { echo "no Go here (Debian: golang-go)" >&2; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The log of the exporter is the first party of the bundle; its key comes from the trust file.
origin=$(unzip -p "$bundle" checkpoint 2>/dev/null | head -n 1 || true)
if [ -n "$origin" ]; then
  awk -v origin="$origin+" '$1 == "log" && index($2, origin) == 1 { print $2 }' "$trust" | tail -n 1 >"$work/log.vkey"
else
  awk '$1 == "log" { print $2 }' "$trust" | head -n 1 >"$work/log.vkey"
fi
[ -s "$work/log.vkey" ] || { echo "the trust file has no log key for this bundle" >&2; exit 1; }
GOTOOLCHAIN=local GOFLAGS=-mod=readonly go build -o "$work/interop" .
"$work/interop" "$bundle" "$work/log.vkey"
