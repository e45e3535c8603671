#!/usr/bin/env python3
"""MISP events: attributes a second into the store and out of it again, beside PyMISP reading and writing the same events in the
same run (it keeps nothing), and misp-stix converting one of them beside `parley convert`. Prints one JSON object.

The events are made up: domains, addresses and hashes, half of them for detection, each with the members that a MISP instance
writes. Times of Parley are those of the whole process; the best of ROUNDS counts. With --pull one node pulls all events of
another one on this machine instead."""
import argparse
import hashlib
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = pathlib.Path(os.environ.get("PARLEY_BIN", ROOT / "build" / "release" / "bin"))
PYTHON = pathlib.Path(os.environ.get("PYMISP_PYTHON", ROOT / "build" / "venv" / "bin" / "python"))
PEER = r"""
import json, sys, time
from pymisp import MISPEvent
began = time.process_time()
events = []
for path in sys.argv[2:]:
    with open(path) as file:
        for one in json.load(file)["response"]:
            event = MISPEvent()
            event.from_dict(**one["Event"])
            events.append(event)
read = time.process_time()
for event in events:
    event.to_json()
written = time.process_time()
out = {"read": read - began, "written": written - read}
if sys.argv[1] == "stix":
    from misp_stix_converter import MISPtoSTIX21Parser
    began = time.process_time()
    parser = MISPtoSTIX21Parser()
    with open(sys.argv[2]) as file:
        parser.parse_misp_event(json.load(file)["response"][0])
    parser.bundle.serialize()
    out["stix"] = time.process_time() - began
print(json.dumps(out))
"""


def attribute(numbers, place):
    kind = place % 3
    key = hashlib.sha256(str(numbers.random()).encode()).hexdigest()
    value = [f"{key[:16]}.example.org", f"10.{place >> 16 & 255}.{place >> 8 & 255}.{place & 255}", key][kind]
    return {"id": str(place), "type": ["domain", "ip-dst", "sha256"][kind], "to_ids": place % 2 == 0, "event_id": "1",
            "category": ["Network activity", "Network activity", "Payload delivery"][kind],
            "uuid": str(uuid.UUID(key[:32], version=4)), "distribution": "5", "timestamp": str(1700000000 + place), "comment": "",
            "sharing_group_id": "0", "deleted": False, "disable_correlation": False, "object_id": "0",
            "object_relation": None, "first_seen": None, "last_seen": None, "value": value, "Galaxy": [],
            "ShadowAttribute": []}


def write_events(path, events, attributes):
    numbers = random.Random(7)
    with open(path, "w") as file:
        file.write('{"response":[')
        for event in range(events):
            file.write("," if event else "")
            json.dump({"Event": {
                "id": str(event), "orgc_id": "1", "date": "2023-11-14", "threat_level_id": "2", "info": f"event {event}",
                "published": True, "uuid": str(uuid.UUID(int=numbers.getrandbits(128), version=4)), "analysis": "2",
                "timestamp": "1700000000", "publish_timestamp": "1700000001", "distribution": "3",
                "Orgc": {"id": "1", "name": "CERT Alpha", "uuid": "5e8b7f3a-0000-4000-8000-0000000000d1"},
                "Attribute": [attribute(numbers, event * attributes + place) for place in range(attributes)],
                "Tag": [{"name": "tlp:green", "colour": "#339900"}]}}, file)
        file.write("]}")


def timed(*command):
    began = time.monotonic()
    before = os.times()
    run = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    after = os.times()
    if run.returncode != 0:
        sys.exit(f"{command}: {run.stdout}{run.stderr}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return run.stdout, time.monotonic() - began, cpu


def pull(folder, events, attributes):
    """One node pulls all events of another one over HTTPS, at first and once more when it has them."""
    sys.path.insert(0, str(ROOT / "tests" / "e2e"))
    import harness
    there, here = harness.Home(folder, "CERT Alpha"), harness.Home(folder, "CERT Beta", "XB")
    there.init()
    here.init()
    policy, source, key = folder / "policy.toml", folder / "pulled.json", folder / "key"
    policy.write_text('version = 1\npurposes = ["incident-response"]\nfree_text = "strip"\n[[taxii]]\ncaller = "beta"\ntlp = "green"\n')
    there.run("policy", "set", policy)
    write_events(source, events, attributes)
    there.run("import", "--format", "misp", source, timeout=36_000)
    source.unlink()
    key.write_text(there.run("taxii", "user", "add", "beta", "--token", "--misp", "r")["token"])
    there.serve()
    out = {"events": events, "attributes": events * attributes}

    def spent_there():
        times = pathlib.Path(f"/proc/{there.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")
    try:
        for name in ("first", "again"):
            before, there_before = os.times(), spent_there()
            report = here.run("misp", "pull", f"https://127.0.0.1:{there.https}/misp", "--key", key, "--ca", there.path / "keys" / "https.crt",
                              timeout=36_000)
            after = os.times()
            if report["refused"] or report["listed"] != events or report["stored"] != (events if name == "first" else 0):
                sys.exit(f"pull: {report}")
            cpu = after.children_user + after.children_system - before.children_user - before.children_system
            out[name] = {"events_per_second": round(events / report["seconds"]), "events_per_cpu_second_here": round(events / cpu),
                         "events_per_cpu_second_there": round(events / max(0.01, spent_there() - there_before))}
    finally:
        there.stop()
    return out


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--events", type=int, default=100)
    options.add_argument("--attributes", type=int, default=1000, help="of each event")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--pull", type=int, default=0, help="events that a node pulls from another one; then nothing else is measured")
    asked = options.parse_args()
    if asked.pull:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(pull(pathlib.Path(folder), asked.pull, asked.attributes)))
        return
    total = asked.events * asked.attributes
    seconds = {}

    def note(name, run):
        for kind, value in (("seconds", run[1]), ("cpu_seconds", run[2])):
            seconds.setdefault(name, {})[kind] = min(value, seconds.get(name, {}).get(kind, value))

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        source = folder / "events.json"
        write_events(source, asked.events, asked.attributes)
        one = folder / "one.json"
        write_events(one, 1, asked.attributes)
        out, home = folder / "out.json", folder / "home"
        for _ in range(asked.rounds):
            shutil.rmtree(home, ignore_errors=True)
            parley = [BIN / "parley", "--home", home, "--json"]
            timed(*parley, "init", "--name", "CERT Alpha", "--kind", "national_cert", "--jurisdiction", "DE")
            note("in", timed(*parley, "import", "--format", "misp", source))
            note("again", timed(*parley, "import", "--format", "misp", source))
            note("out", timed(*parley, "export", "--format", "misp", "-o", out))
            note("to_stix", timed(BIN / "parley", "convert", one, "--to", "stix", "-o", folder / "bundle.json"))
        result = {"events": asked.events, "attributes": total, "bytes": source.stat().st_size}
        for name, best in seconds.items():
            count = asked.attributes if name == "to_stix" else total
            result[name] = {f"attributes_per_{kind[:-1]}": round(count / value) for kind, value in best.items()}
        if PYTHON.exists():
            peer = json.loads(subprocess.run([str(PYTHON), "-c", PEER, "no", str(source)], capture_output=True, text=True,
                                             check=True).stdout)
            stix = json.loads(subprocess.run([str(PYTHON), "-c", PEER, "stix", str(one)], capture_output=True, text=True,
                                             check=True).stdout)
            result["pymisp"] = {"read_attributes_per_cpu_second": round(total / peer["read"]),
                                "written_attributes_per_cpu_second": round(total / peer["written"])}
            result["misp_stix"] = {"attributes_per_cpu_second": round(asked.attributes / stix["stix"])}
        print(json.dumps(result))


main()
