#!/usr/bin/env python3
"""Makes data/samples/unit42/report.stix.json: one Unit 42 report, brought from STIX 2.0 to STIX 2.1.

usage: make_stix_sample.py UNIT42_BUNDLE.json ATTACK_BUNDLE.json > report.stix.json

UNIT42_BUNDLE: unit42_stix2-reports_report_json_cve-2023-23397.json of pan-unit42/iocs (MIT).
ATTACK_BUNDLE: any ATT&CK bundle; gives the marking-definition that the attack patterns name.

What changes, and nothing else:
- every object gets spec_version 2.1; ids, times and custom properties stay as they are;
- labels of indicators and reports become indicator_types and report_types (STIX 2.1 renamed them);
- indicators get pattern_type "stix" where it is missing; valid_from stays;
- identity_class is a word, not a list of one; first_seen goes where it lies after last_seen (2.1 forbids that);
- object_marking_refs: TLP:GREEN on every object, TLP:RED on the campaign, so that a release to a peer with a lower
  ceiling has something to leave out. Both colours are set for the demonstration; the original carries none.
- an indicator that indicates the campaign names it in a custom property too (x_indicates_ref), beside the relationship
  object that says so: a reference of the indicator itself that must be cut when the campaign stays behind;
- the marking-definitions that are named are added, and the bundle gets an id of its own kind.
"""
import json
import sys
import uuid

RED_TYPES = {"campaign"}
GREEN = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
TLP_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"


def tlp_definition(marking_id, name):
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": marking_id,
        "created": "2022-10-01T00:00:00.000Z",
        "name": "TLP:" + name.upper(),
        "extensions": {TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": name}},
    }


def convert(old, indicates):
    new = {"type": old["type"], "spec_version": "2.1"}
    new.update(old)
    if old["type"] in ("indicator", "report") and "labels" in new:
        new[old["type"] + "_types"] = new.pop("labels")
    if old["type"] == "indicator":
        new.setdefault("pattern_type", "stix")
        if old["id"] in indicates:
            new["x_indicates_ref"] = indicates[old["id"]]
    if isinstance(new.get("identity_class"), list):
        new["identity_class"] = new["identity_class"][0]
    if new.get("first_seen", "") > new.get("last_seen", "9999"):
        del new["first_seen"]
    colour = RED if old["type"] in RED_TYPES else GREEN
    new["object_marking_refs"] = [colour] + old.get("object_marking_refs", [])
    return new


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        bundle = json.load(file)
    with open(sys.argv[2], encoding="utf-8") as file:
        attack = {o["id"]: o for o in json.load(file)["objects"] if o["type"] == "marking-definition"}
    named = {ref for o in bundle["objects"] for ref in o.get("object_marking_refs", [])}
    definitions = [tlp_definition(GREEN, "green"), tlp_definition(RED, "red")]
    for ref in sorted(named):
        definition = attack[ref]
        definitions.append({key: definition[key] for key in ("type", "spec_version", "id", "created", "definition_type", "definition")})
    indicates = {
        o["source_ref"]: o["target_ref"]
        for o in bundle["objects"]
        if o["type"] == "relationship" and o["relationship_type"] == "indicates" and o["target_ref"].split("--")[0] in RED_TYPES
    }
    objects = definitions + [convert(o, indicates) for o in bundle["objects"]]
    out = {
        "type": "bundle",
        "id": "bundle--" + str(uuid.uuid5(uuid.NAMESPACE_URL, bundle["id"] + "#stix-2.1")),
        "objects": objects,
    }
    json.dump(out, sys.stdout, indent=1, ensure_ascii=False)
    print()


main()
