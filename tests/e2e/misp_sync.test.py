#!/usr/bin/env python3
"""`parley misp pull` and `parley misp feed pull` against a server that behaves, against one of each kind that does not,
and against a node of our own."""
import json
import pathlib
import signal
import ssl
import sys
import threading
import time
import urllib.request
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from harness import Home, case, equal, finish, folder, true  # noqa: E402
from misbehaving_misp import COUNT, KEY, START, Server, event, name  # noqa: E402

LARGE = 30_000  # attributes: several transactions
POLICY = """version = 1
purposes = ["incident-response"]
free_text = "strip"
[[taxii]]
caller = "bravo"
tlp = "green"
"""


def until(what, holds, seconds=120):
    """Asks again and again: what a node does by itself has no other sign."""
    end = time.monotonic() + seconds
    while not holds():
        true(time.monotonic() < end, what)
        time.sleep(0.05)


with folder() as work:
    server = Server(work)
    key = pathlib.Path(work) / "key"
    key.write_text(KEY + "\n")
    homes = 0

    def node():
        """A fresh home: nothing of another case is known in it."""
        global homes
        homes += 1
        home = Home(work, f"CERT {homes}")
        home.init()
        return home

    def pull(home, mode, *more, expect=0):
        return home.run("misp", "pull", f"{server.url}/{mode}", "--key", key, "--ca", server.cert, *more, expect=expect)

    def feed(home, mode, *more, expect=0):
        return home.run("misp", "feed", "pull", f"{server.url}/{mode}/feed", "--ca", server.cert, *more, expect=expect)

    def holds(home, number, attribute=0):
        return len(home.run("search", f"host{attribute}.event{number}.example.org")["holdings"]) > 0

    def refused(report, number, text, rest=COUNT - 1):
        equal([one["uuid"] for one in report["refusals"]], [name(number)], report)
        true(text in report["refusals"][0]["why"], report["refusals"])
        equal(report["stored"], rest, "the others are stored")

    with case("an instance is read whole, and the second pull fetches nothing"):
        home = node()
        report = pull(home, "good")
        equal((report["listed"], report["wanted"], report["stored"], report["refused"], report["complete"]), (COUNT, COUNT, COUNT, 0, True), report)
        equal((report["version"], report["warnings"]), ("2.4.199", []))
        true(holds(home, 1) and holds(home, COUNT, 2), "values")
        again = pull(home, "good")
        equal((again["listed"], again["wanted"], again["fetched"]), (COUNT, 0, 0), again)
    with case("only what has changed is fetched, and it takes the place of what was held"):
        server.changes["good"] = [lambda events: events[name(3)].update(event(3, 4, timestamp=str(START + 1_000)))]
        report = pull(home, "good")
        equal((report["wanted"], report["stored"]), (1, 1), report)
        true(holds(home, 3, 3), "the new value")
        server.changes.clear()
    with case("pages, and a server that knows none"):
        report = pull(node(), "good", "--limit", "4")
        equal((report["pages"], report["stored"]), (8, COUNT), report)
        report = pull(node(), "no_pages", "--limit", "4")
        equal((report["pages"], report["stored"]), (1, COUNT), report)
        equal(pull(node(), "wrapped", "--limit", "9")["stored"], COUNT)
    with case("an index that goes round in circles is told, and what came is kept"):
        home = node()
        report = pull(home, "loop", "--limit", "10", expect=4)
        true("circles" in report["broke_off"], report)
        equal((report["stored"], report["complete"]), (10, False), report)
    with case("entries that are none, or come twice, are told; the rest is read"):
        report = pull(node(), "rubbish")
        equal((report["stored"], len(report["warnings"])), (COUNT, 3), report)
    for mode in ("ancient", "html"):
        with case(f"{mode}: this is no instance to read from"):
            home = node()
            true("error" in pull(home, mode, expect=4 if mode == "ancient" else 3), "an error")
            equal(holds(home, 1), False)
    with case("a wrong key is refused"):
        wrong = pathlib.Path(work) / "wrong"
        wrong.write_text("x" * 40)
        home = node()
        home.run("misp", "pull", f"{server.url}/good", "--key", wrong, "--ca", server.cert, expect=4)

    faults = {"fewer": "12000, and 10001 came", "older": "earlier", "missing": "cannot be had", "swapped": "in its place", "twice": "", "no_list": ""}
    for mode, text in faults.items():
        with case(f"{mode}: the event is named and nothing of it is stored"):
            home = node()
            report = pull(home, mode, expect=4)
            refused(report, 7, text)
            equal((holds(home, 7), holds(home, 8)), (False, True))
    with case("fewer: --fewer takes it all the same, and says so"):
        home = node()
        report = pull(home, "fewer", "--fewer")
        equal(report["stored"], COUNT)
        true("10001 came" in report["warnings"][0], report["warnings"])
    with case("more: more attributes than an event says to have are told and taken"):
        report = pull(node(), "more")
        equal(report["stored"], COUNT)
        true("has 3" in report["warnings"][0], report["warnings"])
    with case("unasked: what nobody asked for is not taken"):
        report = pull(node(), "unasked")
        equal(report["stored"], COUNT)
        true("nobody asked for" in report["warnings"][0], report["warnings"])
    with case("too_many: smaller questions are asked"):
        equal(pull(node(), "too_many")["stored"], COUNT)
    with case("cut: a connection that ends inside of an event costs that event"):
        home = node()
        report = pull(home, "cut", expect=4)
        refused(report, 7, "could not be had")
        equal(holds(home, 7), False)
    with case("an event changed behind our back, its timestamp the same, is named, and what is held stays"):
        home = node()
        pull(home, "behind")
        server.changes["behind"] = [lambda events: events[name(7)]["Attribute"][0].update(value="other.example.org")]
        equal(pull(home, "behind")["wanted"], 0, "the list does not tell")
        report = pull(home, "behind", "--again", expect=4)
        equal((report["unchanged"], report["refusals"][0]["uuid"]), (COUNT - 1, name(7)), report)
        true("its timestamp did not" in report["refusals"][0]["why"], report)
        true(holds(home, 7) and not home.run("search", "other.example.org")["holdings"], "what is held")

    with case("a feed is read whole; an unchanged one costs one request"):
        home = node()
        report = feed(home, "good")
        equal((report["listed"], report["stored"], report["refused"], report["complete"]), (COUNT, COUNT, 0, True), report)
        before = len(server.requests)
        report = feed(home, "good")
        equal((report["not_modified"], len(server.requests) - before), (True, 1), report)
        server.changes["good"] = [lambda events: events[name(4)].update(event(4, 5, timestamp=str(START + 2_000)))]
        report = feed(home, "good")
        equal((report["wanted"], report["stored"], holds(home, 4, 4)), (1, 1, True), report)
        server.changes.clear()
        equal(feed(node(), "no_hashes")["stored"], COUNT)
    for mode, text in {"fewer": "12000, and 10001 came", "other_hash": "integrity:sha256", "hashes_of_more": "hashes.csv", "missing": "404",
                       "cut": "could not be had", "older": "earlier"}.items():
        with case(f"feed, {mode}: the event is named and nothing of it is stored"):
            home = node()
            report = feed(home, mode, expect=4)
            if mode == "older":
                true(any("earlier" in one["why"] for one in report["refusals"]), report)
            else:
                refused(report, 7, text)
            equal(holds(home, 7), False)
            true(feed(home, "good")["complete"], "and it is fetched where it is whole")
            equal(holds(home, 7), True)
    with case("a pull that is broken off goes on where it was"):
        home = node()
        server.changes["good"] = [lambda events: [events.pop(name(n)) for n in range(11, COUNT + 1)]]
        equal(pull(home, "good")["stored"], 10)
        server.changes.clear()
        report = pull(home, "good")
        equal((report["wanted"], report["stored"]), (20, 20), report)

    with case("a pull is repeated while the node serves, and goes on after a restart"):
        home = node()
        home.run("misp", "feed", "pull", f"{server.url}/good/feed", "--ca", server.cert, "--every", "5", expect=2)
        one = home.run("misp", "feed", "pull", f"{server.url}/good/feed", "--ca", server.cert, "--every", "3600")
        two = home.run("misp", "pull", f"{server.url}/good", "--key", key, "--ca", server.cert, "--every", "60")
        equal((one["last"], two["every"]), (None, 60))
        equal([one_of["url"] for one_of in home.run("misp", "pulls")["pulls"]].count(two["url"]), 1)
        true(KEY not in json.dumps(home.run("misp", "pulls")), "no secrets in a list")
        secret = home.path / "misp" / f"{two['id']}.json"
        equal(secret.stat().st_mode & 0o777, 0o600)

        def last():
            return {one_of["id"]: one_of["last"] for one_of in home.run("misp", "pulls")["pulls"]}

        home.serve()
        try:
            until("both are pulled", lambda: all((told or {}).get("outcome") == "done" for told in last().values()))
            equal(last()[two["id"]]["refused"], 0)
            true(holds(home, 1), "values")
        finally:
            home.stop()
        before = last()
        home.serve()
        try:
            due = {one_of["id"]: one_of["due"] for one_of in home.run("misp", "pulls")["pulls"]}
            true(all(due[one_of] > told["at"] for one_of, told in before.items()), "they are due again later")
            home.run("misp", "feed", "pull", f"{server.url}/good/feed", "--ca", server.cert, "--every", "3600")
            until("and at once when ordered anew", lambda: last()[one["id"]]["at"] != before[one["id"]]["at"])
        finally:
            home.stop()
        home.run("misp", "unschedule", two["id"])
        equal((secret.exists(), len(home.run("misp", "pulls")["pulls"])), (False, 1))
        home.run("misp", "unschedule", two["id"], expect=2)

    with case("killed in the middle of a large event, a node has all of it afterwards"):
        home = node()
        policy = pathlib.Path(work) / "push.toml"
        policy.write_text(POLICY)
        home.run("policy", "set", policy)
        token = home.run("taxii", "user", "add", "bravo", "--token", "--misp", "rw")["token"]
        large = event(700, 1)
        first = large["Attribute"][0]
        large["Attribute"] = [{**first, "uuid": str(uuid.uuid5(uuid.NAMESPACE_URL, f"large {n}")), "value": f"large{n}.example.org"} for n in range(LARGE)]
        large.pop("attribute_count", None)
        home.serve()
        url, cert = f"https://127.0.0.1:{home.https}/misp/events/add", str(home.path / "keys" / "https.crt")
        context = ssl.create_default_context(cafile=cert)
        context.check_hostname = False
        asked = urllib.request.Request(url, json.dumps({"Event": large}).encode(), {"Authorization": token, "Content-Type": "application/json"})

        def send():
            try:
                urllib.request.urlopen(asked, context=context, timeout=120).read()
            except OSError:
                pass

        sender = threading.Thread(target=send)
        sender.start()
        until("its first attributes are here", lambda: home.run("search", "large0.example.org")["holdings"])
        home.stop(signal.SIGKILL)
        sender.join()
        home.serve()
        try:
            until("its last attribute is here", lambda: home.run("search", f"large{LARGE - 1}.example.org")["holdings"])
            true(all(home.run("search", f"large{n}.example.org")["holdings"] for n in range(0, LARGE, LARGE // 7)), "and the others")
        finally:
            home.stop()

    with case("a node pulls from a node: what may leave arrives, a step down"):
        alpha, bravo = node(), node()
        policy = pathlib.Path(work) / "policy.toml"
        policy.write_text(POLICY)
        alpha.run("policy", "set", policy)
        path = pathlib.Path(work) / "events.json"
        red = event(900, Tag=[{"name": "tlp:red"}])
        path.write_text(json.dumps({"response": [{"Event": event(n)} for n in range(1, 21)] + [{"Event": red}]}))
        alpha.run("import", "--format", "misp", path)
        ours = pathlib.Path(work) / "ours"
        ours.write_text(alpha.run("taxii", "user", "add", "bravo", "--token", "--misp", "r")["token"])
        alpha.serve()
        try:
            url, cert = f"https://127.0.0.1:{alpha.https}/misp", alpha.path / "keys" / "https.crt"
            report = bravo.run("misp", "pull", url, "--key", ours, "--ca", cert)
            equal((report["listed"], report["stored"], report["refused"], report["warnings"]), (20, 20, 0, []), report)
            equal((holds(bravo, 1), holds(bravo, 900)), (True, False))
            equal(bravo.run("misp", "pull", url, "--key", ours, "--ca", cert)["wanted"], 0)
            equal(bravo.run("misp", "feed", "pull", url, "--key", ours, "--ca", cert)["listed"], 0, "no feed of what is not for everybody")
        finally:
            alpha.stop()
finish()
