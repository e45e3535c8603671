#!/usr/bin/env python3
"""Private look-ups between two processes over TLS on loopback: hits, the cached set, budgets, labels, refusals."""
import json
import pathlib
import re
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from harness import agree, case, equal, finish, folder, true, two_nodes  # noqa: E402

PURPOSE = ["--purpose", "incident-response"]
GREEN = "bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
UUID = "00000000-0000-4000-8000-"


def refused_by(home, rule, *arguments):
    answer = home.run(*arguments, expect=1)
    true(answer.get("refused") is True and answer["why"], answer)
    true(rule in answer["rules"], f"{rule} expected, got {answer['rules']}: {answer['why']}")


def found(answer):
    return {one["value"]: one["hit"] for one in answer["lookups"]}


with folder() as work, two_nodes(work) as (a, b):
    b.run("import", "--tlp", "green", "-", stdin="\n".join(f"b{i}.example.org" for i in range(300)).encode())
    b.run("import", "--tlp", "green", "-", stdin=b"192.0.2.1\n192.0.2.2\n")
    b.run("import", "--tlp", "red", "-", stdin=b"red.example.org\n")
    b.run("import", "-", stdin=b"unmarked.example.org\n")
    b.run("import", "--tlp", "green", "--open-case", "case 7", "-", stdin=b"case.example.org\n")
    agreement = agree(a, b, lookups_per_day=20)
    ask = ["--agreement", agreement, *PURPOSE]

    with case("an agreement shows what it says of look-ups"):
        shown = a.run("agreement", "show", agreement)
        true("lookup_policy" in json.dumps(shown["payload"]), shown["payload"])
    with case("a value is found exactly when the peer holds it and may show it"):
        answer = a.run("lookup", b.name, "b7.example.org", "ipv4-addr:192.0.2.2", "nobody.example.org", "red.example.org",
                       "unmarked.example.org", "case.example.org", *ask)
        equal(found(answer), {"b7.example.org": True, "192.0.2.2": True, "nobody.example.org": False, "red.example.org": False,
                              "unmarked.example.org": False, "case.example.org": False})
        equal((answer["evaluations"], answer["budget_left"], answer["hits"]), (6, 14, 2))
        equal(answer["set_size_padded"], 320)
        true(answer["set_downloaded"] is True and answer["set_bytes"] > 1600, answer)
        true("6 look-ups" in answer["leak_statement"] and "14 look-ups are left" in answer["leak_statement"], answer)
        true(answer["seconds"] > 0 and answer["ledger_index"] > 0, answer)
    with case("the second time the set comes from the cache, and one value costs one evaluation"):
        answer = a.run("lookup", b.name, "b299.example.org", "b299.example.org", *ask)
        equal(found(answer), {"b299.example.org": True})
        equal((answer["evaluations"], answer["budget_left"], answer["set_downloaded"]), (1, 13, False))
        true(answer["bytes_sent"] + answer["bytes_received"] < 8000, answer)
    with case("nothing that was asked stands in the home of the peer"):
        for path in b.path.rglob("*"):
            if path.is_file() and path.name != "node.sock":
                true(b"nobody.example.org" not in path.read_bytes(), path)
    with case("both ledgers hold the set and the records"):
        for home in (a, b):
            true(home.run("ledger", "status")["size"] > 0, home.name)
            true("parley/lookup-set/1" in json.dumps(home.run("ledger", "status")), home.run("ledger", "status"))
    with case("purpose, type and agreement are refused by their rules"):
        refused_by(a, "agreement-purpose", "lookup", b.name, "x.example.org", "--agreement", agreement, "--purpose", "fraud-prevention")
        refused_by(a, "agreement-type", "lookup", b.name, "url:http://x.example.org/", *ask)
        equal(a.raw("lookup", b.name, "not a value", *ask).returncode, 2)
        equal(a.raw("lookup", b.name, *ask).returncode, 2)
    with case("budgets are kept over a restart of both nodes, by kill"):
        for home in (a, b):
            home.stop(signal.SIGKILL)
            home.serve()
        answer = a.run("lookup", b.name, "b1.example.org", *ask)
        equal((answer["budget_left"], answer["set_downloaded"]), (12, False))
        refused_by(a, "budget-lookups-per-day", "lookup", b.name, *[f"x{i}.example.org" for i in range(13)], *ask)
        equal(a.run("lookup", b.name, *[f"x{i}.example.org" for i in range(12)], *ask)["budget_left"], 0)
        refused_by(a, "budget-lookups-per-day", "lookup", b.name, "b2.example.org", *ask)
    with case("a damaged copy of the set is fetched again"):
        second = agree(a, b, lookups_per_day=5, max_set=2048)
        ask = ["--agreement", second, *PURPOSE]
        true(a.run("lookup", b.name, "b3.example.org", *ask)["set_downloaded"], "first")
        for path in (a.path / "lookups").glob("*.set"):
            path.write_bytes(path.read_bytes()[:-1] + b"\x00")
        a.stop()
        a.serve()
        answer = a.run("lookup", b.name, "b3.example.org", *ask)
        equal((found(answer), answer["set_downloaded"]), ({"b3.example.org": True}, True))
    with case("without a peer that answers the exit code is that of the network"):
        b.stop(signal.SIGKILL)
        equal(a.raw("lookup", b.name, "b4.example.org", *ask).returncode, 4)
        b.serve()
    with case("labels say where to ask further, and how that is marked"):
        path = work / "objects.json"
        path.write_text(json.dumps({"type": "bundle", "id": f"bundle--{UUID}000000000000", "objects": [
            {"type": "indicator", "spec_version": "2.1", "id": f"indicator--{UUID}000000000001",
             "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
             "pattern": "[domain-name:value = 'labelled.example.org']", "pattern_type": "stix",
             "valid_from": "2026-01-01T00:00:00Z", "object_marking_refs": [f"marking-definition--{GREEN}"]}]}))
        b.run("import", path)
        draft = a.run("agreement", "draft", "--peer", b.name, "--types", "domain-name,ipv4-addr", "--authority", "Act A",
                      "--peer-authority", "Act B", "--purposes", "incident-response", "--min-set", "1", "--max-set", "1000",
                      "--lookups-per-day", "5", "--lookup-labels")
        a.run("agreement", "sign", draft["agreement"])
        b.run("agreement", "sign", draft["agreement"])
        answer = a.run("lookup", b.name, "labelled.example.org", "b5.example.org", "x.example.org", "--agreement",
                       draft["agreement"], *PURPOSE)
        equal(found(answer), {"labelled.example.org": True, "b5.example.org": True, "x.example.org": False})
        label = answer["lookups"][0]["label"]
        equal(label["pointer"], f"indicator--{UUID}000000000001")
        true("GREEN" in label["marking"].upper(), label)
        true("label" not in answer["lookups"][2], answer)
    with case("what becomes part of a case is answered no more, and the ledger says that the set was retired"):
        fifth = agree(a, b, lookups_per_day=5, max_set=4096)
        question = ["--agreement", fifth, *PURPOSE]
        equal(found(a.run("lookup", b.name, "b8.example.org", *question)), {"b8.example.org": True})
        b.run("import", "--tlp", "green", "--open-case", "case 8", "-", stdin=b"b8.example.org\n")
        answer = a.run("lookup", b.name, "b8.example.org", "b9.example.org", *question)
        equal(found(answer), {"b8.example.org": False, "b9.example.org": True})
        true(answer["set_downloaded"], answer)
        true("parley/lookup-set-retired/1" in json.dumps(b.run("ledger", "status")), b.run("ledger", "status"))
    with case("two officers of different units approve a set before it is built"):
        policy = b.path / "policy.toml"
        before = policy.read_text()
        text = re.sub(r"(?ms)^\[approvals\.match\].*?(?=^\[|\Z)", "", before) + "\n[approvals.match]\ncount = 2\n"
        (work / "policy.toml").write_text(text)
        b.run("policy", "set", work / "policy.toml")
        for name, unit in (("Olga", "Operations"), ("Piet", "Legal")):
            b.run("officer", "add", name, "--unit", unit, "--key", work / f"{name}.pem")
        waiting = a.run("lookup", b.name, "b9.example.org", *question)
        equal((waiting["pending"], waiting["waits_for"]), (True, "peer"))
        proposed = b.run("lookup", "propose", a.name, *question)
        equal((proposed["state"], proposed["pending"]), ("proposed", True))
        true("guess" in proposed["leak_statement"] and proposed["own_size_padded"] >= 256, proposed)
        equal([one["set"] for one in b.run("lookup", "pending")["sets"]], [proposed["set"]])
        one = b.run("approve", proposed["set"], "--as", "Olga", "--key", work / "Olga.pem")
        equal((one["state"], len(one["approvals"])), ("proposed", 1))
        refused_by(b, "same-person-twice", "approve", proposed["set"], "--as", "Olga", "--key", work / "Olga.pem")
        built = b.run("approve", proposed["set"], "--as", "Piet", "--key", work / "Piet.pem")
        equal(built["state"], "built")
        equal(found(a.run("lookup", b.name, "b9.example.org", *question)), {"b9.example.org": True})
        true("parley/lookup-approval/1" in json.dumps(b.run("ledger", "status")), b.run("ledger", "status"))
    with case("what officers approved is void when the set changed, and tomorrow's set has its own proposal"):
        later = b.run("lookup", "propose", a.name, *question, "--tomorrow")
        equal(later["state"], "proposed")
        b.run("import", "--tlp", "green", "-", stdin=b"late.example.org\n")
        b.run("approve", later["set"], "--as", "Olga", "--key", work / "Olga.pem")
        refused_by(b, "set-changed", "approve", later["set"], "--as", "Piet", "--key", work / "Piet.pem")
        states = {one["set"]: one["state"] for one in b.run("lookup", "pending")["sets"]}
        equal((states[proposed["set"]], states[later["set"]]), ("built", "void"))
        (work / "policy.toml").write_text(before)
        b.run("policy", "set", work / "policy.toml")
    with case("an agreement without look-ups allows none, and a suspended peer gets none"):
        fourth = agree(a, b, max_set=512)
        refused_by(a, "agreement-lookup", "lookup", b.name, "b6.example.org", "--agreement", fourth, *PURPOSE)
        b.run("peer", "suspend", a.name)
        equal(a.raw("lookup", b.name, "b6.example.org", *ask).returncode, 4)

finish()
