#!/usr/bin/env python3
"""Commands at the edges of a machine: odd names, odd folders, odd numbers, streams that fail, two at once."""
import json
import os
import subprocess

import harness
from harness import BIN, Home, agree, case, equal, folder, policy_for, true, two_nodes


def shell(line, **environment):
    return subprocess.run(["bash", "-c", line], capture_output=True, timeout=120, env=dict(os.environ, **environment))


def error_of(result, kind, code):
    equal(result.returncode, code, result.stdout.decode(errors="replace") + result.stderr.decode(errors="replace"))
    equal(json.loads(result.stdout)["error"]["kind"], kind, "kind")


with folder() as work:
    node = Home(work)
    node.init()
    parley = f"{BIN / 'parley'} --home '{node.path}'"

    with case("the policy and the settings are for the owner's eyes, in a folder that others may look into too"):
        open_home = work / "open"
        open_home.mkdir(mode=0o755)
        shell(f"umask 0; {BIN / 'parley'} --home {open_home} init --name Open --kind bank --jurisdiction XC")
        for name in ("policy.toml", "config.toml", "state.sqlite", "ledger/wal", "keys/role.key"):
            equal((open_home / name).stat().st_mode & 0o077, 0, name)
        shell(f"cp {open_home}/policy.toml {work}/p.toml; {BIN / 'parley'} --home {open_home} policy set {work}/p.toml")
        equal((open_home / "policy.toml").stat().st_mode & 0o077, 0, "after policy set")

    with case("a folder with links that lead nowhere, in circles or out of it is read as far as it goes"):
        strange = work / "strange"
        (strange / "below").mkdir(parents=True)
        (strange / "below" / "one.txt").write_text("one.example.org\n")
        (work / "outside.txt").write_text("outside.example.org\n")
        os.symlink("self", strange / "self")
        os.symlink("nowhere", strange / "dangling")
        os.symlink(strange, strange / "below" / "up")
        os.symlink(work / "outside.txt", strange / "out")
        os.symlink("below/one.txt", strange / "in")
        os.mkfifo(strange / "pipe")
        report = node.run("import", "--tlp", "green", strange)
        equal((report["files"], report["imported"], report["rejected"]), (3, 2, 1), report)
        equal(report["rejects"][0]["where"], "strange/out", "which")
        true("leads out" in report["rejects"][0]["why"], report)
        equal(len(node.run("selectors")["selectors"]), 1, "what lies outside is not here")

    with case("a folder that this user may not read is a reject, in a command and in a node that serves"):
        if os.geteuid() == 0:
            shut, other = work / "shut", work / "nobody"
            (shut / "closed").mkdir(parents=True)
            (shut / "two.txt").write_text("two.example.org\n")
            (shut / "closed" / "three.txt").write_text("three.example.org\n")
            os.chmod(shut / "closed", 0)
            os.chmod(work, 0o755)
            other.mkdir()
            os.chown(other, 65534, 65534)
            as_nobody = f"setpriv --reuid=65534 --regid=65534 --clear-groups {BIN / 'parley'} --home {other}/home --json"
            result = shell(f"{as_nobody} init --name Nobody --kind bank --jurisdiction XC && {as_nobody} import {shut}")
            report = json.loads(result.stdout.splitlines()[-1])
            equal((result.returncode, report["imported"], report["rejected"]), (0, 1, 1), report)
            true("closed" in report["rejects"][0]["where"], report)
            error_of(shell(f"install -m 600 /dev/null {work}/private; {as_nobody} verify {work}/private"), "bad_input", 3)
            result = shell(f"setpriv --reuid=65534 --regid=65534 --clear-groups {BIN / 'parley'} --home {node.path} --json doctor")
            error_of(result, "bad_input", 3)

    with case("a file name that is no UTF-8 is told in UTF-8, and an argument that is none is a usage error"):
        odd = work / "odd"
        odd.mkdir()
        with open(os.fsencode(odd) + b"/\xff\xfe.txt", "wb") as file:
            file.write(b"odd.example.org\n!!!\n")
        report = node.run("import", odd)
        equal(report["rejects"][0]["where"], "odd/\\xff\\xfe.txt line 2", "where")
        result = subprocess.run([BIN / "parley", "--home", node.path, "--json", "search", b"\xff"], capture_output=True, timeout=60)
        error_of(result, "usage", 2)

    with case("an empty bundle was read and holds nothing; of an empty file nothing was read"):
        empty = node.run("import", "-", stdin=b'{"type":"bundle","id":"bundle--0b71628d-31dd-4eb8-baee-39f19c0a14b0","objects":[]}')
        equal(empty["found"], 0, "found")
        nothing = node.run("import", "-", stdin=b"", expect=3)
        true("empty" in nothing["why"], nothing)

    with case("rejects are not written over what is read, and are for the owner's eyes"):
        source = work / "source.txt"
        source.write_text("source.example.org\n???\n")
        error_of(node.raw("import", "--rejects", source, source), "usage", 2)
        equal(source.read_text(), "source.example.org\n???\n", "the input")
        (work / "rejects").write_text("")
        os.chmod(work / "rejects", 0o666)
        equal(node.run("import", "--rejects", work / "rejects", source)["rejected"], 1, "rejected")
        equal((work / "rejects").stat().st_mode & 0o077, 0, "mode")

    with case("all selectors are listed, however many, unless a limit is given"):
        (work / "many.txt").write_text("".join(f"h{i}.example.org\n" for i in range(100_500)))
        node.run("import", "--tlp", "green", work / "many.txt")
        listed = node.run("selectors")
        equal((len(listed["selectors"]), list(listed)), (100_503, ["selectors"]), "all of them")
        equal(len({item["value"] for item in listed["selectors"]}), 100_503, "each once")
        page = node.run("selectors", "--limit", 5)
        true(len(page["selectors"]) == 5 and page["cursor"], "a page")

    with case("numbers that are none, negative or too large are usage errors, and so are days out of bounds"):
        for number in ("-1", "", "99999999999999999999999", "1.5", "0x10"):
            error_of(node.raw("selectors", "--limit", number), "usage", 2)
        error_of(node.raw("ledger", "prove", "--", "-1"), "usage", 2)
        for days in ("0", "366", "-1"):
            error_of(node.raw("peer", "invite", "--days", days), "usage", 2)

    with case("names with control characters are refused, and a missing folder for temporary files is told"):
        for name in ("Ann\nEve", "Ann\x1b[31m"):
            error_of(node.raw("officer", "add", name, "--unit", "U", "--key", work / "ann.key"), "usage", 2)
            result = shell(f"{BIN / 'parley'} --home {work}/named --json init --name \"$NAME\" --kind bank --jurisdiction XC", NAME=name)
            error_of(result, "usage", 2)
        true(not (work / "ann.key").exists(), "no key is left for nobody")
        error_of(shell(f"echo x.example.org | {parley} --json import -", TMPDIR="/nonexistent"), "usage", 2)
        equal(shell(f"{parley} export --format csv", TMPDIR="/nonexistent").returncode, 2, "export")
        equal(shell(f"{BIN / 'parley'} doctor", PARLEY_HOME="", HOME=str(work)).returncode, 2, "an empty PARLEY_HOME")

    with case("an answer that cannot be written is not a success"):
        for command in ("--json selectors", "selectors", "ledger status", "--json ledger checkpoint", "--help", "--json doctor"):
            result = shell(f"{parley} {command} > /dev/full")
            equal(result.returncode, 5, command)
            true(b"standard output" in result.stderr, command)
        equal(shell(f"{parley} --json ledger status >&-").returncode, 5, "closed")
        equal(shell(f"{parley} selectors | head -1; exit ${{PIPESTATUS[0]}}").stderr, b"", "who reads one line wants one line")

    with case("streams that are closed leave the files of the home alone"):
        before = node.run("ledger", "status")["size"]
        for _ in range(2):
            shell(f"{parley} officer list <&- >&- 2>&-; {parley} search x.example.org <&- >&- 2>&-")
        equal(node.run("ledger", "status")["size"], before, "the ledger")
        equal((node.path / "lock").stat().st_size, 0, "the lock file")
        true(node.run("doctor")["ok"], "doctor")

    with case("two commands that start together both run"):
        (work / "more.txt").write_text("".join(f"m{i}.example.org\n" for i in range(20_000)))
        command = [str(BIN / "parley"), "--home", str(node.path), "--json"]
        together = [subprocess.Popen(command + ["import", "--tlp", "green", str(work / "more.txt")], stdout=subprocess.PIPE),
                    subprocess.Popen(command + ["ledger", "status"], stdout=subprocess.PIPE),
                    subprocess.Popen(command + ["officer", "list"], stdout=subprocess.PIPE)]
        for one in together:
            answer = json.loads(one.communicate(timeout=120)[0])
            equal((one.returncode, "error" in answer), (0, False), answer)

    with case("a damaged file of the home is named"):
        good = (node.path / "node.json").read_bytes()
        (node.path / "node.json").write_bytes(b"{")
        result = node.raw("doctor")
        (node.path / "node.json").write_bytes(good)
        error_of(result, "bad_input", 3)
        true("node.json" in json.loads(result.stdout)["error"]["where"], "which file")

    with case("an invitation in a file stands nowhere else, and none is open that could not be written"):
        other = Home(work, "CERT Bravo", "XB")
        other.init()
        error_of(node.raw("peer", "invite", "-o", work / "not" / "there"), "bad_input", 3)
        policy_for(node, other)
        card = work / "card"
        answer = node.run("peer", "invite", "-o", card)
        true("invitation" not in answer and json.loads(card.read_text())["pairing_secret"] not in json.dumps(answer), "no secret")
        equal(card.stat().st_mode & 0o077, 0, "mode")
        error_of(node.raw("peer", "accept", card), "bad_input", 3)  # its own
        other.run("peer", "accept", card)
        other.run("peer", "invite", "-o", card)
        node.run("peer", "accept", card)

    with case("terms out of bounds make no agreement, and an unknown peer is named as unknown"):
        draft = ["agreement", "draft", "--peer", other.name, "--purposes", "incident-response,incident-response", "--types",
                 "domain-name,domain-name", "--authority", "Act A", "--peer-authority", "Act B"]
        for days in ("-1", "0", "3661", "99999999"):
            error_of(node.raw(*draft, "--days", days), "usage", 2)
        made = node.run(*draft)
        equal((made["purposes"], made["types"]), (["incident-response"], ["domain-name"]), "each once")
        for act in (["match", "Nobody", "--agreement", made["agreement"], "--purpose", "incident-response"],
                    ["policy", "explain", "--peer", "Nobody"],
                    ["release", "preview", "Nobody", "--agreement", made["agreement"], "--purpose", "x", "--object", "y"],
                    ["lookup", "Nobody", "both.example.org", "--agreement", made["agreement"], "--purpose", "incident-response"],
                    ["export", "--format", "csv", "--to", "Nobody", "-o", work / "x.csv"]):
            error_of(node.raw(*act), "not_found", 2)

with folder() as work, two_nodes(work) as (alpha, bravo):
    for home, other in ((alpha, "a"), (bravo, "b")):
        home.run("import", "--tlp", "green", "-", stdin=f"{other}.example.org\nboth.example.org\n".encode())
    agreement = agree(alpha, bravo, lookups_per_day=2)
    terms = ["--agreement", agreement, "--purpose", "incident-response"]

    with case("a look-up that the other side refuses ends in its signed abort, which is read and recorded here"):
        equal(alpha.run("lookup", bravo.name, "both.example.org", *terms)["hits"], 1, "hits")
        closed = work / "closed.toml"
        closed.write_text('version = 1\npurposes = ["incident-response"]\n')
        bravo.run("policy", "set", closed)
        result = alpha.raw("lookup", bravo.name, "a.example.org", *terms)
        error_of(result, "peer", 4)
        equal(json.loads(result.stdout)["error"]["message"], "the other side aborted the session", "message")
        true(b"does not say why" in result.stderr, "what it may be")
        true("cannot be read" not in alpha.log(), alpha.log())
        policy_for(bravo, alpha)

    with case("a node that the other side has suspended is told so in words"):
        alpha.run("peer", "suspend", bravo.name)
        result = bravo.raw("match", alpha.name, *terms)
        error_of(result, "peer", 4)
        true("suspended" in json.loads(result.stdout)["error"]["message"], result.stdout)
        alpha.run("peer", "resume", bravo.name)
        equal(bravo.run("match", alpha.name, *terms)["size"], 1, "and matches again")

harness.finish()
