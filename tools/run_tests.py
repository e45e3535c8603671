#!/usr/bin/env python3
"""Builds Parley and runs its tests; prints one line a suite and, last, "N passed, N failed".

A suite is a list of (test name, passed, detail). Unit tests report through Google Test's JSON; scripts under
tests/ report lines "ok - name" and "not ok - name" (TAP without a plan), or by their exit code alone.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
JOBS = str(os.cpu_count() or 2)
# Unit tests that read PARLEY_LONG: a million sessions, hundreds of thousands of altered messages. Optimised builds only.
LONG_TESTS = ["exchange_test", "group_test", "lookup_test", "match_test", "okvs_test", "vole_test"]
# What takes longest begins first, so that the other core does not wait for it at the end.
SLOW = ("exchange_test", "taxii_client.test.py", "ledger_test", "misp_sync.test.py", "openapi.test.py", "match_test",
        "constant_time.test.sh", "state_sqlite_test")


class Tally:
    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.failures = []

    def add(self, suite, results, seconds):
        good = sum(1 for _, ok, _ in results if ok)
        bad = [(name, detail) for name, ok, detail in results if not ok]
        self.passed += good
        self.failed += len(bad)
        mark = "ok  " if not bad else "FAIL"
        print(f"{mark} {suite:<44} {good:>5} passed {len(bad):>3} failed  {seconds:6.1f} s", flush=True)
        for name, detail in bad:
            self.failures.append((suite, name))
            print(f"     not ok: {name}", flush=True)
            for line in detail.strip().splitlines()[-25:]:
                print(f"         {line}", flush=True)


def run(command, timeout, cwd=ROOT, env=None):
    """Runs a command in its own process group; returns (exit code, output). A timeout counts as exit 124."""
    process = subprocess.Popen(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True)
    try:
        output, _ = process.communicate(timeout=timeout)
        return process.returncode, output
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        return 124, output + f"\nno end after {timeout} s"


def build(preset, tally, targets=()):
    start = time.time()
    code, output = run(["cmake", "--preset", preset], 300)
    if code == 0:
        command = ["cmake", "--build", "--preset", preset, "-j", JOBS]
        for target in targets:
            command += ["--target", target]
        code, output = run(command, 3600)
    tally.add(f"build {preset} {' '.join(targets)}".strip(), [(f"the {preset} preset builds", code == 0, output)],
              time.time() - start)
    return code == 0


def gtest_results(binary, timeout, long=False):
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report.json"
        env = dict(os.environ, TMPDIR=folder)
        if long:
            env["PARLEY_LONG"] = "1"
        code, output = run([str(binary), f"--gtest_output=json:{report}", "--gtest_brief=1"], timeout, env=env)
        results = []
        if report.exists():
            for suite in json.loads(report.read_text())["testsuites"]:
                for test in suite["testsuite"]:
                    if test.get("result") == "SKIPPED" or test.get("status") == "NOTRUN":
                        continue
                    failures = test.get("failures", [])
                    detail = "\n".join(failure["failure"] for failure in failures)
                    results.append((f"{suite['name']}.{test['name']}", not failures, detail))
        if not results or (code != 0 and all(ok for _, ok, _ in results)):
            results.append((f"{binary.name} ends well", False, f"exit {code}\n{output}"))
        return results


def unit_tests(preset, only, timeout=600, long=False):
    """Jobs [(name, function)] for the unit tests of a preset. With `long`, only the modules whose tests have larger
    counts, and with those."""
    binaries = sorted(b for b in (ROOT / "build" / preset / "bin").glob("*_test") if not only or only in b.name)
    if long:
        binaries = [b for b in binaries if b.name in LONG_TESTS]
    return [(f"{preset}: {'long ' if long else ''}{binary.name}",
             lambda binary=binary: gtest_results(binary, timeout, long)) for binary in binaries]


def fuzz_results(binary, seconds, seed):
    corpus = ROOT / "fuzz" / "corpus" / binary.name.removeprefix("fuzz_")
    with tempfile.TemporaryDirectory() as folder:
        found = pathlib.Path(folder) / "found"
        found.mkdir()
        command = [str(binary), f"-max_total_time={seconds}", "-timeout=25", "-rss_limit_mb=2048",
                   f"-seed={seed}", f"-artifact_prefix={folder}/", str(found)]
        if corpus.is_dir():
            command.append(str(corpus))
        code, output = run(command, seconds * 3 + 120)
        runs = re.findall(r"Done (\d+) runs", output)
        seeds = any(corpus.iterdir()) if corpus.is_dir() else False
        ok = code == 0 and bool(runs) and seeds
        detail = output if seeds else f"no seeds in {corpus}\n{output}"
        artifacts = [p for p in pathlib.Path(folder).iterdir() if p.is_file()]
        for artifact in artifacts:
            kept = ROOT / "build" / "fuzz-findings"
            kept.mkdir(parents=True, exist_ok=True)
            shutil.copy(artifact, kept / f"{binary.name}-{artifact.name}")
        return [(f"{binary.name} holds its property for {seconds} s", ok, detail)]


def fuzz(preset, only, seconds, seed):
    """Jobs for the fuzz targets. A seed other than 0 repeats the same inputs, so that a change is judged by what it
    changed; --long looks for new ones with seed 0."""
    binaries = sorted((ROOT / "build" / preset / "bin").glob("fuzz_*"))
    return [(binary.name, lambda binary=binary: fuzz_results(binary, seconds, seed))
            for binary in binaries if not only or only in binary.name]


def script_results(path, timeout):
    command = [sys.executable, str(path)] if path.suffix == ".py" else ["bash", str(path)]
    code, output = run(command, timeout)
    results = []
    for line in output.splitlines():
        match = re.match(r"(not )?ok - (.*)", line)
        if match:
            results.append((match.group(2), not match.group(1), output if match.group(1) else ""))
    if not results or (code != 0 and all(ok for _, ok, _ in results)):
        results.append((str(path.relative_to(ROOT)), code == 0, f"exit {code}\n{output}"))
    return results


def scripts(only, kinds, timeout=600):
    """Jobs for tests/KIND/*.test.*: each makes its own homes and ports."""
    paths = sorted(path for kind in kinds for path in (ROOT / "tests" / kind).glob("**/*.test.*"))
    return [(str(path.relative_to(ROOT)), lambda path=path: script_results(path, timeout))
            for path in paths if not only or only in str(path.relative_to(ROOT))]


def perform(jobs, tally, at_once):
    """Performs jobs, what takes longest first, and tells each as it ends."""
    def timed(name, function):
        start = time.time()
        return name, function(), time.time() - start

    jobs = sorted(jobs, key=lambda job: not job[0].endswith(SLOW))
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        for ended in concurrent.futures.as_completed([pool.submit(timed, *job) for job in jobs]):
            tally.add(*ended.result())


def gcc_accepts(tally):
    """g++ parses and instantiates everything, with warnings as errors: a third of the time that code takes."""
    start = time.time()
    kinds = [f"parley_pch_{kind}" for kind in ("module", "optimised", "test", "program")]
    code, output = run(["cmake", "--preset", "gcc"], 300)
    if code == 0:
        code, output = run(["cmake", "--build", "--preset", "gcc", "-j", JOBS, "--target", *kinds], 600)

    def accepted(entry):
        words = shlex.split(entry["command"])
        del words[words.index("-o"):words.index("-o") + 2]
        words[words.index("-c")] = "-fsyntax-only"
        code, output = run(words, 600, entry["directory"])
        return f"g++ accepts {entry['file'].removeprefix(str(ROOT) + '/')}", code == 0, output

    results = [("the gcc preset is configured", code == 0, output)]
    if code == 0:
        entries = json.loads((ROOT / "build" / "gcc" / "compile_commands.json").read_text())
        entries = [entry for entry in entries if "/header_check/" not in entry["file"] and "/pch/" not in entry["file"]
                   and "cmake_pch" not in entry["file"]]
        with concurrent.futures.ThreadPoolExecutor(int(JOBS)) as pool:
            refused = [result for result in pool.map(accepted, entries) if not result[1]]
        results += refused or [(f"g++ accepts all {len(entries)} units", bool(entries), "")]
    tally.add("gcc: accepts", results, time.time() - start)


def main():
    parser = argparse.ArgumentParser(prog="./test", description="Builds and runs Parley's tests.")
    parser.add_argument("--long", action="store_true", help="also g++, ThreadSanitizer, clang-tidy, long fuzzing, large sets")
    parser.add_argument("--gcc", action="store_true", help="only: g++ builds everything and passes the unit tests")
    parser.add_argument("--gcc-too", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--only", default="", metavar="NAME", help="only suites whose name contains NAME")
    parser.add_argument("--fuzz-seconds", type=int, default=10, help="seconds a fuzz target (default 10)")
    options = parser.parse_args()
    tally = Tally()
    start = time.time()

    if not options.gcc:
        jobs = []
        if build("dev", tally):
            build("dev", tally, ["header_check"])
            jobs += unit_tests("dev", options.only)
            if not options.long:
                jobs += fuzz("dev", options.only, options.fuzz_seconds, 1)
        if build("release", tally):
            jobs += scripts(options.only, ["static", "interop", "e2e", "browser", "faults"])
        # One more than there are cores, since many scripts wait for what they have started.
        perform(jobs, tally, int(JOBS) + 1)
        if options.long:
            perform(fuzz("dev", options.only, 300, 0), tally, int(JOBS))
            perform(scripts(options.only, ["long"], 1500), tally, 1)  # they use all cores themselves
    if options.gcc_too and not options.long:
        gcc_accepts(tally)
    if (options.gcc or options.long) and build("gcc", tally):
        perform(unit_tests("gcc", options.only), tally, int(JOBS))
    if options.long and build("bench", tally, LONG_TESTS):
        perform(unit_tests("bench", options.only, 7200, long=True), tally, int(JOBS))
    if options.long and build("tsan", tally):
        perform(unit_tests("tsan", options.only, 1800), tally, int(JOBS))

    print(f"in {time.time() - start:.0f} s", flush=True)
    for suite, name in tally.failures:
        print(f"not ok: {suite}: {name}")
    print(f"{tally.passed} passed, {tally.failed} failed", flush=True)
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    sys.exit(main())
