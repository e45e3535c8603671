#!/usr/bin/env python3
"""The command line of one node: exit codes, counts, what is kept, what is refused, and bad input of every kind."""
import json
import os
import pathlib
import pty
import signal
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from harness import BIN, Home, case, equal, finish, folder, policy_for, true  # noqa: E402

UUID = "00000000-0000-4000-8000-"


def indicator(number, value, **more):
    return {"type": "indicator", "spec_version": "2.1", "id": f"indicator--{UUID}{number:012}",
            "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
            "pattern": f"[domain-name:value = '{value}']", "pattern_type": "stix",
            "valid_from": "2026-01-01T00:00:00Z"} | more


def bundle(*objects):
    return json.dumps({"type": "bundle", "id": f"bundle--{UUID}000000000000", "objects": objects}).encode()


with folder() as work:
    node = Home(work)

    with case("a folder without a node is a usage error that says what to do"):
        result = node.raw("search", "192.0.2.1", json_output=False)
        equal(result.returncode, 2)
        true(b"parley init" in result.stderr, result.stderr)
    with case("init makes a node once"):
        made = node.init()
        true(made["origin"].startswith("cert-alpha.node/"), made)
        node.run("init", "--name", "X", "--kind", "isac", "--jurisdiction", "XA", expect=2)
    with case("keys and the home are for the owner's eyes alone"):
        equal(node.path.stat().st_mode & 0o777, 0o700)
        for key in (node.path / "keys").glob("*.key"):
            equal(key.stat().st_mode & 0o777, 0o600, key.name)
    with case("init refuses a kind, a jurisdiction and a name that are none"):
        for arguments in (["--name", "X", "--kind", "club", "--jurisdiction", "XA"], ["--name", "X", "--kind", "isac", "--jurisdiction", "xa"],
                          ["--name", "", "--kind", "isac", "--jurisdiction", "XA"]):
            Home(work, "CERT Other").run("init", *arguments, expect=2)
    with case("unknown commands, options and missing arguments are usage errors"):
        for arguments in (["frobnicate"], ["import"], ["import", "--format", "xml", "/dev/null"], ["match"], ["search"], ["--frob"], ["officer"]):
            equal(node.raw(*arguments).returncode, 2, arguments)
    with case("help says what every command does"):
        for arguments in ([], ["import"], ["match"], ["release", "propose"], ["verify"]):
            result = node.raw(*arguments, "--help", json_output=False)
            equal(result.returncode, 0)
            true(b"Usage" in result.stdout or b"usage" in result.stdout, result.stdout[:200])

    with case("every command has a help page, and every usage error is one JSON object and exit 2"):
        def commands(path):
            page = node.raw(*path, "--help", json_output=False)
            equal(page.returncode, 0, path)
            text = page.stdout.decode()
            true("Usage: " in text, path)
            names = []
            if "Subcommands:\n" in text:
                for line in text.split("Subcommands:\n", 1)[1].splitlines():
                    if line.startswith("  ") and not line.startswith("   ") and len(line.split()) > 1:
                        names.append(line.split()[0])
            if not names:
                yield path
            for name in names:
                yield from commands([*path, name])
        true("Exit codes: 0 done" in node.raw("--help", json_output=False).stdout.decode(), "the exit codes")
        leaves = list(commands([]))
        true(len(leaves) > 40, len(leaves))
        for path in leaves:
            if path == ["pattern", "check"]:
                continue  # whatever stands behind it is a pattern
            result = node.raw(*path, "--no-such-option")
            equal(result.returncode, 2, path)
            lines = result.stdout.decode().strip().splitlines()
            equal(len(lines), 1, (path, lines))
            true(json.loads(lines[0])["error"], path)

    listing = work / "list.txt"
    listing.write_bytes(b"\xef\xbb\xbf# comment\r\nevil[.]example.org\nhxxp://192.0.2[.]7/a\r\n\n192.0.2.1\n"
                        b"d41d8cd98f00b204e9800998ecf8427f\nnot an indicator\nEVIL.example.org\n")
    with case("a list is counted item by item, defanged values are read"):
        report = node.run("import", "--tlp", "green", listing)
        equal((report["found"], report["imported"], report["unchanged"], report["rejected"]), (6, 4, 1, 1), report)
        equal(report["selectors"]["domain-name"], 2, "both spellings")
        true("line 7" in report["rejects"][0]["where"], report["rejects"])
    with case("the same file again changes nothing but unchanged"):
        report = node.run("import", "--tlp", "green", listing)
        equal((report["found"], report["imported"], report["unchanged"], report["rejected"]), (6, 0, 5, 1), report)
    with case("standard input is read"):
        report = node.run("import", "--tlp", "green", "-", stdin=b"stdin.example.org\n")
        equal(report["imported"], 1)
    with case("every holding keeps source, marking and time"):
        found = node.run("search", "EVIL[.]example.org")
        equal(found["selector"], {"type": "domain-name", "value": "evil.example.org"})
        equal([(h["source"], h["marking"]) for h in found["holdings"]], [("list.txt", "green")])
        true(found["holdings"][0]["imported_at"].endswith("Z"), found)

    odd = b'{"type":"indicator","spec_version":"2.1", "id":"indicator--' + UUID.encode() + \
          b'000000000001","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z",' \
          b'"pattern":"[domain-name:value = \'odd.example.org\'] ","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z",' \
          b'"x_unknown" : {"b":1,  "a":[1.50, 2e3, "\\u00e9"]},"object_marking_refs":["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"]}'
    custom = b'{ "type":"x-custom-thing","id":"x-custom-thing--' + UUID.encode() + b'000000000002", "keep" : "me " }'
    stix = work / "odd.json"
    stix.write_bytes(b'{"type":"bundle","id":"bundle--' + UUID.encode() + b'000000000000","objects":[' + odd + b' , ' + custom + b']}')
    with case("STIX objects are kept byte for byte, unknown properties and custom objects included"):
        report = node.run("import", stix)
        equal((report["found"], report["imported"], report["rejected"]), (2, 2, 0), report)
        raw = node.run("search", f"indicator--{UUID}000000000001", "--raw")["objects"][0]["raw"]
        equal(raw.encode(), odd)
        raw = node.run("search", f"x-custom-thing--{UUID}000000000002", "--raw")["objects"][0]["raw"]
        equal(raw.encode(), custom)
    with case("objects are found by value and by type"):
        equal(node.run("search", "odd.example.org")["holdings"][0]["object"], f"indicator--{UUID}000000000001")
        equal([o["id"] for o in node.run("search", "--type", "indicator")["objects"]], [f"indicator--{UUID}000000000001"])
    with case("pages go on by a cursor that is bound to its list"):
        many = work / "many.json"
        many.write_bytes(bundle(*(indicator(100 + i, f"h{i}.example.org") for i in range(25))))
        equal(node.run("import", "--tlp", "clear", many)["imported"], 25)
        seen, cursor = [], None
        while True:
            page = node.run("search", "--type", "indicator", "--limit", 10, *(["--cursor", cursor] if cursor else []))
            seen += [o["id"] for o in page["objects"]]
            cursor = page.get("cursor")
            if not cursor:
                break
        equal(len(seen), 26)
        equal(len(set(seen)), 26)
        first = node.run("selectors", "--types", "domain-name", "--limit", 5)
        equal(len(first["selectors"]), 5)
        values, cursor = [], None
        while True:
            page = node.run("selectors", "--limit", 7, *(["--cursor", cursor] if cursor else []))
            values += [(s["type"], s["value"]) for s in page["selectors"]]
            cursor = page.get("cursor")
            if not cursor:
                break
        equal(values, [(s["type"], s["value"]) for s in node.run("selectors")["selectors"]])
        equal(len(set(values)), len(values))
        node.run("search", "--type", "indicator", "--cursor", first["cursor"], expect=2)
        node.run("selectors", "--types", "domain-name", "--cursor", first["cursor"][:-2] + "AA", expect=2)
    with case("an object that comes again with the same id and version and other content is rejected"):
        colliding = work / "colliding.json"
        colliding.write_bytes(bundle(indicator(100, "other.example.org")))
        report = node.run("import", "--tlp", "clear", colliding, expect=3)
        equal((report["found"], report["rejected"]), (1, 1))
        true("id" in report["rejects"][0]["why"], report["rejects"])
    with case("patterns that are no plain comparisons are kept and counted"):
        path = work / "patterns.json"
        path.write_bytes(bundle(indicator(201, "x", pattern="[domain-name:value LIKE '%.example.org']"),
                                indicator(202, "x", pattern="[domain-name:value = 'a1.example.org' OR ipv4-addr:value = '192.0.2.9']"),
                                indicator(203, "x", pattern="[domain-name:value = 'a2.example.org'] FOLLOWEDBY [domain-name:value = 'a3.example.org']")))
        report = node.run("import", "--tlp", "clear", path)
        equal((report["imported"], report["patterns_not_atomic"]), (3, 2), report)
        equal(report["selectors"], {"domain-name": 1, "ipv4-addr": 1}, report)

    with case("bad input: each kind has a clear reject, the rest of the file is kept"):
        good = json.dumps(indicator(301, "g1.example.org")).encode()
        good2 = json.dumps(indicator(302, "g2.example.org")).encode()
        head, tail = b'{"type":"bundle","id":"bundle--' + UUID.encode() + b'000000000009","objects":[', b']}'
        deep = b'{"type":"x-deep","id":"x-deep--' + UUID.encode() + b'000000000303","a":' + b"[" * 500 + b"]" * 500 + b"}"
        cases = {
            "duplicate key": b'{"type":"x-dup","id":"x-dup--' + UUID.encode() + b'000000000304","a":1,"a":2}',
            "too deep": deep,
            "invalid UTF-8": b'{"type":"x-utf","id":"x-utf--' + UUID.encode() + b'000000000305","a":"\xff\xfe"}',
            "no id": b'{"type":"x-noid"}',
            "not an object": b'42',
        }
        for name, bad in cases.items():
            path = work / "bad.json"
            path.write_bytes(head + good + b"," + bad + b"," + good2 + tail)
            report = node.run("import", "--tlp", "clear", path)
            equal((report["found"], report["rejected"]), (3, 1), f"{name}: {report}")
            equal(report["imported"] + report["unchanged"], 2, name)
            true(report["rejects"][0]["why"] and report["rejects"][0]["where"], name)
    with case("a truncated bundle keeps what came before the cut, and says so"):
        path = work / "cut.json"
        path.write_bytes(head + good + b"," + good2[:60])
        report = node.run("import", "--tlp", "clear", path)
        equal((report["found"], report["rejected"], report["imported"] + report["unchanged"]), (2, 1, 1), report)
    with case("a file that is nothing readable ends in exit 3"):
        for name, data in (("garbage", bytes(range(1, 256)) * 40), ("half a brace", b'{"type":"bundle","objects":[{'), ("binary", b"\x7fELF" + b"\0" * 4000)):
            path = work / "nothing"
            path.write_bytes(data)
            result = node.raw("import", "--format", "stix", path)
            equal(result.returncode, 3, name)
            equal(json.loads(result.stdout)["imported"], 0, name)
    with case("a file that is not there is a reject and exit 3"):
        node.run("import", work / "missing.json", expect=3)
    with case("a MISP file that is malformed like a real one is rejected where it breaks"):
        path = work / "event.json"
        event = {"Event": {"uuid": UUID + "000000000400", "info": "x", "date": "2026-01-01", "timestamp": "1767225600",
                           "Attribute": [{"uuid": f"{UUID}00000000040{i}", "type": "domain", "category": "Network activity",
                                          "value": f"m{i}.example.org", "to_ids": True, "timestamp": "1767225600"} for i in range(1, 4)]}}
        text = json.dumps(event)
        path.write_text(text)
        equal(node.run("import", "--tlp", "green", path)["selectors"], {"domain-name": 3})
        path.write_text(text.replace('"Attribute"', '"published": false, "Attribute"'))
        equal(node.run("import", "--tlp", "green", path)["unpublished"], 3)
        equal(node.run("search", "m1.example.org")["holdings"][0]["unpublished"], True)
        equal(node.run("import", "--published", "--tlp", "green", path)["unpublished"], 0)
        equal(node.run("search", "m1.example.org")["holdings"][0]["unpublished"], False)
        node.run("import", "--published", "--unpublished", path, expect=2)
        path.write_text(text.replace('"m2.example.org", ', '"m2.example.org" '))
        report = node.run("import", "--tlp", "green", path)
        equal((report["found"], report["rejected"]), (3, 1), report)
    with case("CSV with NUL, mixed line ends and a byte order mark"):
        path = work / "mixed.csv"
        path.write_bytes(b"\xef\xbb\xbfvalue,type,comment\r\nc1.example.org,domain,\"a, b\"\nc2.exa\0mple.org,domain,x\r\n"
                         b"192.0.2.77,ipv4,\"two\nlines\"\nnonsense,ipv4,x\n")
        report = node.run("import", "--format", "csv", "--tlp", "green", path)
        equal((report["found"], report["imported"], report["rejected"]), (4, 2, 2), report)
    with case("--rejects writes every reject as one JSON line"):
        path, out = work / "rejects.txt", work / "rejects.jsonl"
        path.write_bytes(b"".join(b"!!! %d\n" % i for i in range(1500)))
        report = node.run("import", "--format", "list", "--rejects", out, path, expect=3)
        equal(len(report["rejects"]), 1000)
        lines = out.read_text().splitlines()
        equal(len(lines), 1500)
        true(all(json.loads(line)["why"] for line in lines), "each says why")
    with case("progress is drawn on a terminal and nowhere else"):
        path = work / "long.txt"
        path.write_text("".join(f"p{i}.example.org\n" for i in range(200_000)))
        result = node.raw("import", "--format", "list", "--tlp", "green", path)
        equal(result.stderr, b"")
        outer, inner = pty.openpty()
        drawn = bytearray()

        def read():
            try:
                while data := os.read(outer, 65536):
                    drawn.extend(data)
            except OSError:
                pass
        reader = threading.Thread(target=read)
        reader.start()
        code = subprocess.run([str(BIN / "parley"), "--home", str(node.path), "--json", "import", "--format", "list", "--tlp", "amber", str(path)],
                              stdout=subprocess.PIPE, stderr=inner).returncode
        os.close(inner)
        reader.join()
        os.close(outer)
        equal(code, 0)
        true(b"\r" in drawn and b"%" in drawn, bytes(drawn[:200]))
    with case("items without a marking are kept and told: they never leave"):
        path = work / "unmarked.txt"
        path.write_text("unmarked.example.org\n")
        equal(node.run("import", path)["without_marking"], 1)
        equal(node.run("search", "unmarked.example.org")["marking"], "none")

    with case("warninglists hold false positives back and are named"):
        lists = work / "lists"
        lists.mkdir()
        (lists / "resolvers.json").write_text(json.dumps({"name": "Test resolvers", "version": 1, "description": "", "type": "string",
                                                          "list": ["192.0.2.53"], "matching_attributes": ["ip-dst"]}))
        (lists / "popular.json").write_text(json.dumps({"name": "Popular", "version": 1, "description": "", "type": "hostname",
                                                        "list": ["popular.example.org"], "matching_attributes": ["domain", "hostname", "url"]}))
        (lists / "private.json").write_text(json.dumps({"name": "Ranges", "version": 1, "description": "", "type": "cidr",
                                                        "list": ["198.51.100.0/24"], "matching_attributes": ["ip-dst"]}))
        other = Home(work, "CERT Lists")
        other.init("--warninglists", lists)
        path, out = work / "held.txt", work / "held.jsonl"
        path.write_text("192.0.2.53\nwww.popular.example.org\n198.51.100.9\nkept.example.org\n")
        report = other.run("import", "--tlp", "green", "--rejects", out, path)
        equal((report["found"], report["imported"], report["held_back"]["warninglist"]), (4, 1, 3), report)
        named = [json.loads(line)["why"] for line in out.read_text().splitlines()]
        true(all(any(name in why for why in named) for name in ("Test resolvers", "Popular", "Ranges")), named)
        equal(other.run("search", "192.0.2.53")["held"], False)
    with case("off-limits values, labels and types are held back"):
        policy_for(node, Home(work, "CERT Bravo"))
        path = work / "offlimits.json"
        path.write_bytes(bundle(indicator(501, "off-limits.example.org"), indicator(502, "ok.example.org", labels=["classified"]),
                                {"type": "x-secret-thing", "id": f"x-secret-thing--{UUID}000000000503"}, indicator(504, "fine.example.org")))
        report = node.run("import", "--tlp", "green", path)
        equal((report["imported"], report["held_back"]["off_limits"]), (1, 3), report)
    with case("a policy that does not load is refused, and one that is broken in the home closes the node"):
        bad = work / "bad.toml"
        bad.write_text("version = 1\nsurprise = true\n")
        node.run("policy", "check", bad, expect=3)
        node.run("policy", "set", bad, expect=3)
        kept = (node.path / "policy.toml").read_text()
        (node.path / "policy.toml").write_text("version = 1\nsurprise = true\n")
        equal(node.run("doctor", expect=5)["ok"], False)
        (node.path / "policy.toml").write_text(kept)
        equal(node.run("doctor")["ok"], True)

    with case("a running node answers commands over its socket; a second owner is refused"):
        before = node.run("ledger", "status")["size"]
        node.serve()
        equal((node.path / "node.sock").stat().st_mode & 0o777, 0o600)
        equal(node.run("ledger", "status")["size"], before)
        node.run("import", "--tlp", "green", listing)
        second = node.raw("serve")
        equal(second.returncode, 2, second)
    with case("it ends cleanly on SIGTERM and takes its socket away"):
        equal(node.stop(), 0)
        true(not (node.path / "node.sock").exists(), "the socket is gone")
    with case("after kill -9 it starts again, and everything acknowledged is there"):
        node.serve()
        node.run("import", "--tlp", "green", "-", stdin=b"acknowledged.example.org\n")
        node.stop(signal.SIGKILL)
        equal(node.run("search", "acknowledged.example.org")["held"], True)
        node.serve()
        node.stop()
    with case("the checkpoint is a signed note of the node's own log, and entries are proven under it"):
        status = node.run("ledger", "status")
        text = node.run("ledger", "checkpoint")["checkpoint"]
        equal(text.splitlines()[:2], [status["origin"], str(status["size"])])
        true("c2sp.org/tlog-proof@v1" in node.run("ledger", "prove", 0)["proof"], "a tlog-proof")
        node.run("ledger", "prove", 10**6, expect=2)
    with case("officers are enrolled once, and others' readable keys are refused"):
        key = work / "officer.key"
        node.run("officer", "add", "Officer One", "--unit", "Legal", "--key", key)
        equal(key.stat().st_mode & 0o777, 0o600)
        node.run("officer", "add", "Officer One", "--unit", "Legal", "--key", work / "other.key", expect=2)
        true(not (work / "other.key").exists(), "no key is left behind")
        node.run("officer", "add", "Officer Two", "--unit", "Legal", "--key", key, expect=2)
        (work / "other.key").write_bytes(key.read_bytes())
        (work / "other.key").chmod(0o644)
        node.run("officer", "add", "Officer Three", "--unit", "Legal", "--key", work / "other.key", expect=3)
        equal([o["name"] for o in node.run("officer", "list")["officers"]], ["Officer One"])
finish()
