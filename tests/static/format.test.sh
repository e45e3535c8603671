#!/usr/bin/env bash
# Every source file is as clang-format 19 leaves it.
set -uo pipefail
cd "$(dirname "$0")/../.."
mapfile -t files < <(git ls-files 'src/*.hpp' 'src/*.cpp' 'apps/*.hpp' 'apps/*.cpp' 'bench/*.hpp' 'bench/*.cpp' 'fuzz/*.cpp')
out=$(clang-format-19 --dry-run -Werror "${files[@]}" 2>&1 | grep -E 'error:' | cut -d: -f1 | sort | uniq -c)
if [ -z "$out" ]; then echo "ok - ${#files[@]} files are formatted"; else echo "not ok - every source file is formatted"; echo "$out"; fi
