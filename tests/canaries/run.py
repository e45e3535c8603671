#!/usr/bin/env python3
"""Compiles the canaries, runs each in a process of its own, and compares what happens with expected.txt.

A canary is a small coroutine that g++ 12 may miscompile. Three things must hold:
  - tools/check_coawait.py says of each what expected.txt says;
  - a canary that the lint passes runs correctly with this compiler (else the lint has a hole);
  - a canary that expected.txt calls sound runs correctly.
A canary called broken that runs is only mentioned: a newer compiler may have learnt it. One called refused is
not compiled: g++ 12 stops at it with an error of its own.
"""
import argparse
import concurrent.futures
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
LINT = HERE.parent.parent / "tools" / "check_coawait.py"
GROUPS = 2  # translation units: one for each core of a small machine
MACROS = ("CAT2", "CAT", "CO_TRY_", "CO_TRY")

MAIN = """
#include <cstring>
template <class Test>
int run(Test test) {
  {
    net::io_context io;
    bool thrown = false;
    net::co_spawn(io, test(), [&](std::exception_ptr error) { thrown = error != nullptr; });
    io.run();
    if (thrown) return 3;
  }
  return live == 0 ? 0 : 4;
}
"""


def read_expected():
    out = {}
    for line in (HERE / "expected.txt").read_text().splitlines():
        fields = line.split()
        if fields and not line.startswith("#"):
            out[fields[0]] = (fields[1], fields[2])
    return out


def lint_findings(names):
    files = [str(HERE / f"{name}.cpp") for name in names]
    run = subprocess.run([sys.executable, str(LINT), *files], capture_output=True, text=True)
    if run.returncode not in (0, 1):
        sys.exit(run.stderr)
    return {pathlib.Path(line.split(":")[0]).stem for line in run.stdout.splitlines()}


def write_unit(names, group, folder):
    text = f'#include "{HERE}/canary.hpp"\n'
    for name in names:
        text += "".join(f"#undef {macro}\n" for macro in MACROS)
        text += f'namespace canary_{name} {{\n#include "{HERE}/{name}.cpp"\n}}\n'
    text += MAIN + "int main(int, char** argv) {\n"
    for name in names:
        text += f'  if (std::strcmp(argv[1], "{name}") == 0) return run(canary_{name}::test);\n'
    text += "  return 2;\n}\n"
    source = folder / f"group{group}.cpp"
    source.write_text(text)
    return source


def build(compiler, names, group, folder):
    source = write_unit(names, group, folder)
    program = source.with_suffix("")
    command = [compiler, "-std=c++23", "-O1", "-w", str(source), "-o", str(program), "-pthread"]
    made = subprocess.run(command, capture_output=True, text=True)
    if made.returncode:
        sys.exit(f"canaries do not compile with {compiler}:\n{made.stderr[:4000]}")
    return {name: program for name in names}


def run_canary(program, name):
    try:
        done = subprocess.run([str(program), name], capture_output=True, timeout=10)
    except subprocess.TimeoutExpired:
        return "never ended"
    return "" if done.returncode == 0 else f"exit status {done.returncode}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("--lint-only", action="store_true", help="compile nothing")
    arguments = parser.parse_args()

    expected = read_expected()
    names = sorted(path.stem for path in HERE.glob("*.cpp"))
    problems = [f"{name}: in expected.txt and in the folder it must be the same canaries"
                for name in set(names) ^ set(expected)]
    flagged = lint_findings(names)
    for name in names:
        said = "flagged" if name in flagged else "passed"
        if name in expected and said != expected[name][0]:
            problems.append(f"{name}: {said} by the lint, expected.txt says {expected[name][0]}")

    if not arguments.lint_only:
        with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(GROUPS) as pool:
            runnable = [name for name in names if expected.get(name, ("", ""))[1] != "refused"]
            parts = [runnable[group::GROUPS] for group in range(GROUPS)]
            built = pool.map(lambda group: build(arguments.compiler, parts[group], group, pathlib.Path(folder)),
                             range(GROUPS))
            programs = {name: program for part in built for name, program in part.items()}
            results = dict(zip(runnable, pool.map(lambda name: run_canary(programs[name], name), runnable)))
        for name, failure in results.items():
            if failure and name not in flagged:
                problems.append(f"{name}: passed by the lint, but {failure} with {arguments.compiler}")
            elif failure and expected.get(name, ("", ""))[1] == "sound":
                problems.append(f"{name}: expected.txt calls it sound, but {failure} with {arguments.compiler}")
            elif not failure and expected.get(name, ("", ""))[1] == "broken":
                print(f"note: {name} runs correctly with {arguments.compiler}")

    for problem in problems:
        print(problem)
    print(f"{len(names)} canaries, {len(flagged)} flagged, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
