#!/usr/bin/env bash
# clang-tidy 19 over every source file that is shipped or tests what is shipped.
set -uo pipefail
cd "$(dirname "$0")/../.."
cmake --preset dev >/dev/null
mapfile -t files < <(git ls-files 'src/*.cpp' 'apps/*.cpp')
out=$(printf '%s\n' "${files[@]}" | xargs -P "$(nproc)" -n 4 clang-tidy-19 -p build/dev --quiet --extra-arg=-Wno-unknown-warning-option 2>/dev/null | grep -E '(warning|error):' | sort -u)
if [ -z "$out" ]; then echo "ok - clang-tidy has nothing to say about ${#files[@]} files"
else echo "not ok - clang-tidy has nothing to say"; echo "$out" | head -n 60; fi
