#!/usr/bin/env python3
"""parley validate beside OASIS' stix2-validator: the same verdicts on the vectors and on mutated objects, but for the
differences that docs/validation.md lists. PARLEY_LONG=1 takes 20,000 objects instead of 600, and a file of 1 GB."""
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "interop"))
from stix_mutations import mutants  # noqa: E402

PARLEY = ROOT / "build" / "release" / "bin" / "parley"
PYTHON = ROOT / "build" / "venv" / "bin" / "python"
LONG = os.environ.get("PARLEY_LONG") == "1"
failed = 0

# Where stix2-validator says no and Parley yes: what its message says.
KNOWN_REFUSALS = [
    r"TypeError:|AttributeError:|KeyError:|IndexError:|ValueError:",  # it does not expect such a value, and stops
    r"languages\[\d+\]: .* does not match|invalid ISO 639-2 language",
    r"is not a valid RFC 5646 language code|must be an RFC 5646 code",
    r"additional_header_fields",
    r"must be later than",
]
# Where Parley says no and stix2-validator yes, though both have the rule: rule and pointer.
KNOWN_ERRORS = [
    r"time-order ", r"enumeration .*/external_references/.*/hashes/", r"wrong-type .*/alternate_data_streams/",
    r"text-form .*/cpe$", r"timestamp-day ", r"language .*/lang$",
]


def check(name, holds, detail=""):
    global failed
    print(f"{'ok' if holds else 'not ok'} - {name}")
    if not holds:
        failed += 1
        print("  " + str(detail)[:3000].replace("\n", "\n  "))


def parley(*arguments, **options):
    return subprocess.run([str(PARLEY), *map(str, arguments)], capture_output=True, text=True, **options)


def oasis(documents):
    text = "".join(json.dumps(document) + "\n" for document in documents)
    run = subprocess.run([str(PYTHON), str(ROOT / "tests/interop/stix_oracle.py")], input=text, capture_output=True, text=True)
    verdicts = [json.loads(line) for line in run.stdout.splitlines()]
    if len(verdicts) != len(documents):
        raise SystemExit(f"not ok - stix2-validator answers every document\n{run.stderr[-2000:]}")
    return verdicts


def ours(documents, folder):
    """In files of their own, as many a call as the command line takes."""
    verdicts = []
    for start in range(0, len(documents), 500):
        paths = []
        for number, document in enumerate(documents[start:start + 500]):
            path = pathlib.Path(folder) / f"{number}.json"
            path.write_text(json.dumps(document))
            paths.append(path)
        verdicts += json.loads(parley("validate", "--json", *paths).stdout)["files"]
    return verdicts


def unexplained(theirs, mine):
    if theirs["valid"] == mine["valid"]:
        return False
    if theirs["valid"]:
        errors = [f for f in mine["findings"] if f["severity"] == "error" and not f.get("specification_only")]
        return any(not re.search("|".join(KNOWN_ERRORS), f"{f['rule']} {f['pointer']}") for f in errors)
    return not all(re.search("|".join(KNOWN_REFUSALS), error) for error in theirs["errors"])


def compare(name, documents, folder):
    mine = ours(documents, folder)
    theirs = oasis(documents)
    wrong = [(t["errors"][:2], [f for f in m["findings"] if f["severity"] == "error"][:2], json.dumps(d)[:600])
             for d, t, m in zip(documents, theirs, mine) if unexplained(t, m)]
    equal = sum(t["valid"] == m["valid"] for t, m in zip(theirs, mine))
    check(f"{name}: {equal} of {len(documents)} verdicts equal, the others as documented", not wrong,
          "\n".join(map(str, wrong[:8])))


if not PYTHON.exists():
    raise SystemExit("not ok - stix2-validator is installed (./setup --test)")

with tempfile.TemporaryDirectory() as folder:
    bundles = [json.loads(path.read_text()) for path in sorted((ROOT / "tests/vectors/stix").glob("*.json"))]
    bundles = [bundle for bundle in bundles if isinstance(bundle, dict) and bundle.get("type") == "bundle"]
    objects = json.loads((ROOT / "tests/vectors/stix/every-type.json").read_text())["objects"]
    compare("vectors", bundles + objects, folder)
    compare("mutated objects", list(mutants(objects, 20000 if LONG else 600, 2)), folder)

    valid = ROOT / "tests/vectors/stix/every-type.json"
    run = parley("validate", valid)
    check("a valid file ends with 0 and is called VALID", run.returncode == 0 and "VALID" in run.stdout, run)
    broken = pathlib.Path(folder) / "broken.json"
    broken.write_text(json.dumps({"type": "mutex", "id": "mutex--1"}))
    run = parley("validate", valid, broken)
    check("one file that is not valid ends with 1 and says where", run.returncode == 1 and "/id" in run.stdout, run)
    broken.write_text("nothing of STIX")
    check("what is no STIX ends with 3", parley("validate", broken).returncode == 3)
    check("a missing file ends with 3", parley("validate", pathlib.Path(folder) / "none").returncode == 3)
    run = parley("validate", "-", input=valid.read_text())
    check("standard input is a file too", run.returncode == 0, run)
    check("--strict counts advice with a code", parley("validate", "--strict", valid).returncode == 1)
    out = json.loads(parley("validate", "--json", valid).stdout)
    codes = {finding.get("code") for finding in out["files"][0]["findings"]}
    check("--json gives pointers and official codes", "401" in codes or "304" in codes, codes)

    if LONG:
        large = pathlib.Path(folder) / "large.json"
        text = ",".join(json.dumps(item) for item in objects).encode()
        with large.open("wb") as file:
            file.write(b'{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000001","objects":[' + text)
            while file.tell() < 1 << 30:
                file.write(b"," + text)
            file.write(b"]}")
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        run = parley("validate", "--json", large)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        check("a file of 1 GB needs less than 200 MB", run.returncode == 0 and (peak < 200 * 1024 or peak == before), peak)

sys.exit(1 if failed else 0)
