#!/usr/bin/env python3
"""Whole-process figures of the release build: import speed, memory, start, size. Prints one JSON object.

Every figure stands beside what the same machine does in the same run with a plain tool: reading and hashing the file
(sha256sum) for imports, and `parley --version` for the start.
"""
import argparse
import json
import os
import pathlib
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = pathlib.Path(os.environ.get("PARLEY_BIN", ROOT / "build" / "release" / "bin"))
GREEN = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"


def stix_file(path, megabytes, rng, random_ids=False):
    """Indicators, malware, tools and relationships in the proportions of a vendor's feed, with markings and references.

    Ids that begin alike come in order, as of one who numbers them; random ones touch pages all over the indexes."""
    size, number = 0, 0
    with open(path, "w") as out:
        out.write('{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[\n')
        while size < megabytes * 1_000_000:
            def ident(kind, n):
                first = rng.getrandbits(32) if random_ids else n
                return f"{kind}--{first:08x}-0000-4000-8000-{rng.getrandbits(48):012x}"
            common = {"spec_version": "2.1", "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-02T00:00:00.000Z",
                      "created_by_ref": "identity--00000000-0000-4000-8000-000000000001", "object_marking_refs": [GREEN],
                      "labels": ["malicious-activity"]}
            malware, indicator = ident("malware", number), ident("indicator", number)
            objects = [
                {"type": "indicator", "id": indicator, "name": f"Domain of campaign {number}", "indicator_types": ["malicious-activity"],
                 "description": "Command and control server, seen in sandbox runs and in sinkhole traffic of the last weeks. " * 3,
                 "pattern": f"[domain-name:value = 'c{number}.{rng.getrandbits(40):x}.example.org']", "pattern_type": "stix",
                 "valid_from": "2026-01-01T00:00:00Z",
                 "external_references": [{"source_name": "report", "url": f"https://example.org/reports/{number}"}], **common},
                {"type": "indicator", "id": ident("indicator", number), "pattern_type": "stix", "valid_from": "2026-01-01T00:00:00Z",
                 "pattern": f"[file:hashes.'SHA-256' = '{rng.getrandbits(256):064x}' OR file:hashes.MD5 = '{rng.getrandbits(128):032x}']",
                 "description": "Dropper with a packed payload; persistence by a scheduled task.", **common},
                {"type": "malware", "id": malware, "name": f"Family {number % 500}", "is_family": False,
                 "description": "A loader that fetches a second stage over HTTPS and checks for virtual machines. " * 6, **common},
                {"type": "relationship", "id": ident("relationship", number), "relationship_type": "indicates",
                 "source_ref": indicator, "target_ref": malware, **common},
            ]
            for one in objects:
                text = json.dumps(one)
                out.write((",\n" if number or one is not objects[0] else "") + text)
                size += len(text) + 2
            number += 1
        out.write("]}\n")
    return os.path.getsize(path)


def list_file(path, count, rng):
    with open(path, "w") as out:
        for i in range(count):
            kind = i % 3
            if kind == 0:
                out.write(f"h{rng.getrandbits(48):x}.example.org\n")
            elif kind == 1:
                out.write(f"{rng.getrandbits(256):064x}\n")
            else:
                out.write(".".join(str(b) for b in rng.getrandbits(32).to_bytes(4, "big")) + "\n")


# Runs in a small process of its own: a child's peak memory counts from the fork, so it must not be forked from a
# process that holds whole files.
MEASURE = """
import json, os, subprocess, sys, time
started = time.perf_counter()
process = subprocess.Popen(sys.argv[2:], stdout=open(sys.argv[1] + '.out', 'wb'), stderr=open(sys.argv[1] + '.err', 'wb'))
_, status, usage = os.wait4(process.pid, 0)
json.dump({'seconds': time.perf_counter() - started, 'cpu': usage.ru_utime + usage.ru_stime, 'rss': usage.ru_maxrss * 1024,
           'exit': os.waitstatus_to_exitcode(status)}, open(sys.argv[1], 'w'))
"""


def timed(command, expect=0):
    """(seconds, CPU seconds, peak RSS in bytes, output) of one process."""
    with tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, "report")
        subprocess.run([sys.executable, "-c", MEASURE, report, *map(str, command)], check=True)
        measured = json.loads(pathlib.Path(report).read_text())
        if measured["exit"] != expect:
            raise SystemExit(f"{command}: exit {measured['exit']}, expected {expect}\n{pathlib.Path(report + '.err').read_text()}")
        return measured["seconds"], measured["cpu"], measured["rss"], pathlib.Path(report + ".out").read_bytes()


def home(folder, name):
    path = folder / name
    subprocess.run([BIN / "parley", "--home", path, "--json", "init", "--name", "CERT Alpha", "--kind", "national_cert",
                    "--jurisdiction", "XA", "--peer-address", "127.0.0.1:0"], check=True, capture_output=True)
    return path


def import_case(folder, name, path, arguments):
    node = home(folder, name)
    seconds, cpu, rss, output = timed([str(BIN / "parley"), "--home", str(node), "--json", "import", "--tlp", "green", *arguments, str(path)])
    report = json.loads(output)
    hash_seconds, _, _, _ = timed(["sha256sum", str(path)])
    size = os.path.getsize(path)
    selectors = sum(report["selectors"].values())
    return {"case": name, "bytes": size, "items": report["found"], "imported": report["imported"], "selectors": selectors,
            "seconds": round(seconds, 3), "cpu_seconds": round(cpu, 3), "megabytes_per_s": round(size / 1e6 / seconds, 1),
            "items_per_s": round(report["found"] / seconds), "selectors_per_s": round(selectors / seconds),
            "peak_rss_bytes": rss, "sha256sum_megabytes_per_s": round(size / 1e6 / hash_seconds, 1)}


def serve_case(folder):
    node = home(folder, "idle")
    starts, rss = [], 0
    for _ in range(10):
        started = time.perf_counter()
        process = subprocess.Popen([str(BIN / "parley"), "--home", str(node), "--json", "serve"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        process.stdout.readline()
        starts.append(time.perf_counter() - started)
        time.sleep(0.2)
        rss = max(rss, int(next(line.split()[1] for line in open(f"/proc/{process.pid}/status") if line.startswith("VmRSS"))) * 1024)
        process.send_signal(signal.SIGTERM)
        process.wait()
    version, _, _, _ = timed([str(BIN / "parley"), "--version"])
    return {"case": "serve, idle", "start_seconds_median": round(sorted(starts)[5], 4), "version_seconds": round(version, 4),
            "idle_rss_bytes": rss, "binary_bytes": os.path.getsize(BIN / "parley"), "verifier_bytes": os.path.getsize(BIN / "parley-verify")}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stix-megabytes", type=int, default=200)
    parser.add_argument("--list-items", type=int, default=1_000_000)
    parser.add_argument("--random-ids", action="store_true", help="random ids in the STIX file")
    parser.add_argument("--collection", type=pathlib.Path, help="a STIX file of your own, imported five times into empty homes")
    options = parser.parse_args()
    rng = random.Random(1)
    runs = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        stix, plain = folder / "feed.json", folder / "list.txt"
        stix_file(stix, options.stix_megabytes, rng, options.random_ids)
        list_file(plain, options.list_items, rng)
        if options.collection:
            cases = [import_case(folder, f"collection {i}", options.collection, ["--format", "stix"]) for i in range(5)]
            runs.append(min(cases, key=lambda one: one["seconds"]) | {"case": "collection, best of five"})
        runs.append(import_case(folder, "stix", stix, ["--format", "stix"]))
        runs.append(import_case(folder, "list", plain, ["--format", "list"]))
        runs.append(serve_case(folder))
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")
    print(json.dumps({"processor": cpu, "cores": os.cpu_count(), "runs": runs}))


if __name__ == "__main__":
    main()
