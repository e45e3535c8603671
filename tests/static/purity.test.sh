#!/usr/bin/env bash
# Below the network layer nothing opens a socket, starts a thread, reads the wall clock or draws global randomness:
# Clock, Entropy and Parallel are parameters. Comments do not count, tests and drivers' file access do not either.
set -uo pipefail
cd "$(dirname "$0")/../.."

shell="net api"  # the only modules that may
forbidden='system_clock::now|steady_clock::now|high_resolution_clock::now|\btime\(nullptr\)|\btime\(NULL\)|gettimeofday|clock_gettime|std::random_device|randombytes_buf|randombytes_random|\bRAND_bytes|getrandom\(|getentropy\(|std::(j)?thread\b|std::async|pthread_create|\bsocket\(|\bconnect\(AF|<sys/socket\.h>|<thread>|boost/asio|co_await'

# scan FOLDER…: uses of what is forbidden, comments taken out.
scan() {
  for folder in "$@"; do
    for file in "$folder"/*.hpp "$folder"/*.cpp; do
      [ -e "$file" ] || continue
      case "$file" in *_test.cpp | *_fixture.hpp | *_conformance.hpp) continue ;; esac
      # SCMP_SYS(name) names a system call for a filter, it does not make one.
      sed -e 's://.*$::' -e 's:SCMP_SYS([a-z0-9_]*)::g' "$file" | grep -nE "$forbidden" | sed "s|^|$file:|"
    done
  done
}

folders=()
for folder in src/*/; do
  folder=${folder%/}
  case " $shell " in *" ${folder#src/} "*) ;; *) folders+=("$folder") ;; esac
done
found=$(scan "${folders[@]}")
if [ -z "$found" ]; then echo "ok - nothing below net reads a clock, draws randomness, starts a thread or opens a socket"
else echo "not ok - nothing below net reads a clock, draws randomness, starts a thread or opens a socket"; echo "$found"; fi

# The scan must be able to find something.
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
printf 'auto now = std::chrono::system_clock::now();\n' >"$work/a.cpp"
if [ -n "$(scan "$work")" ]; then echo "ok - the scan finds a clock that is read"; else echo "not ok - the scan finds a clock that is read"; fi
