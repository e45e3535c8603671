#!/usr/bin/env python3
"""An old copy of a whole home is put back: it answers nothing, sends nothing and appends nothing, until the newest is there
again and a peer has confirmed it."""
import json
import pathlib
import shutil
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from harness import agree, case, equal, finish, folder, true, two_nodes  # noqa: E402

PURPOSE = ["--purpose", "incident-response"]


def put(home, copy):
    shutil.rmtree(home.path)
    shutil.copytree(copy, home.path, symlinks=True)


def refused(home, *arguments):
    answer = home.run(*arguments, expect=1)
    equal((answer.get("refused"), answer["rules"]), (True, ["ledger-unconfirmed"]), arguments)
    return answer["why"]


def head_of(home):
    return next((c for c in json.loads(home.raw("doctor").stdout)["checks"] if c["check"] == "head"), None)


def wait_for(what, condition):
    deadline = time.time() + 60
    while not condition():
        true(time.time() < deadline, what)


with folder() as work, two_nodes(work) as (a, b):
    a.run("import", "--tlp", "green", "-", stdin=b"x.example.org\ny.example.org\nz.example.org\n")
    b.run("import", "--tlp", "green", "-", stdin=b"y.example.org\nz.example.org\nw.example.org\n")
    keys = {}
    for name, unit in (("Officer One", "Operations"), ("Officer Two", "Legal")):
        keys[name] = work / f"{name}.key"
        b.run("officer", "add", name, "--unit", unit, "--key", keys[name])
    first, second = agree(a, b), agree(a, b)
    waiting = b.run("release", "propose", a.name, "--agreement", first, *PURPOSE, "--selector", "domain-name:w.example.org")["release"]
    for name, key in keys.items():
        a.stop()  # approved, and kept here since nobody takes it
        b.run("approve", waiting, "--as", name, "--key", key)
    b.stop()
    old = work / "old"
    shutil.copytree(b.path, old, symlinks=True)
    a.serve()
    b.serve()

    with case("the node goes on: it delivers, matches and is matched with"):
        equal(b.run("release", "deliver", waiting)["state"], "delivered")
        equal(a.run("match", b.name, "--agreement", first, *PURPOSE)["size"], 3)
        equal(b.run("match", a.name, "--agreement", first, *PURPOSE)["size"], 3)
        newest = b.run("ledger", "status")["size"]
    new = work / "new"
    b.stop()
    shutil.copytree(b.path, new, symlinks=True)

    with case("an old copy that is started finds out from its peer, before anybody asks it anything"):
        put(b, old)
        b.serve()
        size = b.run("ledger", "status")["size"]
        true(size < newest, "it is the old one")
        wait_for("the peer says that it has seen more", lambda: head_of(b) is not None)
        check = head_of(b)
        true(not check["ok"] and "set_back" in check["detail"] and a.name.lower().replace(" ", "-") in check["detail"], check)
        b.run("doctor", expect=5)
    with case("it releases nothing and matches with nobody, and says what to do"):
        why = refused(b, "release", "deliver", waiting)
        true("restore the newest copy" in why and "parley ledger confirm" in why, why)
        refused(b, "match", a.name, "--agreement", second, *PURPOSE)
        result = a.raw("match", b.name, "--agreement", second, *PURPOSE)
        equal(result.returncode, 4, result.stdout)
    with case("it appends nothing, not even an officer, a draft or an abort"):
        refused(b, "officer", "add", "Officer Three", "--unit", "Legal", "--key", work / "three.key")
        refused(b, "officer", "revoke", "Officer One")  # what stops something takes effect all the same
        refused(b, "agreement", "suspend", first)
        equal(b.run("ledger", "status")["size"], size)
    with case("no peer can confirm a history that it knows to be longer"):
        equal(b.run("ledger", "confirm", a.name, expect=1)["state"], "set_back")
        refused(b, "match", a.name, "--agreement", second, *PURPOSE)
        b.stop()
        b.serve()
        refused(b, "match", a.name, "--agreement", second, *PURPOSE)
        equal(b.run("ledger", "status")["size"], size)

    with case("an old copy that nobody could tell is stopped by the first peer that it talks to, before it appends"):
        b.stop()
        a.stop()
        put(b, old)
        a.serve()
        # No node serves: each command asks for itself.
        refused(b, "release", "deliver", waiting)
        equal(b.run("ledger", "status")["size"], size)
    with case("and by the first that calls it"):
        b.stop()
        a.stop()
        put(b, old)
        b.serve()
        a.serve()
        result = a.raw("match", b.name, "--agreement", second, *PURPOSE)
        equal(result.returncode, 4, result.stdout)
        true(head_of(b) is not None and "set_back" in head_of(b)["detail"], "it was told")
        equal(b.run("ledger", "status")["size"], size)

    with case("the newest copy, said to be one, matches again once a peer has confirmed it, and loses nothing"):
        b.stop()
        put(b, new)
        (b.path / "restored").touch()
        b.serve()
        equal(b.run("ledger", "status")["size"], newest)
        refused(b, "match", a.name, "--agreement", second, *PURPOSE)
        result = a.raw("match", b.name, "--agreement", second, *PURPOSE)
        equal(result.returncode, 4, "it answers nobody either")
        equal(b.run("ledger", "confirm", a.name)["state"], "restored")
        equal(b.run("match", a.name, "--agreement", second, *PURPOSE)["size"], 3)
        equal(b.run("release", "deliver", waiting)["state"], "delivered")
        equal(b.run("doctor")["ok"], True)
finish()
