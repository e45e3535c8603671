#!/usr/bin/env bash
# The group's arithmetic runs in constant time: MemorySanitizer takes the scalars and the hashed values for undefined
# and reports any branch or address that depends on them, for every instruction set that this processor has.
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$root"

# Handing a secret to a function is no use of it.
flags=(-std=c++23 -O2 -g1 -fsanitize=memory -fno-sanitize-memory-param-retval -Isrc)
sources=(tests/constant_time/group_secrets.cpp)
for file in src/base/*.cpp src/group/*.cpp src/crypto/{hash,ristretto,secret}.cpp; do
  [[ $file == *_test.cpp ]] || sources+=("$file")
done
compile() {  # compile SOURCE: with the instruction set that CMake gives it
  local extra=()
  case $1 in
    *_avx2.cpp) extra=(-mavx2 -mfma) ;;
    *_avx512ifma.cpp) extra=(-mavx512f -mavx512dq -mavx512vl -mavx512ifma) ;;
  esac
  clang++-19 "${flags[@]}" "${extra[@]}" -c "$1" -o "$work/$(echo "$1" | tr / _).o"
}
export -f compile 2>/dev/null
for source in "${sources[@]}"; do
  compile "$source" &
  while (($(jobs -rp | wc -l) >= $(nproc))); do wait -n; done
done
wait
if ! clang++-19 "${flags[@]}" "$work"/*.o -lsodium -lcrypto -lfmt -o "$work/secrets"; then
  echo "not ok - the check builds"
  exit 1
fi

"$work/secrets" 2>"$work/report" || { echo "not ok - a secret decides about a branch or an address"; head -30 "$work/report"; }
for isa in $("$work/secrets" list); do
  for how in branch address; do
    if "$work/secrets" leak "$how" "$isa" >/dev/null 2>"$work/report"; then
      echo "not ok - $isa: a result that leaks by $how is noticed"
    elif grep -q "use-of-uninitialized-value" "$work/report"; then
      echo "ok - $isa: a result that leaks by $how is noticed"
    else
      echo "not ok - $isa: a result that leaks by $how is noticed"
      head -20 "$work/report"
    fi
  done
done
