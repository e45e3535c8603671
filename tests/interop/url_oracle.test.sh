#!/usr/bin/env bash
# Node's URL class and selector/1 give the same canonical URLs, for random ones and for the committed vectors.
set -uo pipefail
cd "$(dirname "$0")/../.."
if ! command -v node >/dev/null; then echo "not ok - Node.js is installed (./setup --test)"; exit 1; fi
if out=$(node tests/interop/url_oracle.mjs build/dev/bin/intel_test 5000 2>&1); then
  echo "ok - Node's URL agrees on 5000 random URLs"
else
  echo "not ok - Node's URL agrees on 5000 random URLs"; echo "$out" | tail -n 20
fi
