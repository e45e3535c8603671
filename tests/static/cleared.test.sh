#!/usr/bin/env bash
# An exit cannot be written to without a clearance of the gate, and only the gate makes one: each program under
# tests/compile_fail must fail to compile for the reason it names (EXPECT), the control must compile.
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
output=$(mktemp)
trap 'rm -f "$output"' EXIT

for program in "$root"/tests/compile_fail/*.cpp; do
  name=$(basename "$program" .cpp)
  expect=$(sed -n 's,^// EXPECT: ,,p' "$program")
  if clang++-19 -std=c++23 -fsyntax-only -DFMT_SHARED -I"$root/src" "$program" >"$output" 2>&1; then got=ok; else got=refused; fi
  if [ "$expect" = ok ]; then
    if [ $got = ok ]; then echo "ok - $name compiles"; else echo "not ok - $name compiles"; cat "$output"; fi
  elif [ $got = refused ] && grep -E 'error:' "$output" | grep -qE "$expect"; then
    echo "ok - $name does not compile"
  else
    echo "not ok - $name does not compile: $expect"; cat "$output"
  fi
done
