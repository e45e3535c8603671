#!/usr/bin/env bash
# clang-tidy 19 over every source file that is shipped or tests what is shipped.
set -uo pipefail
cd "$(dirname "$0")/../.."
cmake --preset tsan >/dev/null  # the preset that has a command for each file
if out=$(python3 tools/tidy.py -p build/tsan 2>/dev/null); then echo "ok - ${out##*$'\n'}"
else echo "not ok - clang-tidy has nothing to say"; echo "$out" | tail -n 60; fi
