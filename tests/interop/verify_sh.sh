#!/bin/sh
# The script that ships in a bundle, on an unpacked bundle: it must accept the bundle with the right keys and
# refuse it after a change of any kind of file, and with other keys.
# Usage: tests/interop/verify_sh.sh BUNDLE.zip TRUST-FILE
set -eu
bundle=$(realpath "$1")
trust=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/good"
cd "$work/good"
if command -v unzip >/dev/null 2>&1; then
  unzip -q "$bundle"
elif command -v bsdtar >/dev/null 2>&1; then
  bsdtar -xf "$bundle"
else
  python3 -m zipfile -e "$bundle" .
fi
origin=$(head -n 1 checkpoint)
for use in log role; do
  awk -v use="$use" -v origin="$origin+" '$1 == use && index($2, origin) == 1 { print $2 }' "$trust" |
    tail -n 1 >"$work/$use.vkey"
  [ -s "$work/$use.vkey" ] || { echo "the trust file has no $use key of $origin" >&2; exit 1; }
done
cd "$work"
sh good/verify.sh "$work/log.vkey" "$work/role.vkey"
(cd good && sh verify.sh ../log.vkey ../role.vkey)

tried=0
must_refuse() { # WHAT
  tried=$((tried + 1))
  if sh bad/verify.sh "$work/log.vkey" "$work/role.vkey" >"$work/out" 2>&1; then
    echo "NOT OK: accepted although $1" >&2
    cat "$work/out" >&2
    exit 1
  fi
}
fresh() { rm -rf bad; cp -r good bad; }
list_again() { # a manifest that fits the files, as somebody without the key would write it
  (cd bad && cut -c 67- manifest.sha256 | while read -r f; do sha256sum "$f"; done >m && mv m manifest.sha256)
}
for file in $(cd good && find . -type f | sort); do
  fresh; printf 'x' >>"bad/$file"; must_refuse "$file was changed"
done
fresh; printf 'more' >bad/notes.txt; must_refuse "a file was added"
fresh; printf 'more' >'bad/[c]heckpoint'; must_refuse "a file was added whose name is a pattern"
tried=$((tried + 1))
fresh; cp "$work/log.vkey" "$work/role.vkey" bad/keys/
if sh bad/verify.sh keys/log.vkey keys/role.vkey >"$work/out" 2>&1; then
  echo "NOT OK: took keys from the bundle that the caller does not have" >&2
  exit 1
fi
fresh; printf 'x' >>bad/report.html; list_again; must_refuse "the report and the manifest were changed"
first=$(head -n 1 good/proofs/list.txt | cut -d ' ' -f 1)
fresh; sed 's/"commitment":"0/"commitment":"1/;t;s/"commitment":"./"commitment":"0/' "good/proofs/$first.leaf" >"bad/proofs/$first.leaf"; list_again
must_refuse "a leaf was changed"
fresh; : >bad/manifest.sha256; must_refuse "the manifest was emptied"
cp "$work/role.vkey" "$work/kept"
cp "$work/log.vkey" "$work/role.vkey"; fresh; must_refuse "the role key is another"
cp "$work/kept" "$work/role.vkey"; cp "$work/kept" "$work/log.vkey"; must_refuse "the log key is another"
echo "OK: verify.sh accepts the bundle and refused $tried changes"
