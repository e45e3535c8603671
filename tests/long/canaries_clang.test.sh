#!/usr/bin/env bash
# The compiler that we ship with gets every canary that the lint passes right.
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
if output=$(python3 "$root/tests/canaries/run.py" --compiler clang++-19 2>&1); then
  echo "ok - clang breaks no canary that the lint passes"
else
  echo "not ok - clang breaks no canary that the lint passes"
  echo "$output"
fi
