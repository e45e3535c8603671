#!/usr/bin/env python3
"""Makes data/samples/knowledge from whole galaxies, taxonomies and an ATT&CK bundle.

  tools/make_knowledge_sample.py SOURCE
SOURCE/misp/galaxy-clusters-subset.json.zst, SOURCE/misp/taxonomies.json.zst and SOURCE/stix/ics-attack-18.1.json.zst.
Only names, other names, ids and what this program reads are kept; the same source gives the same bytes.
"""
import json
import pathlib
import subprocess
import sys

ACTORS = ["APT28", "APT29", "Lazarus Group", "Turla", "Sandworm", "FIN7", "MuddyWater", "OilRig", "APT41", "APT32",
          "Kimsuky", "Gamaredon Group"]
SOFTWARE = ["Emotet", "TrickBot", "Cobalt Strike", "LockBit", "Ryuk", "Conti", "QakBot", "Stuxnet", "Industroyer", "Mimikatz",
            "PlugX", "njRAT", "BlackEnergy", "Play"]
TECHNIQUES = ["T0865", "T0866", "T0859", "T0885", "T0886", "T0817"]
TAXONOMIES = ["tlp", "PAP", "admiralty-scale"]


def read(path):
    return json.loads(subprocess.run(["zstd", "-dc", path], capture_output=True, check=True).stdout)


def write(name, value):
    path = pathlib.Path(__file__).resolve().parents[1] / "data" / "samples" / "knowledge" / name
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def small(value):
    meta = {key: value.get("meta", {})[key] for key in ("synonyms", "ISO", "external_id") if key in value.get("meta", {})}
    return {"value": value["value"], "uuid": value["uuid"], "meta": meta}


def main():
    source = pathlib.Path(sys.argv[1])
    galaxies = read(source / "misp" / "galaxy-clusters-subset.json.zst")

    def cluster(kind, wanted=None):
        whole = galaxies[kind]
        values = [small(value) for value in whole["values"]
                  if wanted is None or value["value"].split(" - ")[0] in wanted]
        return {"type": whole["type"], "name": whole["name"], "version": whole["version"], "values": values}
    write("threat-actor.json", cluster("threat-actor", ACTORS))
    write("mitre-intrusion-set.json", cluster("mitre-intrusion-set", ACTORS))
    write("mitre-malware.json", cluster("mitre-malware", SOFTWARE))
    write("tool.json", cluster("tool", SOFTWARE))
    write("ransomware.json", cluster("ransomware", SOFTWARE))
    write("country.json", cluster("country"))
    write("sector.json", cluster("sector"))
    taxonomies = read(source / "misp" / "taxonomies.json.zst")
    for taxonomy in taxonomies.values() if isinstance(taxonomies, dict) else taxonomies:
        if taxonomy["namespace"] in TAXONOMIES:
            keep = {key: taxonomy[key] for key in ("namespace", "description", "version", "predicates", "values") if key in taxonomy}
            write(f"taxonomy-{taxonomy['namespace'].lower()}.json", keep)
    attack = read(source / "stix" / "ics-attack-18.1.json.zst")
    objects = []
    for one in attack["objects"]:
        ids = [ref.get("external_id") for ref in one.get("external_references", [])]
        if one["type"] == "marking-definition" or (one["type"] == "attack-pattern" and any(i in TECHNIQUES for i in ids)):
            objects.append(one)
    write("attack-ics.json", {"type": "bundle", "id": attack["id"], "objects": objects})


if __name__ == "__main__":
    main()
