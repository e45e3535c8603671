#!/usr/bin/env python3
"""./quickstart --once --json, and everything about its result that can be checked from the outside."""
import json
import os
import pathlib
import random
import subprocess
import sys
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from harness import BIN, ROOT, case, equal, finish, folder, true  # noqa: E402

with folder() as work:
    run = subprocess.run([str(ROOT / "quickstart"), "--once", "--json", "--keep", str(work / "nodes")],
                         capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=900)
    result = {}
    with case("./quickstart --once --json exits 0 and prints one object"):
        equal(run.returncode, 0, run.stdout[-2000:] + run.stderr[-2000:])
        equal(len(run.stdout.strip().splitlines()), 1, "lines")
        result = json.loads(run.stdout)
    if not result:
        finish()
    with case("its verdict is proven"):
        equal(result["verdict"], "proven")
        equal(result["ok"], True)

    oracle = json.loads(subprocess.run([sys.executable, str(ROOT / "tests" / "e2e" / "plain_intersection.py"),
                                        str(ROOT / "data/samples/unit42"), str(ROOT / "data/samples/tweetfeed"),
                                        str(ROOT / "data/samples/warninglists")],
                                       capture_output=True, text=True, check=True).stdout)
    with case("the overlap is the plain intersection after holding back, item by item"):
        as_set = lambda matches: {(m["type"], m["value"]) for m in matches}
        equal(result["overlap"], oracle["size"], "size")
        equal(as_set(result["matches"]), as_set(oracle["matches"]), "items")
        true(result["overlap"] > 400, "a real overlap")
    with case("the sizes of both sets are those of the lists after holding back"):
        equal(result["sizes"]["bravo"], oracle["b"], "bravo holds its lists alone")
        true(result["sizes"]["alpha"] >= oracle["a"], "alpha holds its lists and the selectors of its report")
    with case("the release was delivered with two approvals and a receipt, and something stayed behind"):
        release = result["release"]
        equal((release["state"], release["approvals"], release["receipt"]), ("delivered", 2, True))
        true(release["leaves"] and release["removed"], "leaves and stays behind")
        true(all("red" not in item["marking"].lower() for item in release["leaves"]), "nothing red leaves")

    bundle = pathlib.Path(result["evidence"])
    trust = pathlib.Path(result["trust"])

    def verdict(path, *more):
        out = subprocess.run([str(BIN / "parley-verify"), "--json", *more, str(path)], capture_output=True, text=True)
        return json.loads(out.stdout)["verdict"] if out.stdout.startswith("{") and "verdict" in out.stdout else f"exit {out.returncode}"

    with case("the bundle is not shown without the trust file"):
        equal(verdict(bundle), "not_shown")
    with case("the bundle holds no officer's name"):
        with zipfile.ZipFile(bundle) as archive:
            for name in archive.namelist():
                true(b"Officer" not in archive.read(name).replace(b"Officers", b"").replace(b"Officer's", b"") or
                     (b"Officer One" not in archive.read(name) and b"Officer Two" not in archive.read(name)), name)
    with case("a bundle with any single byte changed is never proven (every 97th byte and 300 at random)"):
        original = bundle.read_bytes()
        changed = work / "changed.zip"
        chosen = sorted(set(range(0, len(original), 97)) | set(random.Random(7).sample(range(len(original)), 300)))
        for at in chosen:
            data = bytearray(original)
            data[at] ^= 1 << (at % 8)
            changed.write_bytes(data)
            true(verdict(changed, "--trust", str(trust)) != "proven", f"byte {at}")
    with case("a bundle cut short, extended or emptied is never proven"):
        for data in (original[:-1], original[: len(original) // 2], original + b"\0", b"", b"PK\x03\x04"):
            changed.write_bytes(data)
            true(verdict(changed, "--trust", str(trust)) != "proven", f"{len(data)} bytes")
    for name, script in (("Go's note and tlog verify our checkpoint and proofs", "tests/interop/go/run.sh"),
                         ("the shell script of the bundle verifies it", "tests/interop/verify_sh.sh")):
        with case(name):
            out = subprocess.run(["bash", str(ROOT / script), str(bundle), str(trust)], capture_output=True, text=True,
                                 env=dict(os.environ, TMPDIR=str(work)))
            equal(out.returncode, 0, out.stdout + out.stderr)
finish()
