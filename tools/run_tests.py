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
SLOW = ["exchange_test", "taxii_client.test.py", "constant_time.test.sh", "openapi.test.py", "misp_sync.test.py"]


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


def slow_first(paths):
    return sorted(paths, key=lambda path: (path.name not in SLOW, str(path)))


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


def unit_tests(preset, tally, only, timeout=600, long=False):
    """With `long`, only the modules whose tests have larger counts, and with those."""
    binaries = slow_first(b for b in (ROOT / "build" / preset / "bin").glob("*_test") if not only or only in b.name)
    if long:
        binaries = [b for b in binaries if b.name in LONG_TESTS]
    with concurrent.futures.ThreadPoolExecutor(int(JOBS)) as pool:
        def timed(binary):
            start = time.time()
            return binary, gtest_results(binary, timeout, long), time.time() - start
        for binary, results, seconds in pool.map(timed, binaries):
            tally.add(f"{preset}: {binary.name}{', long' if long else ''}", results, seconds)


def fuzz(preset, tally, only, seconds, seed):
    """A seed other than 0 repeats the same inputs, so that a change is judged by what it changed; --long looks
    for new ones with seed 0."""
    binaries = sorted((ROOT / "build" / preset / "bin").glob("fuzz_*"))
    binaries = [b for b in binaries if not only or only in b.name]

    def one(binary):
        corpus = ROOT / "fuzz" / "corpus" / binary.name.removeprefix("fuzz_")
        start = time.time()
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
            return binary.name, [(f"{binary.name} holds its property for {seconds} s", ok, detail)], time.time() - start

    with concurrent.futures.ThreadPoolExecutor(int(JOBS)) as pool:
        for name, results, spent in pool.map(one, binaries):
            tally.add(name, results, spent)


def script_results(path, timeout, arguments=()):
    command = [sys.executable, str(path)] if path.suffix == ".py" else ["bash", str(path)]
    code, output = run(command + list(arguments), timeout)
    results = []
    for line in output.splitlines():
        match = re.match(r"(not )?ok - (.*)", line)
        if match:
            results.append((match.group(2), not match.group(1), output if match.group(1) else ""))
    if not results or (code != 0 and all(ok for _, ok, _ in results)):
        results.append((str(path.relative_to(ROOT)), code == 0, f"exit {code}\n{output}"))
    return results


def scripts(tally, only, kinds):
    """tests/KIND/*.test.*, as many at once as there are cores: each makes its own homes and ports. KIND "long" runs
    with --long only, one after another, since its tests use all cores themselves."""
    def timed(path, timeout):
        start = time.time()
        return path, script_results(path, timeout), time.time() - start

    paths = slow_first(path for kind in kinds for path in (ROOT / "tests" / kind).glob("**/*.test.*")
                       if not only or only in str(path.relative_to(ROOT)))
    long = "long" in kinds
    with concurrent.futures.ThreadPoolExecutor(1 if long else int(JOBS)) as pool:
        for path, results, seconds in pool.map(lambda p: timed(p, 1500 if long else 600), paths):
            tally.add(str(path.relative_to(ROOT)), results, seconds)


def main():
    parser = argparse.ArgumentParser(prog="./test", description="Builds and runs Parley's tests.")
    parser.add_argument("--long", action="store_true", help="also g++, ThreadSanitizer, clang-tidy, long fuzzing, large sets")
    parser.add_argument("--gcc", action="store_true", help="only: g++ builds everything and passes the unit tests")
    parser.add_argument("--gcc-too", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--only", default="", metavar="NAME", help="only suites whose name contains NAME")
    parser.add_argument("--fuzz-seconds", type=int, default=5, help="seconds a fuzz target (default 5)")
    options = parser.parse_args()
    tally = Tally()
    start = time.time()

    if not options.gcc:
        if build("dev", tally):
            build("dev", tally, ["header_check"])
            unit_tests("dev", tally, options.only)
            fuzz("dev", tally, options.only, 300 if options.long else options.fuzz_seconds, 0 if options.long else 1)
        if build("release", tally):
            scripts(tally, options.only, ["static", "interop", "e2e", "browser", "faults"])
            if options.long:
                scripts(tally, options.only, ["long"])
    if options.gcc or options.gcc_too or options.long:
        if build("gcc", tally):
            unit_tests("gcc", tally, options.only)
    if options.long and build("bench", tally, LONG_TESTS):
        unit_tests("bench", tally, options.only, 7200, long=True)
    if options.long and build("tsan", tally):
        unit_tests("tsan", tally, options.only, 1800)

    print(f"in {time.time() - start:.0f} s", flush=True)
    for suite, name in tally.failures:
        print(f"not ok: {suite}: {name}")
    print(f"{tally.passed} passed, {tally.failed} failed", flush=True)
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    sys.exit(main())
