#!/usr/bin/env bash
# Group arithmetic, VOLE, key-value store, masks and OPRF run in constant time: MemorySanitizer takes their secrets
# for undefined and reports any branch or address that depends on them, for every instruction set that this
# processor has. Faults that are put in show that it does.
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$root"

# Handing a secret to a function is no use of it.
flags=(-std=c++23 -O2 -g1 -fsanitize=memory -fno-sanitize-memory-param-retval -Isrc)
# A module is compiled as one file, which takes a third of the time; kernels have options of their own.
unit() {  # unit NAME FILE…: writes the file that includes these
  local name=$1
  shift
  for file in "$@"; do
    case $file in
      *_test.cpp | */kernels_avx2.cpp | */kernels_avx512ifma.cpp) ;;
      *) echo "#include \"${file#src/}\"" ;;
    esac
  done >"$work/$name.cpp"
}
unit base src/base/*.cpp src/crypto/{hash,ristretto,secret,seeded}.cpp
unit group src/group/*.cpp
unit block src/block/{aes,aes_aesni,block_vector,gf128,path}.cpp
unit block_kernels src/block/{aes_avx512,gf128_aesni}.cpp
unit vole src/vole/*.cpp
unit store src/okvs/{band_sums,band_sums_matrices,row_hash,shape}.cpp
unit match src/match/vole_hash.cpp src/match/prefixed_sha256.cpp src/match/sha256_lanes.cpp src/match/sha256_lanes_avx512.cpp src/block/gf128_avx512.cpp
unit oprf src/oprf/*.cpp
compile() {  # compile NAME SOURCE [OPTION…]
  local name=$1 source=$2
  shift 2
  clang++-19 "${flags[@]}" "$@" -c "$source" -o "$work/$name.o"
}
compile group "$work/group.cpp" &
compile avx2 src/group/kernels_avx2.cpp -mavx2 -mfma &
wait -n
compile ifma src/group/kernels_avx512ifma.cpp -mavx512f -mavx512dq -mavx512vl -mavx512ifma &
for name in vole protocol_secrets base group_secrets block block_kernels store match oprf; do
  while (($(jobs -rp | wc -l) >= $(nproc))); do wait -n; done
  source=$work/$name.cpp
  [[ -f $source ]] || source=tests/constant_time/$name.cpp
  compile "$name" "$source" &
done
wait
link() {  # link PROGRAM OBJECT…
  local program=$1
  shift
  clang++-19 "${flags[@]}" "${@/#/$work/}" -lsodium -lcrypto -lfmt -o "$work/$program"
}
if ! link group {group_secrets,base,group,avx2,ifma}.o ||
  ! link protocol {protocol_secrets,base,group,avx2,ifma,block,block_kernels,vole,store,match,oprf}.o; then
  echo "not ok - the check builds"
  exit 1
fi

leaks() {  # leaks PROGRAM: faults in each of its parts, or instruction sets
  for part in $("$work/$1" list); do
    for how in branch address; do
      if "$work/$1" leak "$how" "$part" >/dev/null 2>"$work/report"; then
        echo "not ok - $part: a result that leaks by $how is noticed"
      elif grep -q "use-of-uninitialized-value" "$work/report"; then
        echo "ok - $part: a result that leaks by $how is noticed"
      else
        echo "not ok - $part: a result that leaks by $how is noticed"
        head -20 "$work/report"
      fi
    done
  done
}
for program in group protocol; do
  "$work/$program" 2>"$work/report" ||
    { echo "not ok - $program: a secret decides about a branch or an address"; head -30 "$work/report"; }
  leaks "$program"
done
