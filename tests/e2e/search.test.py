#!/usr/bin/env python3
"""Search, neighbours, sightings, expiry and deletion on the command line, alone and through a running node."""
import json
import pathlib
import re
import signal
import ssl
import sys
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from harness import Home, case, equal, finish, folder, true  # noqa: E402

UUID = "00000000-0000-4000-8000-"


def indicator(number, value, name, version="2026-01-01T00:00:00.000Z", **more):
    return {"type": "indicator", "spec_version": "2.1", "id": f"indicator--{UUID}{number:012}",
            "created": "2026-01-01T00:00:00.000Z", "modified": version, "name": name,
            "pattern": f"[domain-name:value = '{value}']", "pattern_type": "stix",
            "valid_from": "2026-01-01T00:00:00Z"} | more


def attribute(number, kind, value, comment=""):
    return {"uuid": f"{UUID}{number:012}", "type": kind, "category": "Network activity", "value": value,
            "to_ids": True, "timestamp": "1767225600", "comment": comment}


with folder() as work:
    node = Home(work)
    node.init()

    def read(name, objects):
        file = work / name
        file.write_text(json.dumps({"type": "bundle", "id": f"bundle--{UUID}000000000000", "objects": objects}))
        return node.run("import", "--tlp", "green", str(file))

    one = indicator(1, "c2.evil.example", "Grizzly Loader", labels=["loader"])
    old = indicator(2, "old.evil.example", "Gone", valid_until="2026-02-01T00:00:00Z")
    read("a.json", [one, old])
    read("b.json", [indicator(3, "c2.evil.example", "Second opinion", object_marking_refs=[
        "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"])])
    event = work / "event.json"
    event.write_text(json.dumps({"Event": {
        "uuid": f"{UUID}0000000000e1", "info": "Mail wave", "timestamp": "1767225600", "date": "2026-01-01",
        "published": True, "Tag": [{"name": "tlp:green"}],
        "Attribute": [attribute(21, "ip-dst|port", "192.0.2.7|443", "beacon of the loader"),
                      attribute(22, "ip-src", "192.0.2.0/24")]}}))
    node.run("import", str(event))

    def values(*words):
        return sorted(hit["value"] for hit in node.run("search", *words)["hits"])

    with case("search below a domain and in a network, once a value, with all sources and the strictest marking"):
        equal(values("evil[.]example", "--below"), ["c2.evil.example", "old.evil.example"])
        equal(values("192.0.2.0/25", "--below"), ["192.0.2.7"])
        hit = node.run("search", "c2.", "--prefix", "--selector-type", "domain-name")["hits"][0]
        equal((hit["sources"], hit["marking"], len(hit["objects"])), (["a.json", "b.json"], "red", 2))
        equal(values("evil.example", "--below", "--tlp", "green"), ["old.evil.example"])
        equal(values("--label", "loader"), ["c2.evil.example"])
    with case("free text finds names and comments, with a cursor that belongs to the query"):
        first = node.run("search", "--text", "loader", "--limit", "1")
        rest = node.run("search", "--text", "loader", "--cursor", first["cursor"])
        names = [hit["type"] for hit in first["hits"] + rest["hits"]]
        equal(names, ["x-misp-attribute", "indicator"])
        node.run("search", "--text", "other", "--cursor", first["cursor"], expect=2)
        for words, told in ((["--tlp", "purple"], "purple"), (["--selector-type", "domain"], "domain-name"),
                            (["--seen-to", "2026-02-30"], "2026-02-30"), (["--text", " "], "--text"), (["--below"], "value"),
                            (["--seen-from", "2026-02-02", "--seen-to", "2026-02-01"], "behind"), (["--source", "nobody"], "nobody")):
            said = node.raw("search", *words)
            equal((said.returncode, told in said.stdout.decode() + said.stderr.decode()), (2, True), words)
        equal(node.run("search", "--text", '"of the" LOAD*', "--type", "indicator")["hits"], [])
    with case("neighbours are parts of composite values and networks around an address"):
        found = node.run("search", "192.0.2.7", "--correlate")["neighbours"]
        equal(sorted((one["relation"], one["kind"]) for one in found), [("contains", "ip-src"), ("part", "ip-dst|port")])
        true(all(one["event"].startswith("x-misp-event--") for one in found), found)
    with case("sightings change scores and are told with a value"):
        node.run("sighting", "add", "c2.evil.example", "--times", "2")
        node.run("sighting", "add", "c2.evil.example", "--kind", "false-positive")
        answer = node.run("search", "c2.evil.example")
        equal(len(answer["sightings"]), 2)
        true(50 < answer["score"]["value"] < 70, answer["score"])
        equal(len(node.run("sighting", "list", "c2.evil.example")["sightings"]), 2)
    with case("what is valid no more expires, after a dry run that changes nothing"):
        equal(node.run("expire", "--dry-run")["valid_until"], 1)
        equal(node.run("search", "old.evil.example")["held"], True)
        equal(node.run("expire")["taken_out"]["holdings"], 1)
        equal(node.run("search", "old.evil.example")["held"], False)
        equal(node.run("search", "--text", "gone")["hits"], [])
        equal(len(node.run("search", "--text", "gone", "--expired")["hits"]), 1)
        equal(node.run("expire")["valid_until"], 0)
    with case("a newer version that is revoked is held no more, by whatever file it comes"):
        read("c.json", [indicator(1, "c2.evil.example", "Grizzly Loader", "2026-03-01T00:00:00.000Z", revoked=True)])
        equal([one["object"] for one in node.run("search", "c2.evil.example")["holdings"]],
              [f"indicator--{UUID}000000000003"])
    with case("delete takes an object out of every index, and says when there is nothing"):
        node.run("delete", f"indicator--{UUID}000000000003", "--dry-run")
        equal(node.run("search", "c2.evil.example")["held"], True)
        node.run("delete", f"indicator--{UUID}000000000003")
        equal(node.run("search", "c2.evil.example")["held"], False)
        equal(node.run("search", "--text", "opinion")["hits"], [])
        node.run("delete", f"indicator--{UUID}000000000003", expect=2)
    with case("a case that is open is left alone"):
        file = work / "case.json"
        file.write_text(json.dumps(indicator(5, "case.example", "Case", valid_until="2026-02-01T00:00:00Z")))
        node.run("import", "--tlp", "green", "--open-case", "K1", str(file))
        equal(node.run("expire")["taken_out"]["open_case"], 1)
        equal(node.run("search", "case.example")["held"], True)
        equal(node.run("delete", "case.example", expect=1)["taken_out"]["open_case"], 1)
    with case("an index that is made anew finds the same"):
        before = node.run("search", "--text", "loader")["hits"]
        equal(node.run("index", "--rebuild")["current"], True)
        equal(node.run("search", "--text", "loader")["hits"], before)

    def waiting():
        """What a node that serves has not indexed yet, as its metrics tell; nothing is indexed by asking."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with urllib.request.urlopen(f"https://127.0.0.1:{node.https}/metrics", context=context, timeout=30) as answer:
            return int(re.search(r"^parley_index_waiting (\d+)$", answer.read().decode(), re.M).group(1))

    def until(what, holds):
        end = time.monotonic() + 60
        while not holds():
            true(time.monotonic() < end, what)
            time.sleep(0.1)

    read("late.json", [indicator(7, "late.example", "Overdue", valid_until="2026-02-01T00:00:00Z")])
    equal(node.run("search", "late.example")["held"], True)
    try:
        node.serve()
        with case("a node that serves takes out by itself what has expired"):
            until("expiry", lambda: not node.run("search", "late.example")["held"])
            equal(node.run("expire", "--dry-run")["valid_until"], 0)
        with case("it indexes what is imported while it serves, and search finds it without a restart"):
            read("live.json", [indicator(number, f"live{number}.example", "Wanderer") for number in range(1000, 1200)])
            equal(node.run("search", "live1100.example")["held"], True)
            until("the indexer", lambda: waiting() == 0)
            found = node.run("search", "--text", "wanderer", "--limit", "500")
            equal((len(found["hits"]), node.run("index")["waited"]), (200, 0))
        with case("what is deleted, revoked or expired in a node that serves is in no index of it"):
            node.run("delete", f"indicator--{UUID}000000001000")
            node.run("delete", "live1001.example")
            read("revoked.json", [indicator(1002, "live1002.example", "Wanderer", "2026-03-01T00:00:00.000Z", revoked=True)])
            read("over.json", [indicator(1003, "live1003.example", "Wanderer", "2026-03-01T00:00:00.000Z",
                                         valid_until="2026-04-01T00:00:00Z")])
            equal(node.run("expire")["valid_until"], 1)
            gone = {f"live{number}.example" for number in range(1000, 1004)}
            for value in gone:
                equal(node.run("search", value)["held"], False, value)
            equal(gone & {hit["value"] for hit in node.run("search", "live", "--prefix", "--selector-type", "domain-name",
                                                           "--limit", "500")["hits"]}, set())
            ids = {hit["id"] for hit in node.run("search", "--text", "wanderer", "--limit", "500")["hits"]}
            equal((f"indicator--{UUID}000000001000" in ids, f"indicator--{UUID}000000001003" in ids), (False, False))
            until("the indexer", lambda: waiting() == 0)
    finally:
        node.stop(signal.SIGKILL)

finish()
