#!/usr/bin/env python3
"""`parley export`: own copies that come back the same, standard output, refusals, with and without a running node."""
import hashlib
import json
import pathlib
import stat
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from harness import ROOT, Home, case, equal, finish, folder, true  # noqa: E402

SAMPLES = ROOT / "data" / "samples" / "unit42"

with folder() as work:
    alpha, bravo = Home(work), Home(work, "CERT Bravo", "XB")
    alpha.init()
    bravo.init()
    held = sorted(str(path) for path in SAMPLES.glob("*.txt"))
    alpha.run("import", "--tlp", "green", str(SAMPLES / "report.stix.json"), *held)

    stix, csv = work / "copy.json", work / "copy.csv"
    with case("an own copy as STIX is one file for this user alone, named with its hash in the answer"):
        account = alpha.run("export", "--format", "stix", "-o", stix)
        equal(stat.S_IMODE(stix.stat().st_mode), 0o600)
        true(not pathlib.Path(str(stix) + ".part").exists(), "the part is gone")
        equal(account["sha256"], hashlib.sha256(stix.read_bytes()).hexdigest())
        equal(account["bytes"], stix.stat().st_size)
        objects = json.loads(stix.read_bytes())["objects"]
        equal(len(objects), account["objects"] + account["values"])
        equal(account["held_back"], {})
        status = alpha.run("ledger", "status")
        true(status["size"] > account["ledger_index"], status)
    with case("read again into an empty home it gives the same values, and the same copy"):
        report = bravo.run("import", str(stix))
        equal((report["imported"], report["rejected"]), (len(objects), 0))
        definitions = sum(one["type"] == "marking-definition" for one in objects)
        equal(report["without_marking"], definitions, "all but definitions carry a marking")
        equal(bravo.run("selectors", "--limit", 100000), alpha.run("selectors", "--limit", 100000))
        bravo.run("export", "--format", "stix", "-o", work / "again.json")
        equal(json.loads((work / "again.json").read_bytes())["objects"], objects)
    with case("as CSV it gives the same values, times and markings"):
        alpha.run("export", "--format", "csv", "-o", csv)
        other = Home(work, "CERT Carol", "XC")
        other.init()
        other.run("import", "--format", "csv", str(csv))
        other.run("export", "--format", "csv", "-o", work / "again.csv")
        equal((work / "again.csv").read_bytes(), csv.read_bytes())
    with case("a running node writes the same"):
        alpha.serve()
        try:
            alpha.run("export", "--format", "stix", "--type", "malware,ipv4-addr", "-o", work / "some.json")
            kinds = {one["type"] for one in json.loads((work / "some.json").read_bytes())["objects"]}
            true(kinds <= {"malware", "ipv4-addr"} and kinds, kinds)
            alpha.run("export", "--format", "csv", "-o", work / "served.csv")
            equal((work / "served.csv").read_bytes(), csv.read_bytes())
        finally:
            alpha.stop()
    with case("without a file it goes to standard output and nothing else does"):
        result = alpha.raw("export", "--format", "csv", json_output=False)
        equal((result.returncode, result.stdout), (0, csv.read_bytes()))
        equal(alpha.raw("export", "--format", "csv").returncode, 2, "JSON and CSV on one output")
    with case("a format, a peer or terms that are none are refused"):
        alpha.run("export", "--format", "pdf", "-o", work / "x", expect=2)
        alpha.run("export", "--format", "stix", "--to", "CERT Bravo", "-o", work / "x", expect=2)
        alpha.run("export", "--format", "stix", "--to", "CERT Bravo", "--agreement", "00", "--purpose", "fraud",
                  "-o", work / "x", expect=2)
        alpha.run("export", "--format", "stix", "--purpose", "fraud", "-o", work / "x", expect=2)
        alpha.run("export", "--format", "stix", "-o", work / "no" / "folder", expect=3)
        true(not (work / "x").exists() and not (work / "x.part").exists(), "nothing was written")

finish()
