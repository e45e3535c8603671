#!/usr/bin/env python3
"""The repository itself: links that lead somewhere, files of a bearable length, licences beside data, no stray paths."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
files = [ROOT / name for name in subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
         .stdout.decode().split("\0") if name]
failed = 0


def verdict(name, problems):
    global failed
    print(f"{'not ok' if problems else 'ok'} - {name}")
    for problem in problems[:20]:
        print(f"  {problem}")
    failed += bool(problems)


problems = []
for page in (f for f in files if f.suffix == ".md"):
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
        if not re.match(r"[a-z]+:", target) and not (page.parent / target).exists():
            problems.append(f"{page.relative_to(ROOT)}: {target}")
verdict("every link in the documentation leads to a file", problems)

problems = []
for source in (f for f in files if f.suffix in (".hpp", ".cpp")):
    lines = source.read_text().count("\n")
    if lines > 600:
        problems.append(f"{source.relative_to(ROOT)}: {lines} lines")
verdict("no source file is longer than 600 lines", problems)

problems = []
for header in (f for f in files if f.suffix == ".hpp"):
    if "#pragma once" not in header.read_text():
        problems.append(str(header.relative_to(ROOT)))
verdict("every header has #pragma once", problems)

problems = [str(folder.relative_to(ROOT)) for folder in (ROOT / "data" / "samples").iterdir()
            if folder.is_dir() and not any(f.name.upper().startswith(("LICEN", "README")) for f in folder.iterdir())
            and not any(f.name.upper().startswith(("LICEN", "README")) for f in folder.parent.iterdir() if f.is_file())]
verdict("every folder of samples states its licence", problems)

problems = []
unfinished = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|not imple" r"mented|unimple" r"mented)\b")
for source in (f for f in files if f.suffix in (".hpp", ".cpp", ".py", ".sh", ".cmake")):
    for number, line in enumerate(source.read_text(errors="replace").splitlines(), 1):
        if unfinished.search(line):
            problems.append(f"{source.relative_to(ROOT)}:{number}")
verdict("nothing says of itself that it is unfinished", problems)

problems = [str(f.relative_to(ROOT)) for f in files if f.is_file() and f.stat().st_size > 1 << 20]
verdict("no file is larger than 1 MiB", problems)

problems = []
used = {}
for test in (f for f in files if f.name.endswith("_test.cpp")):
    for name in re.findall(r"^(?:TEST|TEST_F|TEST_P|TYPED_TEST|RC_GTEST_PROP|RC_GTEST_FIXTURE_PROP)\(\s*(\w+),\s*(\w+)", test.read_text(), re.M):
        if name in used and used[name] == test.parent:
            problems.append(f"{test.relative_to(ROOT)}: {'.'.join(name)} twice")
        used[name] = test.parent
verdict("every test has a name of its own", problems)
sys.exit(1 if failed else 0)
