#!/usr/bin/env bash
# An upward dependency, an include that was not declared, and an unknown module each stop CMake's configure step.
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

configure() {  # configure NAME: the module tree in $work/NAME, output in $work/out
  cmake -S "$work/$1" -B "$work/$1/build" -G Ninja -DCMAKE_CXX_COMPILER=clang++-19 >"$work/out" 2>&1
}
tree() {  # tree NAME LOWER_CMAKE LOWER_INCLUDE UPPER_CMAKE
  mkdir -p "$work/$1/src/lower" "$work/$1/src/upper"
  cat >"$work/$1/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.25)
project(layers LANGUAGES CXX)
set(PARLEY_TESTS OFF)
include("$root/cmake/ParleyModule.cmake")
add_subdirectory(src/lower)
add_subdirectory(src/upper)
parley_check_layers()
END
  echo "$2" >"$work/$1/src/lower/CMakeLists.txt"
  printf '%s\nint lower_value();\nint lower_value() { return 1; }\n' "$3" >"$work/$1/src/lower/lower.cpp"
  echo "#pragma once" >"$work/$1/src/lower/lower.hpp"
  echo "$4" >"$work/$1/src/upper/CMakeLists.txt"
  echo "#pragma once" >"$work/$1/src/upper/upper.hpp"
  printf '#include "lower/lower.hpp"\nint upper_value();\nint upper_value() { return 2; }\n' >"$work/$1/src/upper/upper.cpp"
}
expect() {  # expect NAME ok|"text of the refusal" TITLE
  if configure "$1"; then got=ok; else got=refused; fi
  if { [ "$2" = ok ] && [ "$got" = ok ]; } || { [ "$2" != ok ] && [ "$got" = refused ] && tr '\n' ' ' <"$work/out" | tr -s ' ' | grep -q "$2"; }; then
    echo "ok - $3"
  else
    echo "not ok - $3"; cat "$work/out"
  fi
}

tree good 'parley_module(lower LAYER 0)' '' 'parley_module(upper LAYER 10 DEPS lower)'
expect good ok "a downward dependency configures"
tree upward 'parley_module(lower LAYER 0 DEPS upper)' '' 'parley_module(upper LAYER 10)'
expect upward "lower (layer 0) may not depend on upper (layer 10)" "an upward dependency stops the configure step"
tree sideways 'parley_module(lower LAYER 10)' '' 'parley_module(upper LAYER 10 DEPS lower)'
expect sideways "upper (layer 10) may not depend on lower (layer 10)" "a sideways dependency stops the configure step"
tree include 'parley_module(lower LAYER 0)' '#include "upper/upper.hpp"' 'parley_module(upper LAYER 10 DEPS lower)'
expect include "lower does not depend on upper" "an include that was not declared stops the configure step"
tree unknown 'parley_module(lower LAYER 0)' '' 'parley_module(upper LAYER 10 DEPS lower nowhere)'
expect unknown "which is no module of Parley" "an unknown module stops the configure step"
