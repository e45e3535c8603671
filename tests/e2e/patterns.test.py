#!/usr/bin/env python3
"""STIX patterns and related objects on the command line: exit codes, places of faults, pages."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from harness import Home, case, equal, finish, folder, true  # noqa: E402

UUID = "00000000-0000-4000-8000-"


def stix(kind, number, **more):
    return {"type": kind, "spec_version": "2.1", "id": f"{kind}--{UUID}{number:012}",
            "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z"} | more


def joined(number, source, target, kind="uses"):
    return stix("relationship", number, relationship_type=kind, source_ref=source["id"], target_ref=target["id"])


with folder() as work:
    nowhere = Home(work, "CERT Nowhere")  # these commands need no home
    data = work / "seen.json"
    data.write_text(json.dumps([
        {"type": "observed-data", "first_observed": f"2026-01-01T00:00:{second:02}Z",
         "last_observed": f"2026-01-01T00:00:{second:02}Z", "number_observed": 1,
         "objects": {"0": {"type": "ipv4-addr", "value": f"192.0.2.{second}"}}} for second in (1, 5, 30)]))

    with case("pattern check takes patterns that begin with a bracket and hold commas"):
        result = nowhere.run("pattern", "check", "[a:b IN (1, 2)]", "([a:b = 'x,y'] OR [c:d > 1]) WITHIN 5 SECONDS")
        equal([one["written"] for one in result["patterns"]],
              ["[a:b IN (1, 2)]", "([a:b = 'x,y'] OR [c:d > 1]) WITHIN 5 SECONDS"])
    with case("pattern check ends with 3 and names the place"):
        result = nowhere.run("pattern", "check", "[a:b = 1]", "[a:b = ]", "[a:b MATCHES 'x(?=y)']", expect=3)
        equal((result["checked"], result["wrong"]), (3, 2))
        equal(result["patterns"][1]["findings"][0]["byte"], 7)
        true("look-ahead" in result["patterns"][2]["findings"][0]["why"], result)
    with case("pattern match ends with 0, 1 or 3"):
        within = "([ipv4-addr:value = '192.0.2.1'] FOLLOWEDBY [ipv4-addr:value ISSUBSET '192.0.2.0/29']) WITHIN {} SECONDS"
        result = nowhere.run("pattern", "match", within.format(4), "--data", str(data))
        equal([one["index"] for one in result["bound"]], [0, 1])
        equal(nowhere.run("pattern", "match", within.format(3.5), "--data", str(data), expect=1)["match"], False)
        nowhere.run("pattern", "match", "[ipv4-addr:value", "--data", str(data), expect=3)
        nowhere.run("pattern", "match", "[a:b = 1]", "--data", "/dev/null", expect=3)

    node = Home(work)
    node.init()
    actor = stix("intrusion-set", 1, name="Group")
    malware = stix("malware", 2, name="Program", is_family=True)
    technique = stix("attack-pattern", 3, name="Way")
    indicator = stix("indicator", 4, pattern="[domain-name:value = 'c2.example.org']", pattern_type="stix",
                     valid_from="2026-01-01T00:00:00Z")
    objects = [actor, malware, technique, indicator, joined(11, actor, malware), joined(12, malware, technique),
               joined(13, indicator, malware, "indicates")]
    file = work / "graph.json"
    file.write_text(json.dumps({"type": "bundle", "id": f"bundle--{UUID}000000000000", "objects": objects}))
    node.run("import", "--tlp", "green", str(file))

    with case("related walks relationships both ways, from an id and from a value"):
        result = node.run("related", actor["id"])
        equal([(one["step"], one["name"] if "name" in one else one["type"]) for one in result["objects"]],
              [(1, "Program"), (2, "Way"), (2, "indicator")])
        equal(result["objects"][0]["via"]["relationship_type"], "uses")
        equal([one["name"] for one in node.run("related", "c2.example.org", "--steps", "1")["objects"]], ["Program"])
    with case("related tells some types alone, in pages that a signed cursor joins"):
        equal(node.run("related", actor["id"], "--types", "attack-pattern")["found"], 1)
        first = node.run("related", actor["id"], "--limit", "2")
        rest = node.run("related", actor["id"], "--limit", "2", "--cursor", first["cursor"])
        equal([one["step"] for one in first["objects"] + rest["objects"]], [1, 2, 2])
        true("cursor" not in rest, rest)
        node.run("related", malware["id"], "--cursor", first["cursor"], expect=2)
    with case("related refuses what is no id, no value that is held, and too many steps"):
        node.run("related", "192.0.2.77", expect=2)
        node.run("related", actor["id"], "--steps", "5", expect=2)

finish()
