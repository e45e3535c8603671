#!/usr/bin/env python3
"""`parley taxii pull` and `push` against medallion and OpenTAXII as their packages are, over TLS on loopback: everything
that is there arrives, and what was pushed comes back the same."""
import base64
import contextlib
import json
import os
import pathlib
import ssl
import subprocess
import sys
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
from harness import Home, case, equal, finish, folder, true  # noqa: E402
from misbehaving_taxii import COLLECTION, TAXII, UUID, certificate, indicator  # noqa: E402

PYTHON = ROOT / "build" / "venv-servers" / "bin" / "python"
SCRIPTS = pathlib.Path(__file__).parent / "taxii_servers"
GREEN = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
POLICY = """version = 1
[[taxii]]
caller = "{url}"
tlp = "green"
standing = true
[off_limits]
values = ["domain-name:host3.example.org"]
"""
if not PYTHON.exists():
    print("not ok - the servers' environment is there (./setup --test makes build/venv-servers)")
    sys.exit(1)


@contextlib.contextmanager
def running(script, *arguments):
    """A server as a process of its own; gives the words of the line with which it says that it listens."""
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    with open(str(arguments[-1]) + ".server.log", "ab") as log:
        process = subprocess.Popen([PYTHON, SCRIPTS / script, *map(str, arguments)], stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
    try:
        words = []
        for line in process.stdout:
            words = line.split()
            if words and words[0].isdigit():
                break
        true(words, f"{script} starts")
        yield words
    finally:
        process.kill()
        process.wait()


def post(url, objects):
    """Straight to the server, without Parley."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    request = urllib.request.Request(url, json.dumps({"objects": objects}).encode(), {
        "Accept": TAXII, "Content-Type": TAXII, "Authorization": "Basic " + base64.b64encode(b"alice:open sesame").decode()})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    with opener.open(request, timeout=60) as answer:
        return json.load(answer)


def ids(home):
    return sorted(one["id"] for one in home.run("search", "--type", "indicator", "--limit", "1000")["objects"])


def exchange(name, work, url, collection, cert, fill, repeats_fail=False):
    """Everything that is asked of one server. `fill` puts objects into its collection; `repeats_fail`: it calls an object that
    it has a failure, which TAXII 2.1 section 5.5 forbids."""
    access = ["--ca", cert, "--user", "alice", "--password-file", work / "password"]
    reader = Home(work, f"Reader of {name}")
    reader.init()
    source = [indicator(n) for n in range(120)]
    with case(f"{name}: everything is pulled, and nothing twice"):
        fill(source)
        report = reader.run("taxii", "pull", url, "--collection", "shared", "--limit", "50", "--tlp", "green", *access)
        equal((report["found"], report["imported"], report["complete"]), (120, 120, True), report)
        equal(ids(reader), sorted(one["id"] for one in source))
        again = reader.run("taxii", "pull", url, "--collection", "shared", *access)
        equal((again["imported"], again["complete"]), (0, True), again)
    with case(f"{name}: what is added later comes with the next pull"):
        fill([indicator(200)])
        report = reader.run("taxii", "pull", url, "--collection", "shared", *access)
        equal(report["imported"], 1, report)

    writer = Home(work, f"Writer to {name}")
    writer.init()
    own = [indicator(n, object_marking_refs=[GREEN]) for n in range(300, 360)] + [indicator(3, object_marking_refs=[GREEN])]
    (work / "own.json").write_text(json.dumps({"type": "bundle", "id": f"bundle--{UUID}000000000000", "objects": own}))
    with case(f"{name}: nothing is pushed where the policy names nobody"):
        writer.run("import", work / "own.json")
        writer.run("taxii", "collection", "add", "Outgoing")
        writer.run("taxii", "collection", "fill", "Outgoing", "--all")
        refused = writer.run("taxii", "push", url, "--collection", "shared", "--from", "Outgoing", *access, expect=1)
        equal(refused["rules"], ["caller-not-listed"], refused)
    with case(f"{name}: a collection is pushed in envelopes that the server takes, but for what is off limits"):
        policy = work / "policy.toml"
        policy.write_text(POLICY.format(url=collection))
        writer.run("policy", "set", policy)
        pushed = writer.run("taxii", "push", url, "--collection", "shared", "--from", "Outgoing", *access)
        equal((pushed["sent"], pushed["accepted"], pushed["failed"]), (60, 60, 0), pushed)
        true(pushed["envelopes"] > 1, pushed)
        equal(pushed["destination"], collection)
        kinds = writer.run("ledger", "status")
        true("parley/pushed/1" in json.dumps(kinds), kinds)
    with case(f"{name}: the second push sends nothing, and --again sends everything once more"):
        equal(writer.run("taxii", "push", url, "--collection", "shared", "--from", "Outgoing", *access)["sent"], 0)
        again = writer.run("taxii", "push", url, "--collection", "shared", "--from", "Outgoing", "--again", *access, expect=4 if repeats_fail else 0)
        equal((again["sent"], again["failed"], len(again["failures"])), (60, *(2 * [60 if repeats_fail else 0])), again)
    with case(f"{name}: what was pushed comes back"):
        reader.run("taxii", "pull", url, "--collection", "shared", *access)
        equal([one for one in ids(reader) if int(one[-12:]) >= 300], sorted(one["id"] for one in own[:-1]))


with folder() as work:
    (work / "password").write_text("open sesame\n")
    key, cert = certificate(work)
    data = work / "medallion.json"
    data.write_text(json.dumps({
        "/discovery": {"title": "medallion", "default": "/trustgroup1/", "api_roots": ["/trustgroup1/"]},
        "trustgroup1": {"information": {"title": "Trust group", "versions": [TAXII], "max_content_length": 20_000}, "status": [],
                        "collections": [{"id": COLLECTION, "title": "Shared", "alias": "shared", "can_read": True, "can_write": True,
                                         "media_types": ["application/stix+json;version=2.1"], "manifest": [], "objects": []}]}}))
    with running("medallion_server.py", data, cert, key) as (port,):
        base = f"https://127.0.0.1:{port}"
        collection = f"{base}/trustgroup1/collections/{COLLECTION}/"
        # medallion dates a whole envelope alike, so several make pages that dates can tell apart.
        exchange("medallion", work, base, collection, cert,
                 lambda objects: [post(collection + "objects/", objects[at:at + 20]) for at in range(0, len(objects), 20)], repeats_fail=True)
    (work / "opentaxii").mkdir()
    with running("opentaxii_server.py", work / "opentaxii", cert, key) as (port, root, name):
        base = f"https://127.0.0.1:{port}"
        collection = f"{base}/taxii2/{root}/collections/{name}/"
        exchange("OpenTAXII", work, base, collection, cert,
                 lambda objects: [post(collection + "objects/", objects[at:at + 20]) for at in range(0, len(objects), 20)])
finish()
