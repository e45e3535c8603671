#!/usr/bin/env python3
"""Runs clang-tidy 19 over every source file that is shipped or tests what is shipped.

clang-tidy spends most of its time on the standard library, once a file. So files of one target are put together
into units, as many as do not define the same local name twice; a unit that does not compile is taken apart again
and its files are looked at one by one. Findings name the file and line that they came from.

    tools/tidy.py -p BUILD [--jobs N] [--state DIR] [PATH…]     exit 0 nothing to say, 1 findings

PATH: only files whose path begins so. --state remembers the files that were found clean as they are, so that a run can be
taken up again and the next one looks at what has changed since.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

from units import units

ROOT = pathlib.Path(__file__).resolve().parent.parent
UNIT_LINES = 2500
FINDING = re.compile(r"^(?P<file>[^:\s][^:]*):(?P<line>\d+):(?P<column>\d+): (?P<rest>(?:warning|error|note): .*)$")


def command_of(entry):
    """The compile command without its input, output and dependency files."""
    words = shlex.split(entry["command"]) if "command" in entry else list(entry["arguments"])
    words = words[next(i for i, word in enumerate(words) if "clang++" in word):]
    kept, skip = [], False
    for word in words:
        if skip:
            skip = False
        elif word in ("-o", "-MT", "-MF", "-c"):
            skip = word != "-c"
        elif word not in ("-MD", "-Werror", entry["file"]):
            kept.append(word)
    return kept + ["-w"]


def tidy(paths, command, directory):
    """Findings over these files as one unit: ([(file, line, text), …], whether it compiled)."""
    with tempfile.TemporaryDirectory() as folder:
        unit = pathlib.Path(folder) / "unit.cpp"
        folder_of = str((ROOT / paths[0]).parent)  # a unit is of one target, so of one folder
        starts, text = [], ""
        for path in paths:
            starts.append((text.count("\n"), path))
            text += (ROOT / path).read_text().replace("#pragma once", "") + "\n"
        unit.write_text(text)
        (pathlib.Path(folder) / "compile_commands.json").write_text(json.dumps(
            [{"directory": directory, "file": str(unit), "arguments": command + ["-I", folder_of, "-c", str(unit)]}]))
        # The analyzer takes minutes for the paths through a file of tests, which run under sanitizers anyway.
        less = ["--checks=-clang-analyzer-*"] if paths[0].endswith("_test.cpp") else []
        done = subprocess.run(["clang-tidy-19", "-p", folder, f"--config-file={ROOT / '.clang-tidy'}", "--quiet", *less, str(unit)],
                              cwd=directory, capture_output=True, text=True, errors="replace")
    found, compiled = [], True
    for line in done.stdout.splitlines():
        match = FINDING.match(line)
        if not match or match["rest"].startswith("note"):
            continue
        if "[clang-diagnostic-error]" in line:
            compiled = False
        file, number = match["file"], int(match["line"])
        if file.startswith("/usr/"):
            continue  # the analyzer does not follow coroutines, and what it says of them lies in Asio
        if file == str(unit):
            start, file = max((s, p) for s, p in starts if s < number)
            number -= start
        found.append((str(file), number, match["rest"]))
    if done.returncode != 0 and not found:
        found.append((paths[0], 0, f"clang-tidy ended with {done.returncode}: {done.stderr.strip()[-300:]}"))
    return found, compiled


def main():
    parser = argparse.ArgumentParser(prog="tools/tidy.py", description=__doc__.splitlines()[0])
    parser.add_argument("-p", dest="build", required=True, help="folder with compile_commands.json (clang)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--state", help="folder that remembers clean files")
    parser.add_argument("--single", action="store_true", help="every file a unit of its own")
    parser.add_argument("paths", nargs="*", help="only files whose path begins so")
    options = parser.parse_args()

    entries = {}
    for entry in json.loads((pathlib.Path(options.build) / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["directory"], entry["file"]).resolve()
        if path.is_relative_to(ROOT):
            entries[str(path.relative_to(ROOT))] = entry
    listed = subprocess.run(["git", "ls-files", "src/*.cpp", "apps/*.cpp"], cwd=ROOT, capture_output=True,
                            text=True, check=True).stdout.split()
    wanted = [path for path in listed if not options.paths or path.startswith(tuple(options.paths))]
    missing = [path for path in wanted if path not in entries]
    if missing:
        print(f"not in the compile database: {' '.join(missing[:5])}; configure with tests first", file=sys.stderr)
        return 2

    state = pathlib.Path(options.state) if options.state else None
    if state:
        state.mkdir(parents=True, exist_ok=True)

    def remembered(path):
        return state / hashlib.sha256(path.encode() + b"\0" + (ROOT / path).read_bytes()).hexdigest()

    if state:
        known = len(wanted)
        wanted = [path for path in wanted if not remembered(path).exists()]
        print(f"{known - len(wanted)} files are clean as they are", file=sys.stderr)

    targets = {}
    for path in wanted:
        targets.setdefault((str(pathlib.Path(path).parent), path.endswith("_test.cpp")), []).append(path)
    work = []
    for files in targets.values():
        work += [[path] for path in files] if options.single else units([(path, (ROOT / path).read_text()) for path in files], UNIT_LINES)
    findings = set()

    def look(paths):
        marks = [remembered(path) for path in paths] if state else []
        entry = entries[paths[0]]
        found, compiled = tidy(paths, command_of(entry), entry["directory"])
        if not compiled and len(paths) > 1:
            found = []
            for path in paths:
                found += tidy([path], command_of(entries[path]), entries[path]["directory"])[0]
        for path, mark in zip(paths, marks):
            if not any(file == path for file, _, _ in found):
                mark.touch()
        return paths, found

    done = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for paths, found in pool.map(look, work):
            done += len(paths)
            print(f"{done}/{len(wanted)} files", end="\r" if sys.stderr.isatty() else "\n", file=sys.stderr, flush=True)
            for file, line, text in found:
                if (file, line, text) not in findings:
                    findings.add((file, line, text))
                    print(f"{file}:{line}: {text}", flush=True)
    print(f"clang-tidy looked at {len(wanted)} files in {len(work)} units: {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
