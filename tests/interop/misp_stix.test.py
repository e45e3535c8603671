#!/usr/bin/env python3
"""parley convert beside misp-stix: real events and one attribute of every type give the same STIX objects, but for the
differences that docs/misp-stix.md lists; PyMISP loads what comes back, and finds every attribute in it."""
import collections
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PARLEY = ROOT / "build" / "release" / "bin" / "parley"
PYTHON = ROOT / "build" / "venv" / "bin" / "python"
if "--in-environment" not in sys.argv and PYTHON.exists():
    sys.exit(subprocess.run([str(PYTHON), __file__, "--in-environment"], check=False).returncode)

from misp_stix_converter import MISPtoSTIX21Parser  # noqa: E402
from pymisp import MISPEvent  # noqa: E402

failed = 0
UUID = "5e8b7f3a-0000-4000-8000-%012x"
VALUES = {
    "AS": "64496", "domain": "evil.example.org", "domain|ip": "evil.example.org|192.0.2.1", "email": "a@example.org",
    "email-attachment": "a.doc", "email-body": "hello", "email-dst": "a@example.org", "email-header": "Received: x",
    "email-message-id": "<1@example.org>", "email-reply-to": "a@example.org", "email-src": "a@example.org",
    "email-subject": "it's \\ here", "email-x-mailer": "mailer 1", "filename": "a'b.exe", "github-username": "example",
    "hostname": "h.example.org", "hostname|port": "h.example.org|8080", "http-method": "POST", "ip-dst": "2001:db8::1",
    "ip-dst|port": "192.0.2.7|53", "ip-src": "192.0.2.7", "ip-src|port": "192.0.2.7|53", "link": "https://example.org/r",
    "mac-address": "00:00:5e:00:53:01", "mutex": "m", "port": "53", "regkey": "HKEY_CURRENT_USER\\Software\\Evil",
    "regkey|value": "HKEY_CURRENT_USER\\Run|evil.exe", "size-in-bytes": "12", "uri": "https://evil.example.org/y", "url": "https://evil.example.org/x",
    "user-agent": "agent/1.0", "vulnerability": "CVE-2026-0001", "campaign-name": "Example", "md5": "0" * 32,
    "sha1": "1" * 40, "sha224": "2" * 56, "sha256": "3" * 64, "sha384": "4" * 96, "sha512": "5" * 128,
    "filename|md5": "a|" + "0" * 32, "filename|sha1": "a|" + "1" * 40, "filename|sha256": "a|" + "3" * 64,
    "malware-sample": "a|" + "0" * 32, "x509-fingerprint-md5": "0" * 32, "x509-fingerprint-sha1": "1" * 40,
    "x509-fingerprint-sha256": "3" * 64, "imphash": "0" * 32, "sha3-256": "3" * 64,
    "iban": "GB82WEST12345698765432", "btc": "1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "text": "words", "comment": "words",
    "phone-number": "+4930123456", "pdb": "c:\\x.pdb", "other": "x", "sigma": "title: x", "snort": "alert tcp any any",
}
# What docs/misp-stix.md says is different on purpose: type of the object, property.
KNOWN = {("*", "object_marking_refs"), ("observed-data", "x_misp_comment"), ("indicator", "pattern/rule"),
         ("indicator", "pattern_version"), ("report", "labels"), ("grouping", "labels")}


def check(name, holds, detail=""):
    global failed
    print(f"{'ok' if holds else 'not ok'} - {name}")
    if not holds:
        failed += 1
        print("  " + str(detail)[:3000].replace("\n", "\n  "))


def convert(source, to, target):
    return subprocess.run([str(PARLEY), "convert", str(source), "--to", to, "-o", str(target), "--json"],
                          capture_output=True, text=True)


def event_in(document):
    return (document["response"][0] if isinstance(document.get("response"), list) else document)["Event"]


def every_type():
    """Under the category that MISP has for each: misp-stix puts right what is not allowed."""
    defaults = MISPEvent().describe_types["sane_defaults"]
    attributes = []
    for number, (kind, value) in enumerate(VALUES.items()):
        for to_ids in (False, True):
            attributes.append({"uuid": UUID % (2 * number + to_ids + 1), "type": kind, "value": value, "to_ids": to_ids,
                               "category": defaults[kind]["default_category"], "timestamp": str(1700000000 + number), "comment": "",
                               "distribution": "5", "deleted": False})
    return {"Event": {"uuid": UUID % 0xE0000, "info": "every type", "timestamp": "1700000000", "date": "2023-11-14",
                      "threat_level_id": "4", "analysis": "0", "distribution": "0", "published": False,
                      "Orgc": {"name": "CERT Alpha", "uuid": UUID % 0xD0000}, "Attribute": attributes}}


def reference(event):
    """misp-stix stops at clusters without a UUID, which real events have."""
    event = json.loads(json.dumps(event))
    for part in [event, *event.get("Attribute", [])]:
        for galaxy in part.get("Galaxy", []):
            galaxy["GalaxyCluster"] = [one for one in galaxy["GalaxyCluster"] if one.get("uuid")]
    parser = MISPtoSTIX21Parser()
    parser.parse_misp_event({"Event": event})
    return {one["id"]: one for one in json.loads(parser.bundle.serialize())["objects"]}


def plain(value):
    if isinstance(value, list):
        return sorted(json.dumps(one, sort_keys=True) for one in value)
    if isinstance(value, dict):  # SHA224 and SHA-224: their observables and patterns differ among themselves
        return {name.replace("-", ""): one for name, one in value.items()}
    return value.replace(".000Z", "Z") if isinstance(value, str) else value


def differences(theirs, ours):
    found = collections.Counter()
    for one in theirs.keys() ^ ours.keys():
        if not one.startswith("marking-definition--"):
            found["only one has", one] += 1
    for one in theirs.keys() & ours.keys():
        a, b = theirs[one], ours[one]
        for name in a.keys() | b.keys():
            if plain(a.get(name)) == plain(b.get(name)):
                continue
            kind = name
            if name == "pattern" and a.get("pattern") == f"[{b.get('pattern')}]":
                kind = "pattern/rule"
            if ("*", kind) in KNOWN or (a["type"], kind) in KNOWN:
                continue
            found[a["type"], kind, str(a.get(name))[:80], str(b.get(name))[:80]] += 1
    return found


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    sources = sorted((ROOT / "tests" / "vectors" / "misp").glob("*.json"))
    (folder / "every-type.json").write_text(json.dumps(every_type()))
    for source in [*sources, folder / "every-type.json"]:
        event = event_in(json.loads(source.read_text()))
        bundle, back = folder / "bundle.json", folder / "back.json"
        run = convert(source, "stix", bundle)
        check(f"{source.stem} becomes a bundle", run.returncode == 0, run.stderr)
        if run.returncode != 0:
            continue
        ours = {one["id"]: one for one in json.loads(bundle.read_text())["objects"]}
        found = differences(reference(event), ours)
        check(f"{source.stem} has the objects that misp-stix makes", not found, "\n".join(map(str, found)))
        run = subprocess.run([str(PARLEY), "validate", str(bundle)], capture_output=True, text=True)
        check(f"{source.stem} is valid STIX 2.1", run.returncode == 0, run.stdout + run.stderr)
        run = convert(bundle, "misp", back)
        check(f"{source.stem} comes back", run.returncode == 0, run.stderr)
        loaded = MISPEvent()
        loaded.load_file(str(back))
        values = {one.uuid: (one.type, str(one.value)) for one in loaded.attributes}
        lost = {one["uuid"]: one for one in event["Attribute"]
                if values.get(one["uuid"]) != (one["type"], one["value"])}
        check(f"{source.stem} is loaded by PyMISP with every attribute", not lost, lost)

sys.exit(1 if failed else 0)
