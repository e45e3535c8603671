#include "ledger/bundle_text.hpp"

namespace parley::ledger {

// Plain POSIX shell: a court's expert reads it in ten minutes, and it shares no line with the program that
// wrote the bundle. Bytes are handled in files, because shell variables cannot hold them.
std::string verify_script() {
  return R"sh(#!/bin/sh
# Checks an unpacked Parley evidence bundle with openssl 3 and coreutils alone:
#   1. every file is the one that the signed manifest lists,
#   2. the manifest is signed by the exporter's role key,
#   3. the checkpoint is signed by the log key,
#   4. every recorded statement opens its leaf, and every leaf is in the log under that checkpoint.
# Usage: sh verify.sh [LOG_VKEY_FILE ROLE_VKEY_FILE]
# Give the two keys that you were handed in person. Without them the keys in the bundle are used, and then
# nothing is proven about who wrote it. What this script does not check (approvals, agreement, receipt), the
# program parley-verify does.
set -euf
export LC_ALL=C
# The keys are those at the caller's own place, never files of that name in the bundle.
here=$(pwd)
own_path() { case $1 in '' | /*) printf '%s' "$1" ;; *) printf '%s/%s' "$here" "$1" ;; esac; }
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "NOT OK: $*" >&2; exit 1; }
own_keys=no
log_vkey=$(own_path "${1:-}"); role_vkey=$(own_path "${2:-}")
if [ -z "$log_vkey" ] || [ -z "$role_vkey" ]; then
  own_keys=yes; log_vkey=keys/log-0.vkey; role_vkey=keys/role-0.vkey
fi

# An Ed25519 key from its vkey (NAME+ID+BASE64), as a DER file that openssl reads.
der_key() { # FILE OUT
  { printf '\060\052\060\005\006\003\053\145\160\003\041\000'
    head -n 1 "$1" | sed 's/^[^+]*+[^+]*+//' | base64 -d | tail -c 32; } >"$2"
}
check_signature() { # KEY MESSAGE SIGNATURE
  openssl pkeyutl -verify -pubin -inkey "$1" -keyform DER -rawin -in "$2" -sigfile "$3" >/dev/null 2>&1
}
base64url() { # FILE OUT
  { tr -- '-_' '+/' <"$1"; printf '%s' "$(case $(($(wc -c <"$1") % 4)) in 2) echo == ;; 3) echo = ;; esac)"; } |
    base64 -d >"$2"
}
sha256() { openssl dgst -sha256 -binary "$1"; }
hexdigest() { sha256sum "$1" | cut -d ' ' -f 1; }

# 1. Files
[ -n "$(sed -n 1p manifest.sha256)" ] || fail "the manifest is empty"
sha256sum -c --quiet --strict manifest.sha256 || fail "a file is not the one that the manifest lists"
for file in $(find . -type f | sed 's/^\.\///' | sort); do
  case $file in manifest.sha256 | manifest.jws) continue ;; esac
  cut -c 67- manifest.sha256 | grep -qxF "$file" || fail "the manifest does not list $file"
done
echo "ok: $(wc -l <manifest.sha256) files are those of the manifest"

# 2. Manifest
der_key "$role_vkey" "$work/role.der"
cut -d . -f 1-2 manifest.jws | tr -d '\n' >"$work/signed"
cut -d . -f 2 manifest.jws | tr -d '\n' >"$work/payload64"
cut -d . -f 3 manifest.jws | tr -d '\n' >"$work/signature64"
base64url "$work/payload64" "$work/payload"
base64url "$work/signature64" "$work/signature"
check_signature "$work/role.der" "$work/signed" "$work/signature" || fail "the manifest is not signed by the role key"
grep -qF "\"manifest_hash\":\"$(hexdigest manifest.sha256)\"" "$work/payload" ||
  fail "the signature is over another manifest"
echo "ok: the manifest is signed by $(sed 's/+.*//' "$role_vkey")"

# 3. Checkpoint
der_key "$log_vkey" "$work/log.der"
origin=$(sed 's/+.*//' "$log_vkey" | head -n 1)
sed '/^$/,$d' checkpoint >"$work/head"
[ "$(sed -n 1p "$work/head")" = "$origin" ] || fail "the checkpoint is of another log than the key"
id=$(head -n 1 "$log_vkey" | cut -d + -f 2)
found=no
sed '1,/^$/d' checkpoint | sed -n 's/^[^ ]* //p' >"$work/lines"
while IFS= read -r line; do
  [ "${line% *}" = "$origin" ] || continue
  printf '%s' "${line##* }" | base64 -d >"$work/note"
  [ "$(head -c 4 "$work/note" | od -An -tx1 | tr -d ' \n')" = "$id" ] || continue
  tail -c +5 "$work/note" >"$work/signature"
  check_signature "$work/log.der" "$work/head" "$work/signature" || fail "the checkpoint is not signed by the log key"
  found=yes
done <"$work/lines"
[ $found = yes ] || fail "the checkpoint has no signature of the log key"
size=$(sed -n 2p "$work/head")
sed -n 3p "$work/head" | base64 -d >"$work/root"
echo "ok: the checkpoint of $origin covers $size entries"

# 4. Leaves (RFC 6962 hashing, inclusion as in RFC 9162 section 2.1.3.2)
proven=0
while read -r index statement; do
  commitment=$(openssl dgst -sha256 -mac HMAC -macopt "hexkey:$(cat "proofs/$index.opening")" "$statement" |
    sed 's/.*= //')
  grep -qF "\"commitment\":\"$commitment\"" "proofs/$index.leaf" || fail "leaf $index does not commit to $statement"
  { printf '\000'; cat "proofs/$index.leaf"; } >"$work/in"
  sha256 "$work/in" >"$work/r"
  fn=$index
  sn=$((size - 1))
  [ "$fn" -le "$sn" ] || fail "leaf $index lies outside the tree"
  sed -n '/^index /,/^$/p' "proofs/$index.tlog-proof" | sed '1d;$d' >"$work/path"
  while IFS= read -r hash; do
    printf '%s' "$hash" | base64 -d >"$work/p"
    [ "$sn" -gt 0 ] || fail "the path of leaf $index is too long"
    if [ $((fn % 2)) -eq 1 ] || [ "$fn" -eq "$sn" ]; then
      { printf '\001'; cat "$work/p" "$work/r"; } >"$work/in"
      while [ $((fn % 2)) -eq 0 ] && [ "$fn" -ne 0 ]; do fn=$((fn / 2)); sn=$((sn / 2)); done
    else
      { printf '\001'; cat "$work/r" "$work/p"; } >"$work/in"
    fi
    sha256 "$work/in" >"$work/r"
    fn=$((fn / 2))
    sn=$((sn / 2))
  done <"$work/path"
  [ "$sn" -eq 0 ] || fail "the path of leaf $index is too short"
  cmp -s "$work/r" "$work/root" || fail "leaf $index is not in the log"
  proven=$((proven + 1))
done <proofs/list.txt
[ $proven -gt 0 ] || fail "the bundle has no proof"
echo "ok: $proven statements are in the log"
[ $own_keys = no ] || echo "note: checked with the keys in the bundle itself; nothing shows whose they are"
echo "OK"
)sh";
}

}  // namespace parley::ledger
