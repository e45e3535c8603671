#!/usr/bin/env bash
# Every coroutine keeps the rules that g++ 12 needs, and the rules catch every canary that it miscompiles.
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
output=$(mktemp)
trap 'rm -f "$output"' EXIT

check() {  # check TITLE COMMAND…
  local title=$1
  shift
  if "$@" >"$output" 2>&1; then echo "ok - $title"; else echo "not ok - $title"; cat "$output"; fi
}

check "the coroutines of the sources keep the rules" python3 "$root/tools/check_coawait.py"
check "the lint says of each canary what is expected" python3 "$root/tests/canaries/run.py" --lint-only
check "g++ breaks no canary that the lint passes" python3 "$root/tests/canaries/run.py"
