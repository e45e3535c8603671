#!/usr/bin/env python3
"""The plain answer to a match, computed from the outside: Python's standard library, none of our code.

    plain_intersection.py LISTS_A LISTS_B WARNINGLISTS

Each folder of lists holds *.txt files, one IPv4 address, domain name or SHA-256 a line; WARNINGLISTS holds *.json
files in the format of MISP. Prints {"a": size, "b": size, "size": n, "matches": [{"type", "value"}]}: the sizes of
both sets after holding back, and what both hold, sorted.
"""
import ipaddress
import json
import pathlib
import re
import sys

ADDRESS = re.compile(r"(0|[1-9][0-9]{0,2})(\.(0|[1-9][0-9]{0,2})){3}")
SHA256 = re.compile(r"[0-9a-fA-F]{64}")
LABEL = re.compile(r"[a-z0-9_-]{1,63}")
TOP = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])")
# MISP attribute types that stand for a selector type, alone or as a part of "a|b".
ATTRIBUTES = {"domain": "domain-name", "hostname": "domain-name", "ip": "ipv4-addr", "ip-src": "ipv4-addr",
              "ip-dst": "ipv4-addr", "sha256": "file:sha256"}


def domain(text):
    labels = []
    for label in text.removeprefix(".").removesuffix(".").split("."):
        if not label.isascii():
            try:
                label = label.encode("idna").decode("ascii")
            except UnicodeError:
                return None
        labels.append(label.lower())
    name = ".".join(labels)
    if len(labels) < 2 or len(name) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        return None
    return name if TOP.fullmatch(labels[-1]) else None


def canonical(line):
    """(type, value), or None for what is none of the three."""
    if SHA256.fullmatch(line):
        return "file:sha256", line.lower()
    if ADDRESS.fullmatch(line):
        return ("ipv4-addr", line) if all(int(part) < 256 for part in line.split(".")) else None
    name = domain(line)
    return ("domain-name", name) if name else None


def read_lists(folder):
    values = set()
    for path in sorted(pathlib.Path(folder).glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            line = line.strip()
            if line and not line.startswith(("#", ";", "//")):
                value = canonical(line)
                if value:
                    values.add(value)
    return values


class Warninglists:
    def __init__(self, folder):
        self.exact, self.suffixes, self.networks = set(), set(), {}
        for path in sorted(pathlib.Path(folder).glob("*.json")):
            self.add(json.loads(path.read_text(encoding="utf-8")))

    def add(self, found):
        attributes = found.get("matching_attributes") or list(ATTRIBUTES)
        types = {ATTRIBUTES[part] for attribute in attributes for part in attribute.split("|") if part in ATTRIBUTES}
        for entry in found["list"]:
            if found["type"] == "string":
                value = canonical(entry.strip())
                if value and value[0] in types:
                    self.exact.add(value)
            elif found["type"] == "hostname" and "domain-name" in types:
                self.suffixes.add(domain(entry.strip()))
            elif found["type"] == "cidr" and "ipv4-addr" in types:
                network = ipaddress.ip_network(entry.strip(), strict=False)
                if network.version == 4:
                    self.networks.setdefault(network.prefixlen, set()).add(int(network.network_address))

    def holds_back(self, selector):
        kind, value = selector
        if selector in self.exact:
            return True
        if kind == "domain-name":
            labels = value.split(".")
            return any(".".join(labels[i:]) in self.suffixes for i in range(len(labels)))
        if kind == "ipv4-addr":
            address = int(ipaddress.IPv4Address(value))
            return any(address >> (32 - bits) << (32 - bits) in prefixes for bits, prefixes in self.networks.items())
        return False


def main(folder_a, folder_b, folder_w):
    warninglists = Warninglists(folder_w)
    a, b = ({s for s in read_lists(folder) if not warninglists.holds_back(s)} for folder in (folder_a, folder_b))
    matches = [{"type": kind, "value": value} for kind, value in sorted(a & b)]
    print(json.dumps({"a": len(a), "b": len(b), "size": len(matches), "matches": matches}))


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
