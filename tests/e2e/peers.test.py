#!/usr/bin/env python3
"""Two nodes over TLS on loopback: what is refused and by which rule, and strangers at the door."""
import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from harness import Home, agree, case, equal, finish, folder, free_port, policy_for, true, two_nodes  # noqa: E402

UUID = "00000000-0000-4000-8000-"
TLP = {"clear": "94868c89-83c2-464b-929b-a1a8aa3c8487", "green": "bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
       "red": "e828b379-4e03-4974-9ac4-e53a884c97c1"}
PURPOSE = ["--purpose", "incident-response"]


def indicator(number, value, level, **more):
    marking = {"object_marking_refs": [f"marking-definition--{TLP[level]}"]} if level else {}
    return {"type": "indicator", "spec_version": "2.1", "id": f"indicator--{UUID}{number:012}",
            "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
            "pattern": f"[domain-name:value = '{value}']", "pattern_type": "stix", "valid_from": "2026-01-01T00:00:00Z"} | marking | more


class Courier:
    """Passes bytes between a port and the node behind it; nothing comes back once `hold_after` bytes have left."""

    def __init__(self, port, behind, hold_after=None):
        self.behind, self.hold_after, self.sockets = behind, hold_after, []
        self.door = socket.create_server(("127.0.0.1", port))

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.door.shutdown(socket.SHUT_RDWR)
        for one in [self.door, *self.sockets]:
            one.close()

    def accept(self):
        while True:
            try:
                outer, _ = self.door.accept()
                inner = socket.create_connection(("127.0.0.1", self.behind))
            except OSError:
                return
            self.sockets += [outer, inner]
            left = [0]
            threading.Thread(target=self.carry, args=(outer, inner, left, True), daemon=True).start()
            threading.Thread(target=self.carry, args=(inner, outer, left, False), daemon=True).start()

    def carry(self, source, target, left, outgoing):
        try:
            while data := source.recv(65536):
                if outgoing:
                    left[0] += len(data)
                elif self.hold_after and left[0] > self.hold_after:
                    continue
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def refused_by(home, rule, *arguments):
    answer = home.run(*arguments, expect=1)
    true(answer.get("refused") is True and answer["why"], answer)
    true(rule in answer["rules"], f"{rule} expected, got {answer['rules']}: {answer['why']}")


with folder() as work, two_nodes(work) as (a, b):
    common = [f"common{i}.example.org" for i in range(40)]
    a.run("import", "--tlp", "green", "-", stdin="\n".join(common + [f"a{i}.example.org" for i in range(60)]).encode())
    b.run("import", "--tlp", "green", "-", stdin="\n".join(common + [f"b{i}.example.org" for i in range(100)]).encode())
    b.run("import", "--tlp", "red", "-", stdin=b"a1.example.org\n")
    b.run("import", "-", stdin=b"a2.example.org\n")
    b.run("import", "--tlp", "green", "--open-case", "case 7", "-", stdin=b"a3.example.org\n")

    with case("without an agreement nothing is matched or released"):
        result = a.raw("match", b.name, "--agreement", "00" * 32, *PURPOSE)
        true(result.returncode in (1, 2), result)
    agreement = agree(a, b)
    with case("both sides hold the same agreement, in force"):
        for home in (a, b):
            shown = home.run("agreement", "show", agreement)
            equal((shown["status"], shown["signed_by_us"], shown["signed_by_peer"]), ("in_force", True, True))
        equal(a.run("agreement", "show", agreement)["payload"], b.run("agreement", "show", agreement)["payload"])
    with case("a purpose, a type or an output outside the agreement is refused by its rule"):
        refused_by(a, "agreement-purpose", "match", b.name, "--agreement", agreement, "--purpose", "fraud-prevention")
        answer = a.run("match", b.name, "--agreement", agreement, *PURPOSE, "--types", "url", expect=1)
        true(answer["refused"] and answer["rules"], answer)
    with case("a match finds what both may show, and nothing marked stricter, unmarked or of an open case"):
        match = a.run("match", b.name, "--agreement", agreement, *PURPOSE)
        equal({m["value"] for m in match["matches"]}, set(common))
        equal(match["size"], 40)
        equal(match["own_size"], 100)
        true(match["peer_size_padded"] >= 140 and match["peer_size_padded"] & (match["peer_size_padded"] - 1) == 0, "a power of two")
        equal(match["security"], "semi-honest")
        true("semi-honest" in match["leak_statement"] or "honest" in match["leak_statement"], match["leak_statement"])
    with case("the same question on the same day gets the stored result, and nothing is run"):
        size = b.run("ledger", "status")["size"]
        again = a.run("match", b.name, "--agreement", agreement, *PURPOSE)
        equal((again["stored"], again["run"]), (True, match["run"]))
        equal(b.run("ledger", "status")["size"], size)
    with case("the side that was asked has its record and knows no result"):
        run = next(r for r in b.run("runs")["runs"] if r["run"] == match["run"])
        equal(run["own_size"], 140)
        true(not run.get("matches"), run)
    with case("each side's replay is proven; the match can be exported and verified"):
        for home in (a, b):
            equal(home.run("ledger", "audit", match["run"])["verdict"], "proven")
        bundle, trust = work / "match.zip", work / "trust.txt"
        a.run("evidence", "export", match["run"], "-o", bundle)
        trust.write_text(a.run("peer", "list", "--trust")["trust"])
        verified = a.run("verify", "--trust", trust, bundle)
        equal(verified["verdict"], "proven", verified)

    path = work / "objects.json"
    path.write_text(json.dumps({"type": "bundle", "id": f"bundle--{UUID}000000000000", "objects": [
        indicator(1, "green.example.org", "green", created_by_ref=f"identity--{UUID}000000000002",
                  description="Seen beside a1.example.org and red.example.org in the wild"),
        {"type": "identity", "spec_version": "2.1", "id": f"identity--{UUID}000000000002", "created": "2026-01-01T00:00:00Z",
         "modified": "2026-01-01T00:00:00Z", "name": "CERT Alpha", "identity_class": "organization",
         "object_marking_refs": [f"marking-definition--{TLP['clear']}"]},
        indicator(3, "red.example.org", "red"), indicator(4, "unmarked.example.org", None),
        indicator(5, "unknown.example.org", None, object_marking_refs=[f"marking-definition--{UUID}00000000dead"])]}))
    a.run("import", path)
    release = [b.name, "--agreement", agreement, *PURPOSE, "--object"]
    with case("red, unmarked and unknown markings never leave"):
        for number in (3, 4, 5):
            answer = a.run("release", "propose", *release, f"indicator--{UUID}{number:012}", expect=1)
            true(answer["refused"] and answer["rules"], answer)
    with case("free text that carries a stricter indicator does not leave as it is"):
        preview = a.run("release", "preview", *release, f"indicator--{UUID}000000000001")
        true("red.example.org" not in preview["package"], preview["package"])
        true(any("description" in r["what"] for r in preview["removed"]), preview["removed"])
    keys = {}
    for name, unit in (("Officer One", "Operations"), ("Officer Two", "Legal"), ("Officer Three", "Legal")):
        keys[name] = work / f"{name}.key"
        a.run("officer", "add", name, "--unit", unit, "--key", keys[name])
    with case("the same person, the same unit, a foreign key and an unknown officer do not count"):
        proposed = a.run("release", "propose", *release, f"indicator--{UUID}000000000001")
        ident = proposed["release"]
        equal(proposed["state"], "proposed")
        a.run("release", "deliver", ident, expect=1)
        a.run("approve", ident, "--as", "Officer Two", "--key", keys["Officer Two"])
        for name, key in (("Officer Two", "Officer Two"), ("Officer Three", "Officer Three"), ("Officer One", "Officer Three")):
            answer = a.run("approve", ident, "--as", name, "--key", keys[key], expect=1)
            true(answer["refused"] and answer["rules"], answer)
        true(a.raw("approve", ident, "--as", "Nobody", "--key", keys["Officer One"]).returncode in (1, 2), "unknown officer")
    with case("a change of the policy after the proposal voids it"):
        policy_for(a, b, tlp="clear")
        answer = a.run("approve", ident, "--as", "Officer One", "--key", keys["Officer One"], expect=1)
        true(answer["refused"], answer)
        policy_for(a, b, tlp="green")
    with case("two officers of different units release; the receiver signs; a second delivery changes nothing"):
        ident = a.run("release", "propose", *release, f"indicator--{UUID}000000000001")["release"]
        a.run("approve", ident, "--as", "Officer Two", "--key", keys["Officer Two"])
        done = a.run("approve", ident, "--as", "Officer One", "--key", keys["Officer One"])
        equal((done["state"], done["receipt"]), ("delivered", True), done)
        size = b.run("ledger", "status")["size"]
        equal(a.run("release", "deliver", ident)["state"], "delivered")
        equal(b.run("ledger", "status")["size"], size)
        got = b.run("search", f"indicator--{UUID}000000000001", "--raw")["objects"][0]
        true("red.example.org" not in got["raw"], got)
    with case("an approved release waits for a peer that is away, and is delivered when it is back"):
        ident = a.run("release", "propose", b.name, "--agreement", agreement, *PURPOSE, "--selector", "domain-name:a5.example.org")["release"]
        b.stop()
        a.run("approve", ident, "--as", "Officer One", "--key", keys["Officer One"])
        waiting = a.run("approve", ident, "--as", "Officer Two", "--key", keys["Officer Two"])
        equal(waiting["state"], "approved")
        true(waiting["why_not_delivered"], waiting)
        a.run("release", "deliver", ident, expect=4)
        b.serve()
        equal(a.run("release", "deliver", ident)["state"], "delivered")

    with case("killed while a package leaves: the ledger says that it was tried, and it is delivered once"):
        long = indicator(20, "kill.example.org", "green", description="long " * 10000)
        a.run("import", "-", stdin=json.dumps({"type": "bundle", "id": f"bundle--{UUID}000000000009", "objects": [long]}).encode())
        ident = a.run("release", "propose", *release, long["id"])["release"]
        entries = a.run("ledger", "status")["size"]
        b.stop()
        behind = free_port()
        with Courier(b.port, behind, hold_after=20000):
            b.serve("--peer-listen", f"127.0.0.1:{behind}")
            a.run("approve", ident, "--as", "Officer One", "--key", keys["Officer One"])
            threading.Thread(target=lambda: a.raw("approve", ident, "--as", "Officer Two", "--key", keys["Officer Two"])).start()
            deadline = time.time() + 60
            while time.time() < deadline and not any(r["release"] == ident for r in b.run("release", "list")["received"]):
                pass
            a.stop(signal.SIGKILL)
        a.serve()
        shown = a.run("release", "show", ident)
        equal((shown["state"], shown["receipt"]), ("attempted", False))
        equal(a.run("ledger", "status")["size"], entries + 3, "two approvals and the delivery; no receipt")
        with Courier(b.port, behind):
            equal(a.run("release", "deliver", ident)["state"], "delivered")
        equal(a.run("ledger", "status")["size"], entries + 4, "the receipt came on top")
        b.stop()
        b.serve()

    with case("a stranger without a certificate, or with one that is not pinned, gets no byte"):
        key, certificate = work / "stranger.key", work / "stranger.crt"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", key, "-out", certificate, "-subj", "/CN=x", "-days", "9"],
                       check=True, capture_output=True)
        for pair in (None, (certificate, key)):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            if pair:
                context.load_cert_chain(*map(str, pair))
            received = b""
            try:
                with socket.create_connection(("127.0.0.1", b.port), timeout=10) as raw, context.wrap_socket(raw) as tls:
                    tls.sendall(b"POST /peer/v1/channel HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: parley-peer/1\r\n\r\n")
                    while chunk := tls.recv(4096):
                        received += chunk
            except (ssl.SSLError, ConnectionError):
                pass
            equal(received, b"", "content for a stranger")
        true("peer_refused" in b.log() or "refused" in b.log(), "a line in the log")
    with case("TLS 1.2 is not spoken to peers"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        try:
            with socket.create_connection(("127.0.0.1", b.port), timeout=10) as raw, context.wrap_socket(raw):
                raise AssertionError("a TLS 1.2 handshake succeeded")
        except (ssl.SSLError, ConnectionError):
            pass
    with case("garbage, silence and a flood of connections leave the node serving"):
        silent = [socket.create_connection(("127.0.0.1", b.port)) for _ in range(12)]
        for data in (os.urandom(4096), b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"A" * 70000):
            with socket.create_connection(("127.0.0.1", b.port), timeout=10) as raw:
                try:
                    raw.sendall(data)
                    raw.shutdown(socket.SHUT_WR)
                    while raw.recv(4096):
                        pass
                except OSError:
                    pass
        flood = []
        for _ in range(200):
            try:
                flood.append(socket.create_connection(("127.0.0.1", b.port), timeout=5))
            except OSError:
                break
        equal(b.run("doctor")["ok"], True)
        for one in silent + flood:
            one.close()
        equal(a.run("agreement", "sign", agreement)["delivered"], True, "a pinned peer is still served")
    with case("the HTTPS endpoints answer, and nothing else does"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

        def get(path, method="GET"):
            with socket.create_connection(("127.0.0.1", a.https), timeout=10) as raw, context.wrap_socket(raw) as tls:
                tls.sendall(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
                data = b""
                while chunk := tls.recv(65536):
                    data += chunk
                head, _, body = data.partition(b"\r\n\r\n")
                return int(head.split()[1]), body
        equal(get("/healthz")[0], 200)
        equal(get("/readyz")[0], 200)
        equal(get("/ledger/checkpoint")[1].decode(), a.run("ledger", "checkpoint")["checkpoint"])
        status, entries = get("/ledger/tile/entries/000.p/" + str(a.run("ledger", "status")["size"]))
        equal(status, 200)
        equal(int.from_bytes(entries[:2], "big"), 256, "leaves are 256 bytes")
        equal(get("/ledger/tile/../keys/role.key")[0] in (400, 404), True)
        equal(get("/nothing")[0], 404)
        equal(get("/healthz", "DELETE")[0], 405)
        true(b"parley_ledger_entries" in get("/metrics")[1], "metrics")
    with case("a suspended peer is refused at once, in both directions, and the refusal names the rule"):
        fresh = agree(a, b, output="size")
        equal(b.run("peer", "suspend", a.name)["told"], True)
        equal(a.run("peer", "list")["peers"][0]["suspended_by_peer"], True)
        result = a.raw("match", b.name, "--agreement", fresh, *PURPOSE)
        equal(result.returncode, 4, result.stdout + result.stderr)
        refused_by(b, "peer-suspended", "match", a.name, "--agreement", agreement, *PURPOSE)
        equal(b.run("peer", "resume", a.name)["told"], True)
        equal(a.run("peer", "list")["peers"][0]["suspended_by_peer"], False)
    with case("how many both hold, without which: after the items of today from the stored result, else by a run of its own"):
        sized = a.run("match", b.name, "--agreement", agreement, *PURPOSE, "--output", "size")
        equal((sized["size"], sized["matches"], sized["stored"]), (40, [], True), "as it was found this morning")
        sized = a.run("match", b.name, "--agreement", fresh, *PURPOSE)
        equal((sized["size"], sized["matches"], sized["stored"]), (43, [], False), "the forty, and the three that were released")
    with case("one item of a finished run can be opened, and anybody verifies that it was committed to"):
        opening, keys = work / "item.json", work / "opening-trust.txt"
        keys.write_text(a.run("peer", "list", "--trust")["trust"])
        a.run("match", "open", match["run"], "domain-name:" + common[0], "-o", opening)
        verified = a.run("verify", "--trust", keys, opening)
        equal((verified["verdict"], verified["kind"]), ("proven", "opening"))
        equal(a.run("verify", opening, expect=1)["verdict"], "not_shown")
        opening.write_text(opening.read_text().replace("peer_record", "peer_recorD"))
        a.run("verify", "--trust", keys, opening, expect=3)
    with case("a match that needs officers waits for them on both sides, and runs when the last has agreed"):
        third = agree(a, b)

        def ask_officers(count):
            for home in (a, b):
                policy = pathlib.Path(str(home.path) + ".policy.toml")
                before, _, after = policy.read_text().partition("[approvals.match]\ncount = ")
                policy.write_text(before + f"[approvals.match]\ncount = {count}" + after[1:])
                home.run("policy", "set", policy)
        for home in (a, b):
            home.run("officer", "add", "Olga M", "--unit", "Matching", "--key", work / f"{home.path.name}.match.key")
        ask_officers(1)
        waiting = a.run("match", b.name, "--agreement", third, *PURPOSE, expect=1)
        equal((waiting["rules"], "approve" in waiting["why"]), (["approvals"], True))
        equal((waiting["pending"], waiting["waits_for"], waiting["state"]), (True, "own officers", "proposed"))
        signed = a.raw("approve", waiting["match"], "--as", "Olga M", "--key", work / f"{a.path.name}.match.key")
        answer = json.loads(signed.stdout)
        shown = signed.stderr.decode()
        true(waiting["match"] in shown and "semi-honest" in shown, "the officer reads terms and leak statement: " + shown)
        equal((answer["pending"], answer["waits_for"]), (True, "peer"))
        theirs = next(m for m in b.run("match", "list")["matches"] if m["state"] == "proposed")
        equal(theirs["role"], "responder")
        b.run("approve", theirs["match"], "--as", "Olga M", "--key", work / f"{b.path.name}.match.key")
        done = a.run("match", b.name, "--agreement", third, *PURPOSE)
        equal((done["size"], done["match"]), (43, waiting["match"]))
        ask_officers(0)
    with case("a node that was restored matches again when its peer has confirmed its ledger"):
        b.stop()
        (b.path / "restored").touch()
        b.serve()
        fourth = agree(a, b)
        answer = b.run("match", a.name, "--agreement", fourth, *PURPOSE, expect=1)
        equal(answer["rules"], ["ledger-unconfirmed"])
        equal(b.run("ledger", "confirm", a.name)["state"], "restored")
        equal(b.run("match", a.name, "--agreement", fourth, *PURPOSE)["size"], 43)
    with case("a suspended agreement stops every act"):
        equal(a.run("agreement", "suspend", agreement)["told"], True)
        equal(b.run("agreement", "show", agreement)["status"], "suspended")
        answer = a.run("match", b.name, "--agreement", agreement, *PURPOSE, expect=1)
        true(answer["refused"], answer)
        answer = a.run("release", "propose", *release, f"indicator--{UUID}000000000001", expect=1)
        true(answer["refused"], answer)
    with case("both sides must take it up again"):
        equal(b.run("agreement", "resume", agreement)["status"], "suspended")
        equal(a.run("agreement", "resume", agreement)["status"], "in_force")
        equal(b.run("agreement", "show", agreement)["status"], "in_force")
    with case("a peer that dies in the middle of a match leaves an abort, no result, and a node that serves"):
        second = agree(a, b, max_set=100000, runs_per_day=9)
        a.run("import", "--tlp", "green", "-", stdin="\n".join(f"big{i}.example.org" for i in range(9000)).encode())
        b.run("import", "--tlp", "green", "-", stdin="\n".join(f"big{i}.example.org" for i in range(9000)).encode())
        outcome = {}

        def run_match():
            outcome["result"] = a.raw("match", b.name, "--agreement", second, *PURPOSE, "--protocol", "dh")  # the slower one
        thread = threading.Thread(target=run_match)
        thread.start()
        deadline = time.time() + 60
        while time.time() < deadline and not any(r["status"] == "begun" for r in a.run("runs")["runs"]):
            pass
        b.stop(signal.SIGKILL)
        thread.join(120)
        equal(outcome["result"].returncode, 4, outcome["result"].stdout)
        equal(a.run("doctor")["ok"], True)
        true(any(r["status"] == "aborted" for r in a.run("runs")["runs"]), "the run is aborted")
        b.serve()
        equal(b.run("doctor")["ok"], True)
        # Under another agreement: once B's answer was on its way, the question is spent for today.
        fifth = agree(a, b, max_set=100000, runs_per_day=9)
        match = a.run("match", b.name, "--agreement", fifth, *PURPOSE, "--types", "domain-name")
        true(match["size"] >= 9000, match["size"])
        equal((match["protocol"], match["security"]), ("vole-rr22/1", "malicious"))
        true("items together" in match["protocol_reason"], match["protocol_reason"])
finish()
