#!/usr/bin/env python3
"""A 1 GiB file is imported with less than 200 MiB of memory, and the counts are exact."""
import importlib.util
import json
import os
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from harness import BIN, ROOT, Home, case, equal, finish, folder, true  # noqa: E402

spec = importlib.util.spec_from_file_location("whole_process", ROOT / "bench" / "whole_process.py")
bench = importlib.util.module_from_spec(spec)
spec.loader.exec_module(bench)

LIMIT = 200 << 20
with folder() as work:
    node = Home(work)
    node.init()
    with case("a STIX file of 1 GiB needs less than 200 MiB"):
        path = work / "large.json"
        # The same 64 MiB of objects sixteen times: every copy after the first counts as unchanged.
        bench.stix_file(work / "part.json", 68, random.Random(3))
        part = (work / "part.json").read_bytes()
        head, _, rest = part.partition(b"[\n")
        objects = rest[: rest.rindex(b"]}")]
        with open(path, "wb") as out:
            out.write(head + b"[\n")
            for copy in range(16):
                out.write((b",\n" if copy else b"") + objects)
            out.write(b"]}\n")
        true(path.stat().st_size >= 1 << 30, path.stat().st_size)
        count = objects.count(b'"type": "')
        _, _, rss, output = bench.timed([str(BIN / "parley"), "--home", str(node.path), "--json", "import", "--tlp", "green", str(path)])
        report = json.loads(output)
        equal((report["found"], report["imported"], report["unchanged"], report["rejected"]), (16 * count, count, 15 * count, 0), report)
        true(rss < LIMIT, f"peak memory {rss >> 20} MiB")
        os.unlink(path)
    with case("a single object of 1 GiB is rejected with less than 200 MiB"):
        path = work / "one.json"
        with open(path, "wb") as out:
            out.write(b'{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[{"type":"x-a","id":"')
            for _ in range(1024):
                out.write(b"A" * (1 << 20))
            out.write(b'"}]}')
        _, _, rss, output = bench.timed([BIN / "parley", "--home", node.path, "--json", "import", "--tlp", "green", path], expect=3)
        equal(json.loads(output)["imported"], 0)
        true(rss < LIMIT, f"peak memory {rss >> 20} MiB")
finish()
