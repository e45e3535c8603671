#!/usr/bin/env python3
"""`parley taxii pull` against a server that behaves, and against one of each kind that does not."""
import json
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from connect_proxy import ConnectProxy  # noqa: E402
from harness import Home, agree, case, equal, finish, folder, introduce, true  # noqa: E402
from misbehaving_taxii import COLLECTION, UUID, Server, certificate, indicator  # noqa: E402

with folder() as work:
    server = Server(work)
    homes = 0

    def node():
        """A fresh home: nothing of another case is known in it."""
        global homes
        homes += 1
        home = Home(work, f"CERT {homes}")
        home.init()
        return home

    def pull(home, mode, *more, expect=0):
        return home.run("taxii", "pull", f"{server.url}/{mode}/", "--ca", server.cert, "--tlp", "green", *more, expect=expect)

    def held(home):
        return len(home.run("search", "--type", "indicator", "--limit", "1000")["objects"])

    def warned(report, text):
        true(any(text in warning for warning in report["warnings"]), (text, report["warnings"]))

    with case("a collection is read whole, and the second pull brings only what is new"):
        home = node()
        report = home.run("taxii", "pull", server.url, "--ca", server.cert, "--tlp", "green")
        equal((report["found"], report["imported"], report["complete"]), (60, 60, True), report)
        equal(report["warnings"], [])
        equal(report["collection"]["id"], COLLECTION)
        equal(report["manifest"], {"listed": 60, "missing": 0, "fetched": 0})
        again = home.run("taxii", "pull", server.url, "--ca", server.cert, "--tlp", "green")
        equal((again["found"], again["from"], again["to"]), (0, report["to"], report["to"]), again)
        equal(held(home), 60)
    with case("what is pulled keeps its source and its marking"):
        found = home.run("search", "host7.example.org")["holdings"]
        equal([(h["source"], h["marking"]) for h in found], [(f"taxii:{server.url}/good/#{COLLECTION}", "green")])
    with case("--since reads again, and what is known is unchanged"):
        report = home.run("taxii", "pull", server.url, "--ca", server.cert, "--tlp", "green", "--since", "2020-01-01T00:00:00Z")
        equal((report["found"], report["unchanged"]), (60, 60), report)

    for mode, warning in {"cut_short": "but there was", "no_next": "gives no next", "no_dates": "", "hidden": "manifest names", "javascript": "without fractions",
                          "http_dates": "without fractions", "millis": "", "garbage_dates": "no form that is known", "future": "future",
                          "drops_limit": "more objects than were asked", "plain_json": "application/taxii+json", "no_type": "no JSON media type",
                          "duplicates": "", "reordered": "", "html_once": "", "busy": "", "dies": "", "truncated": "", "gzip": "", "deflate": "",
                          "bomb": "larger than is taken", "chunked": "", "drip": "", "http10": "", "bundle": "bundles", "moved": ""}.items():
        with case(f"{mode}: everything arrives all the same"):
            home = node()
            report = pull(home, mode, *(["--limit", "10"] if mode == "drops_limit" else []))
            if warning:
                warned(report, warning)
            equal(held(home), 60, report)
            true(report["complete"], report)
            # Again, from where it ended: nothing is new, and it ends.
            equal(pull(home, mode)["imported"], 0)
    with case("drops_filters: the second pull notices it and ends"):
        home = node()
        pull(home, "drops_filters")
        report = pull(home, "drops_filters")
        warned(report, "does not heed added_after")
        equal((report["imported"], held(home)), (0, 60))
    with case("loop: the same page for ever ends, and is told"):
        home = node()
        report = pull(home, "loop")
        warned(report, "brings nothing new")
        true(report["requests"] < 40, report)
        equal(held(home), 60, "the manifest named the rest")
    with case("empty_more: empty pages that promise more end, and the next pull begins at the same place"):
        report = pull(node(), "empty_more")
        warned(report, "brings nothing new")
        equal((report["complete"], report["found"], report["to"]), (False, 0, ""), report)
    with case("dies_later: what came before the end stays, and the next pull goes on there"):
        home = node()
        report = pull(home, "dies_later", expect=4)
        equal((report["imported"], report["complete"]), (50, False), report)
        true("gone" in report["broke_off"], report)
        server.http.healed = True
        report = pull(home, "dies_later")
        equal((report["imported"], report["unchanged"], held(home)), (10, 0, 60), report)
    with case("not_stix: what is no object is a reject, the rest is kept"):
        report = pull(node(), "not_stix")
        equal((report["found"], report["imported"], report["rejected"]), (3, 1, 2), report)
    with case("errors say what and where, without the server's page"):
        for mode, text in {"html_error": "403", "away": "86400 s", "moved_away": "another server", "circle": "circle",
                           "unreadable": "can_read", "basic": "name credentials"}.items():
            error = pull(node(), mode, expect=4)["error"]
            true(text in error["message"], (mode, error))
            true("<" not in error["message"] and server.url.split("/")[2] in error["where"], (mode, error))
    with case("credentials: Basic, bearer and API key"):
        for name, text in {"password": "open sesame\n", "token": "t0ken", "key": "k3y\n"}.items():
            (work / name).write_text(text)
        equal(pull(node(), "basic", "--user", "alice", "--password-file", work / "password")["found"], 60)
        equal(pull(node(), "bearer", "--token-file", work / "token")["found"], 60)
        equal(pull(node(), "api_key", "--api-key-header", "X-Feed-Key", "--api-key-file", work / "key")["found"], 60)
        pull(node(), "basic", "--user", "alice", expect=2)
    with case("the server must be trusted: by its CA or its pin, and else nothing is sent"):
        home = node()
        before = len(server.http.requests)
        error = home.run("taxii", "pull", server.url, expect=4)["error"]
        true("not trusted" in error["message"], error)
        error = home.run("taxii", "pull", server.url, "--pin", "00" * 32, expect=4)["error"]
        true("pinned" in error["message"], error)
        other = certificate(work, "other")[1]
        home.run("taxii", "pull", server.url, "--ca", other, expect=4)
        equal(len(server.http.requests), before, "requests")
        equal(home.run("taxii", "pull", server.url, "--pin", server.pin())["found"], 60)
        home.run("taxii", "pull", server.url, "--pin", server.pin(), "--ca", server.cert, expect=2)
        home.run("taxii", "pull", server.url.replace("127.0.0.1", "localhost"), "--ca", server.cert)
    with case("a client certificate is shown to a server that wants one"):
        key, cert = certificate(work, "client")
        strict = Server(work, server.key, server.cert, client_ca=cert)
        url = f"{strict.url}/good/"
        home = node()
        equal(home.run("taxii", "pull", url, "--ca", server.cert, "--key", key, "--cert", cert)["found"], 60)
        home.run("taxii", "pull", url, "--ca", server.cert, "--key", key, expect=2)
        strict.stop()
    with case("through a proxy: named by the command, by config.toml, by the environment, or not at all"):
        proxy = ConnectProxy(server.http.server_port, "alice:open: sesame")
        (work / "login").write_text("alice:open: sesame\n")
        far = ["taxii", "pull", "https://taxii.example.org/good/", "--pin", server.pin()]
        named = ["--proxy", proxy.url, "--proxy-login-file", work / "login"]
        equal(node().run(*far, *named)["found"], 60)
        true(proxy.heads[0].startswith("CONNECT taxii.example.org:443 HTTP/1.1\r\n"), proxy.heads)
        error = node().run(*far, "--proxy", proxy.url, expect=4)["error"]
        true("407" in error["message"] and proxy.url[7:] in error["where"], error)
        login = proxy.url.replace("//", "//alice:open%3A%20sesame@")
        result = node().raw(*far, "--proxy", login)
        equal((result.returncode, b"sesame" in result.stdout + result.stderr), (2, False), "a login among the arguments")
        home = node()
        config = home.path / "config.toml"
        config.write_text(config.read_text().replace('# proxy = "http://proxy.example.org:3128"', f'proxy = "{login}"')
                          .replace('# no_proxy = "intern.example.org, 192.0.2.0/24"', 'no_proxy = "near.invalid"'))
        equal(home.run(*far)["found"], 60)
        before = len(proxy.heads)
        home.run("taxii", "pull", "https://near.invalid/good/", expect=4)
        home.run(*far[:2], "https://far.invalid/good/", "--proxy", "none", expect=4)
        equal(home.run("taxii", "pull", f"{server.url}/good/", "--ca", server.cert)["found"], 60, "this machine is no matter of a proxy")
        equal(len(proxy.heads), before, "tunnels")
        environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")} | {"HTTPS_PROXY": login}
        equal(json.loads(node().raw(*far, env=environment).stdout)["found"], 60)
        equal(node().raw(*far, env=environment | {"NO_PROXY": "example.org"}).returncode, 4, "NO_PROXY")
        proxy.stop()
    with case("usage: what is no https URL, and a password inside one"):
        for url in ("http://127.0.0.1/", "ftp://x/", "https://alice:secret@127.0.0.1/"):
            result = node().raw("taxii", "pull", url)
            equal(result.returncode, 2, url)
            true(b"secret" not in result.stdout + result.stderr, result.stderr)

    with case("a schedule is run by the node that serves, goes on after a restart, and its secrets are for the owner alone"):
        home = node()
        made = home.run("taxii", "pull", f"{server.url}/basic/", "--ca", server.cert, "--user", "alice", "--password-file", work / "password",
                        "--tlp", "green", "--every", "60")
        secret = home.path / "taxii" / f"{made['id']}.json"
        equal(secret.stat().st_mode & 0o777, 0o600)
        true("open sesame" not in json.dumps(home.run("taxii", "pulls")), "no secrets in lists")
        home.serve()
        try:
            for _ in range(600):
                last = home.run("taxii", "pulls")["pulls"][0]["last"]
                if last:
                    break
                time.sleep(0.1)
            equal((last["outcome"], last["imported"]), ("done", 60), last)
            home.stop()
            home.serve()
            shown = home.run("taxii", "pulls")["pulls"][0]
            equal((shown["last"]["imported"], shown["every"]), (60, 60))
            true(shown["due"] > shown["last"]["at"], shown)
            home.run("taxii", "pull", f"{server.url}/good/", "--ca", server.cert)  # through the running node
            home.run("taxii", "unschedule", made["id"])
            equal(home.run("taxii", "pulls")["pulls"], [])
            true(not secret.exists(), "the secret is gone")
            equal(home.run("taxii", "unschedule", "nothing", expect=2)["error"]["kind"], "usage")
            error = home.run("taxii", "pull", server.url, "--ca", server.cert, "--collection", "none such", expect=2)["error"]
            true("Indicators" in error["message"], error)
        finally:
            home.stop()
        node().run("taxii", "pull", server.url, "--every", "1", expect=2)
    with case("a collection of a Parley node is pulled by another one, as far as its policy lets it"):
        alpha, bravo = node(), node()
        green = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
        amber = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"
        objects = [indicator(n, object_marking_refs=[green]) for n in range(40)] + [indicator(n, object_marking_refs=[amber]) for n in range(40, 45)]
        (work / "shared.json").write_text(json.dumps({"type": "bundle", "id": f"bundle--{UUID}000000000000", "objects": objects}))
        (work / "alpha.toml").write_text('version = 1\n[[taxii]]\ncaller = "bravo"\ntlp = "green"\n')
        alpha.run("policy", "set", work / "alpha.toml")
        alpha.run("import", work / "shared.json")
        alpha.run("taxii", "collection", "add", "Shared")
        alpha.run("taxii", "collection", "fill", "Shared", "--all")
        alpha.run("taxii", "user", "add", "bravo", "--password-file", work / "password", "--collection", "Shared")
        ready = alpha.serve()
        try:
            access = ["--ca", alpha.path / "keys" / "https.crt", "--user", "bravo", "--password-file", work / "password", "--limit", "15"]
            report = bravo.run("taxii", "pull", f"https://{ready['listen']}", "--collection", "Shared", *access)
            equal((report["imported"], report["complete"], report["warnings"]), (40, True, []), report)
            equal(report["manifest"], {"listed": 40, "missing": 0, "fetched": 0})
            equal(bravo.run("taxii", "pull", f"https://{ready['listen']}", "--collection", "Shared", *access)["found"], 0)
        finally:
            alpha.stop()
    with case("a push to a peer's collection stands on an agreement, or is a release that officers approved"):
        alpha, bravo = node(), node()
        rules = 'version = 1\npurposes = ["incident-response"]\n[[peer]]\nname = "{}"\ntlp = "green"\n'
        for one, other in ((alpha, bravo), (bravo, alpha)):
            (work / "first.toml").write_text(rules.format(other.name))
            one.run("policy", "set", work / "first.toml")
        alpha.run("import", work / "shared.json")
        alpha.run("taxii", "collection", "add", "Outgoing")
        alpha.run("taxii", "collection", "fill", "Outgoing", "--all")
        inbox = bravo.run("taxii", "collection", "add", "Inbox", "--writable")["collection"]
        bravo.run("taxii", "user", "add", "alpha", "--password-file", work / "password", "--collection", "Inbox:rw")
        officers = {}
        for name, unit in (("Officer One", "Legal"), ("Officer Two", "Operations")):
            officers[name] = work / f"{unit}.key"
            alpha.run("officer", "add", name, "--unit", unit, "--key", officers[name])
        alpha.serve()
        ready = bravo.serve()
        try:
            introduce(alpha, bravo)
            agreement = agree(alpha, bravo)
            url = f"https://{ready['listen']}{inbox['path']}"
            access = ["--ca", bravo.path / "keys" / "https.crt", "--user", "alpha", "--password-file", work / "password"]
            entry = rules.format(bravo.name) + f'[[taxii]]\ncaller = "{url}"\ntlp = "green"\npeer = "{bravo.name}"\n'

            def push(*more, expect=0):
                return alpha.run("taxii", "push", url, *access, *more, expect=expect)

            def members():
                return bravo.run("taxii", "collection", "list")["collections"][0]["members"]

            (work / "entry.toml").write_text(entry)
            alpha.run("policy", "set", work / "entry.toml")
            under = ["--from", "Outgoing", "--agreement", agreement, "--purpose", "incident-response"]
            equal(push("--from", "Outgoing", expect=1)["rules"], ["no-agreement"])
            equal(push(*under, expect=1)["rules"], ["approvals"])
            push("--from", "Outgoing", "--agreement", agreement, expect=2)
            push(*under, "--release", "00000000", expect=2)
            ident = alpha.run("release", "propose", bravo.name, "--agreement", agreement, "--purpose", "incident-response",
                              "--object", f"indicator--{UUID}{7:012}")["release"]
            equal(push("--release", ident, expect=1)["rules"], ["release-state"])
            equal(members(), 0, "nothing was pushed so far")
            (work / "open.toml").write_text(entry + "standing = true\n")
            alpha.run("policy", "set", work / "open.toml")
            equal(push("--release", ident, expect=1)["rules"], ["policy-changed"])
            equal((push(*under)["accepted"], members()), (40, 40))
            true("parley/changed/1" not in json.dumps(bravo.run("ledger", "status")), "the minute is not over")
        finally:
            alpha.stop()
            bravo.stop()
        true("parley/changed/1" in json.dumps(bravo.run("ledger", "status")), "who posted stands in the ledger")
        true("parley/pushed/1" in json.dumps(alpha.run("ledger", "status")), "and what was pushed")
    with case("a scheduled push sends what is new, asks the gate anew each time, and goes on after a restart"):
        alpha, bravo = node(), node()
        (work / "nobody.toml").write_text("version = 1\n")
        alpha.run("policy", "set", work / "nobody.toml")
        alpha.run("import", work / "shared.json")
        alpha.run("taxii", "collection", "add", "Outgoing")
        alpha.run("taxii", "collection", "fill", "Outgoing", "--all")
        inbox = bravo.run("taxii", "collection", "add", "Inbox", "--writable")["collection"]
        bravo.run("taxii", "user", "add", "alpha", "--password-file", work / "password", "--collection", "Inbox:rw")
        ready = bravo.serve()
        url = f"https://{ready['listen']}{inbox['path']}"
        (work / "entry.toml").write_text(f'version = 1\n[[taxii]]\ncaller = "{url}"\ntlp = "green"\nstanding = true\n')
        order = ["taxii", "push", url, "--ca", bravo.path / "keys" / "https.crt", "--user", "alpha", "--password-file", work / "password",
                 "--from", "Outgoing", "--every", "60"]

        def ordered():
            """The schedule once more, which makes it due, and what came of it once nothing is due any more."""
            alpha.run(*order)
            for _ in range(600):
                one = alpha.run("taxii", "pushes")["pushes"][0]
                if one["due"] > time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 5)):
                    return one["last"]
                time.sleep(0.1)

        def members():
            return bravo.run("taxii", "collection", "list")["collections"][0]["members"]

        for more in (["--release", "00000000"], ["--id", "indicator--x"], ["--again"]):
            wrong = [argument for argument in order if more[0] != "--release" or argument not in ("--from", "Outgoing")]
            alpha.run(*wrong, *more, expect=2)
        alpha.run(*order[:-1], "1", expect=2)
        equal(alpha.run("taxii", "pushes")["pushes"], [])
        ident = alpha.run(*order)["id"]
        secret = alpha.path / "taxii" / f"{ident}.json"
        equal(secret.stat().st_mode & 0o777, 0o600)
        true("open sesame" not in json.dumps(alpha.run("taxii", "pushes")), "no secrets in lists")
        alpha.serve()
        try:
            last = ordered()
            equal((last["outcome"], last["rules"]), ("broke off", ["caller-not-listed"]), last)
            alpha.run("policy", "set", work / "entry.toml")
            last = ordered()
            equal((last["outcome"], last["sent"], last["accepted"], members()), ("done", 40, 40, 40), last)
            alpha.stop()
            fresh = [indicator(n, object_marking_refs=[green]) for n in (50, 51)] + [indicator(52, object_marking_refs=[amber])]
            (work / "fresh.json").write_text(json.dumps({"type": "bundle", "id": f"bundle--{UUID}000000000001", "objects": fresh}))
            alpha.run("import", work / "fresh.json")
            shown = alpha.run("taxii", "pushes")["pushes"][0]
            true(shown["due"] > shown["last"]["at"] and shown["every"] == 60, shown)
            alpha.serve()
            last = ordered()
            equal((last["outcome"], last["sent"], members()), ("done", 2, 42), "what is new and green")
            equal(ordered()["sent"], 0, "nothing is new")
            alpha.run("policy", "set", work / "nobody.toml")
            equal(ordered()["rules"], ["caller-not-listed"], "the gate is asked each time")
            equal(members(), 42)
            equal(len(alpha.run("taxii", "pushes")["pushes"]), 1, "the same order is the same schedule")
            alpha.run("taxii", "unschedule", ident)
            equal((alpha.run("taxii", "pushes")["pushes"], secret.exists()), ([], False))
        finally:
            alpha.stop()
            bravo.stop()
    server.stop()
finish()
