#!/usr/bin/env python3
"""The main job of Parley from end to end, on loopback, with the programs that ./quickstart built.

Every number that is printed is what the programs answered; a step whose answer is not the expected one ends it.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = pathlib.Path(os.environ.get("PARLEY_BIN", ROOT / "build" / "release" / "bin"))
SAMPLES = ROOT / "data" / "samples"
TYPES = "domain-name,ipv4-addr,file:sha256"
PURPOSE = "incident-response"

POLICY = """version = 1
purposes = ["{purpose}"]
free_text = "strip"

[[peer]]
name = "{peer}"
tlp = "{tlp}"

[off_limits]
labels = ["classified", "victim", "source", "natural-person"]

[open_cases]
labels = ["open-case"]

[approvals.release]
count = 2
different_units = true

[approvals.export]
count = 2
different_units = true

[approvals.match]
count = 0

[[test]]
name = "GREEN may go to {peer}, once two officers agree"
act = "release"
peer = "{peer}"
purpose = "{purpose}"
type = "indicator"
tlp = "green"
expect = "needs_approval"

[[test]]
name = "RED never leaves"
act = "release"
peer = "{peer}"
purpose = "{purpose}"
type = "indicator"
tlp = "red"
expect = "deny"

[[test]]
name = "nobody else gets anything"
act = "release"
peer = "CERT Charlie"
purpose = "{purpose}"
type = "indicator"
tlp = "clear"
expect = "deny"
rule = "peer-not-listed"
"""


class StepFailed(Exception):
    pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Node:
    """One home, driven through the command line as its operator would."""

    def __init__(self, folder, name, jurisdiction, kind):
        self.home = folder / name.lower().replace(" ", "-")
        self.name, self.jurisdiction, self.kind = name, jurisdiction, kind
        self.port, self.https = free_port(), free_port()
        self.process = None

    def run(self, *arguments, expect=0):
        command = [str(BIN / "parley"), "--home", str(self.home), "--json", *map(str, arguments)]
        result = subprocess.run(command, capture_output=True, text=True, timeout=7200)
        if result.returncode != expect:
            raise StepFailed(f"{' '.join(command)}\nexit {result.returncode}, expected {expect}\n{result.stdout}{result.stderr}")
        return json.loads(result.stdout)

    def init(self):
        return self.run("init", "--name", self.name, "--kind", self.kind, "--jurisdiction", self.jurisdiction,
                        "--peer-address", f"127.0.0.1:{self.port}", "--listen", f"127.0.0.1:{self.https}",
                        "--warninglists", SAMPLES / "warninglists")

    def serve(self, log):
        self.process = subprocess.Popen([str(BIN / "parley"), "--home", str(self.home), "--json", "serve"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True)
        line = self.process.stdout.readline()
        if not line or not json.loads(line).get("ready"):
            raise StepFailed(f"{self.name} did not start: {line}")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode if self.process else 0


class Narrator:
    """Tells a person what happens; silent with --json."""

    def __init__(self, silent):
        self.silent = silent
        self.colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self.count = 0

    def paint(self, code, text):
        return f"\033[{code}m{text}\033[0m" if self.colour else text

    def step(self, title):
        self.count += 1
        if not self.silent:
            print(f"\n{self.paint('1;36', f'{self.count:>2}  {title}')}", flush=True)

    def say(self, text):
        if not self.silent:
            print("    " + text.replace("\n", "\n    "), flush=True)


def check(condition, text):
    if not condition:
        raise StepFailed(text)


def lists_in(folder, scratch):
    """The plain lists of a folder, unpacked where they are packed, only the types that are matched."""
    files = []
    for kind in ("domain", "ipv4", "sha256"):
        plain, packed = folder / f"{kind}.txt", folder / f"{kind}.txt.zst"
        if plain.exists():
            files.append(plain)
        elif packed.exists():
            target = scratch / f"{folder.name}-{kind}.txt"
            subprocess.run(["zstd", "-qdf", str(packed), "-o", str(target)], check=True)
            files.append(target)
    if not files:
        raise StepFailed(f"no lists in {folder}: domain.txt, ipv4.txt or sha256.txt (or .zst) were expected")
    return files


def overlap_bars(matches, narrator):
    by_type = {}
    for match in matches:
        by_type[match["type"]] = by_type.get(match["type"], 0) + 1
    widest = max(by_type.values(), default=1)
    for kind, count in sorted(by_type.items(), key=lambda item: -item[1]):
        narrator.say(f"{kind:<14} {count:>6}  {narrator.paint('36', '█' * max(1, round(40 * count / widest)))}")
    return by_type


def overlap_svg(path, left, right, common, by_type):
    """Two circles whose areas are the sizes of the sets, to scale; the lens in the middle is enlarged and says so."""
    biggest = max(left[1], right[1], 1)
    r1, r2 = (130 * (size / biggest) ** 0.5 for size in (left[1], right[1]))
    x1, x2 = 290, 290 + r1 + r2 - 46
    rows = "".join(f'<text x="400" y="{372 + 22 * i}" text-anchor="middle" class="s">{kind}: {count}</text>'
                   for i, (kind, count) in enumerate(sorted(by_type.items(), key=lambda item: -item[1])))
    path.write_text(f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {x2 + r2 + 160:.0f} {380 + 22 * len(by_type)}" font-family="system-ui, sans-serif">
<style>.b{{font-size:20px;font-weight:600;fill:#0f172a}}.s{{font-size:15px;fill:#475569}}.n{{font-size:26px;font-weight:700;fill:#0f172a}}</style>
<rect width="100%" height="100%" fill="#ffffff"/>
<circle cx="{x1:.1f}" cy="180" r="{r1:.1f}" fill="#0ea5e9" fill-opacity="0.28" stroke="#0284c7"/>
<circle cx="{x2:.1f}" cy="180" r="{r2:.1f}" fill="#f59e0b" fill-opacity="0.28" stroke="#d97706"/>
<text x="{x1 - 40:.1f}" y="170" text-anchor="middle" class="b">{left[0]}</text><text x="{x1 - 40:.1f}" y="196" text-anchor="middle" class="s">{left[1]:,} selectors</text>
<text x="{x2 + 40:.1f}" y="170" text-anchor="middle" class="b">{right[0]}</text><text x="{x2 + 40:.1f}" y="196" text-anchor="middle" class="s">{right[1]:,} selectors</text>
<text x="{(x1 + r1 - 23):.1f}" y="189" text-anchor="middle" class="n">{common}</text>
<text x="{(x1 + r1 - 23):.1f}" y="340" text-anchor="middle" class="s">both hold {common}; of the rest each side learned only an upper bound of its number (circles to scale, the lens is not)</text>
{rows.replace('x="400"', f'x="{x1 + r1 - 23:.1f}"')}
</svg>
""")


def main():
    parser = argparse.ArgumentParser(prog="./quickstart", description="Two nodes, one provable match, on this machine.")
    parser.add_argument("--once", action="store_true", help="end when everything is shown; exit 0 only if all was verified")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--full", metavar="DIR", type=pathlib.Path, help="match the whole lists in DIR/unit42 and DIR/tweetfeed")
    parser.add_argument("--keep", metavar="DIR", type=pathlib.Path, help="where to put the two homes (default: .quickstart)")
    options = parser.parse_args()
    started = time.time()
    narrator = Narrator(options.json)
    work = (options.keep or ROOT / ".quickstart").resolve()
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    alpha = Node(work, "CERT Alpha", "XA", "national_cert")
    bravo = Node(work, "CERT Bravo", "XB", "national_cert")
    logs = [open(work / "alpha.log", "w"), open(work / "bravo.log", "w")]
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    try:
        with tempfile.TemporaryDirectory() as scratch:
            result = demonstrate(alpha, bravo, options, narrator, work, pathlib.Path(scratch), logs)
        result["seconds"] = round(time.time() - started, 3)
        if options.json:
            print(json.dumps(result), flush=True)
        if options.once:
            return 0 if result["ok"] else 1
        narrator.say(f"\nBoth nodes are running: {alpha.name} at https://127.0.0.1:{alpha.https}, "
                     f"{bravo.name} at https://127.0.0.1:{bravo.https} (health, metrics, ledger).\n"
                     f"Try: {BIN / 'parley'} --home {alpha.home} ledger status\nCtrl-C ends both.")
        signal.pause()
    except KeyboardInterrupt:
        pass
    except StepFailed as failure:
        if options.json:
            print(json.dumps({"ok": False, "verdict": "not_shown", "failed": str(failure)}), flush=True)
        print(f"quickstart: {failure}\nThe nodes' logs are in {work}", file=sys.stderr)
        return 1
    finally:
        codes = [alpha.stop(), bravo.stop()]
        for log in logs:
            log.close()
    return 0 if all(code == 0 for code in codes) else 1


def demonstrate(alpha, bravo, options, narrator, work, scratch, logs):
    n = narrator
    n.step("Two nodes of two jurisdictions, each with its own home and keys")
    for node in (alpha, bravo):
        made = node.init()
        n.say(f"{made['name']} ({made['kind']}, {made['jurisdiction']}), ledger {made['origin']}")
    for node, peer in ((alpha, bravo), (bravo, alpha)):
        policy = work / f"{node.home.name}-policy.toml"
        policy.write_text(POLICY.format(purpose=PURPOSE, peer=peer.name, tlp="green"))
        loaded = node.run("policy", "set", policy)
        n.say(f"{node.name}: policy {loaded['version'][:16]}…, {len(loaded['tests'])} of its own tests passed")

    n.step("Real indicators go in; warninglists hold well-known values back")
    source = options.full or SAMPLES
    for node, name in ((alpha, "unit42"), (bravo, "tweetfeed")):
        report = node.run("import", "--tlp", "green", "--format", "list", *lists_in(source / name, scratch))
        check(report["found"] == report["imported"] + report["unchanged"] + report["rejected"] + sum(report["held_back"].values()),
              f"the counts of {node.name} do not add up: {report}")
        n.say(f"{node.name}: {report['found']:,} lines of {name}, {report['imported']:,} imported, "
              f"{report['held_back']['warninglist']} held back, {report['rejected']} rejected, in {report['seconds']:.1f} s")
    bundle = SAMPLES / "unit42" / "report.stix.json"
    report = alpha.run("import", bundle)
    check(report["imported"] > 0 and report["rejected"] == 0, f"the STIX report was not read: {report}")
    n.say(f"{alpha.name}: {report['found']} STIX objects of a report, every byte kept")

    n.step("Officers of different units, with keys of their own")
    keys = work / "officers"
    keys.mkdir()
    officers = [("Officer One", "Operations"), ("Officer Two", "Legal")]
    for officer, unit in officers:
        alpha.run("officer", "add", officer, "--unit", unit, "--key", keys / f"{unit}.key")
        n.say(f"{officer}, {unit}: the name is sealed in the ledger")

    n.step("Both nodes start and are introduced by hand")
    alpha.serve(logs[0])
    bravo.serve(logs[1])
    for node, other in ((alpha, bravo), (bravo, alpha)):
        card = work / f"{node.home.name}.invitation"
        invited = node.run("peer", "invite", "-o", card)
        accepted = other.run("peer", "accept", card)
        check(invited["fingerprint"] == accepted["fingerprint"], "the fingerprints differ")
        n.say(f"{other.name} pinned {accepted['name']}; both read aloud {accepted['fingerprint']}")

    n.step("An agreement, signed by both sides")
    draft = alpha.run("agreement", "draft", "--peer", bravo.name, "--purposes", PURPOSE, "--types", TYPES,
                      "--output", "items", "--min-set", "16", "--max-set", str(1 << 20), "--days", "30",
                      "--authority", "Act on Network Security of XA, section 4",
                      "--peer-authority", "Cybercrime Cooperation Act of XB, section 9")
    agreement = draft["agreement"]
    signed = alpha.run("agreement", "sign", agreement)
    check(signed["delivered"], f"the draft did not reach {bravo.name}: {signed.get('why_not_delivered')}")
    signed = bravo.run("agreement", "sign", agreement)
    check(signed["delivered"] and signed["status"] == "in_force", f"not in force: {signed}")
    check(alpha.run("agreement", "show", agreement)["status"] == "in_force", "not in force on both sides")
    n.say(f"{agreement[:16]}… is in force: {PURPOSE}, {TYPES}, items, one run learns")

    n.step("What do both hold?")
    plan = alpha.run("match", bravo.name, "--agreement", agreement, "--purpose", PURPOSE, "--dry-run")
    n.say("Before anything is sent:\n" + plan["leak_statement"])
    match = alpha.run("match", bravo.name, "--agreement", agreement, "--purpose", PURPOSE)
    check(match["size"] == len(match["matches"]), "the size is not the number of matches")
    peer_run = next(run for run in bravo.run("runs")["runs"] if run["run"] == match["run"])
    sizes = {"alpha": match["own_size"], "bravo": peer_run["own_size"]}
    n.say(f"\n{alpha.name} holds {sizes['alpha']:,}, {bravo.name} {sizes['bravo']:,}; both hold {match['size']}, "
          f"found in {match['seconds']:.1f} s ({match['protocol']}, {match['security']}, "
          f"{(match['bytes_sent'] + match['bytes_received']) / 1e6:.1f} MB)")
    by_type = overlap_bars(match["matches"], n)
    picture = work / "overlap.svg"
    overlap_svg(picture, (alpha.name, sizes["alpha"]), (bravo.name, sizes["bravo"]), match["size"], by_type)
    n.say(f"picture: {picture}")
    for node in (alpha, bravo):
        audit = node.run("ledger", "audit", match["run"])
        check(audit["verdict"] == "proven", f"the replay of {node.name} is {audit['verdict']}: {audit}")
    n.say("each side replayed its own messages: the set that was matched is the set that was committed")
    unrelated = alpha.run("match", bravo.name, "--agreement", agreement, "--purpose", "curiosity", expect=1)
    check(unrelated.get("refused"), "a purpose outside the agreement was not refused")
    n.say(f"another purpose is refused: {', '.join(unrelated['rules'])}")

    n.step("One object leaves, under policy, with two approvals")
    indicator = indicator_of_a_hit(alpha, match["matches"])
    proposed = alpha.run("release", "propose", bravo.name, "--agreement", agreement, "--purpose", PURPOSE, "--object", indicator)
    for item in proposed["leaves"]:
        n.say(f"leaves:       {item['marking'] or '':<10} {item['id']}")
    for item in proposed["removed"]:
        n.say(f"stays behind: {item['what']} ({item['rule']})")
    release = proposed["release"]
    same = alpha.run("approve", release, "--as", officers[0][0], "--key", keys / "Operations.key")
    check(same["state"] == "proposed", "one approval was enough")
    twice = alpha.run("approve", release, "--as", officers[0][0], "--key", keys / "Operations.key", expect=1)
    n.say(f"{officers[0][0]} approved; a second signature of the same person is refused: {', '.join(twice['rules'])}")
    done = alpha.run("approve", release, "--as", officers[1][0], "--key", keys / "Legal.key")
    check(done["state"] == "delivered" and done["receipt"], f"not delivered: {done}")
    n.say(f"{officers[1][0]} approved; delivered, and {bravo.name} signed the receipt")
    received = bravo.run("search", indicator)
    check(received["objects"], f"{bravo.name} does not hold the object")

    n.step("Anyone can check offline what was disclosed")
    bundle = work / "evidence.zip"
    alpha.run("evidence", "export", release, "-o", bundle)
    trust = work / "trust.txt"
    trust.write_text(alpha.run("peer", "list", "--trust")["trust"])
    verified = json.loads(subprocess.run([str(BIN / "parley-verify"), "--json", "--trust", str(trust), str(bundle)],
                                         capture_output=True, text=True, check=False).stdout)
    again = alpha.run("verify", "--trust", trust, bundle, expect=0 if verified["verdict"] == "proven" else 1)
    check(again["verdict"] == verified["verdict"], "the two verifiers differ")
    for claim in verified["claims"]:
        n.say(f"{claim['verdict']:<10} {claim['claim']}")
    without = alpha.run("verify", bundle, expect=1)
    n.say(f"verdict: {n.paint('1;32' if verified['verdict'] == 'proven' else '1;31', verified['verdict'])} "
          f"(without the trust file: {without['verdict']})\nbundle: {bundle}")
    ok = verified["verdict"] == "proven" and without["verdict"] == "not_shown"
    return {"ok": ok, "verdict": verified["verdict"],
            "sizes": sizes, "overlap": match["size"], "overlap_by_type": by_type, "matches": match["matches"],
            "match": {key: match[key] for key in ("run", "protocol", "security", "own_size", "peer_size_padded", "seconds",
                                                  "bytes_sent", "bytes_received", "ledger_index", "leak_statement")},
            "release": {"id": release, "object": indicator, "state": done["state"], "package_hash": done["package_hash"],
                        "leaves": done["leaves"], "removed": done["removed"], "approvals": len(done["approvals"]),
                        "receipt": done["receipt"]},
            "claims": verified["claims"], "evidence": str(bundle), "trust": str(trust), "picture": str(picture),
            "homes": {"alpha": str(alpha.home), "bravo": str(bravo.home)}}


def indicator_of_a_hit(node, matches):
    """An indicator of the node's own report whose value is among the matches."""
    for match in matches:
        for holding in node.run("search", match["value"])["holdings"]:
            if holding.get("object", "").startswith("indicator--"):
                return holding["object"]
    raise StepFailed("no indicator of the report is among the matches")


if __name__ == "__main__":
    sys.exit(main())
