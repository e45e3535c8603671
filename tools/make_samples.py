#!/usr/bin/env python3
"""Makes data/samples from the full indicator and warning lists.

    make_samples.py SOURCE [OUT]

SOURCE holds ioc/unit42 and ioc/tweetfeed (TYPE.txt.zst, one value a line) and
misp/warninglists-small.json.zst (an object: folder name -> MISP warninglist). OUT is data/samples.
The same source gives the same bytes: what is left out is chosen by a hash, not by chance.
Needs the program zstd.
"""
import hashlib
import json
import pathlib
import re
import subprocess
import sys

SEED = "parley samples 1"
# Values of each type in a sample, beside those that both lists hold and those that are oddly written.
EXTRA = {"domain": 5500, "ipv4": 1500, "sha256": 1500}
PLAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
LISTS = {
    "unit42": "Palo Alto Networks Unit 42, github.com/pan-unit42/iocs, MIT",
    "tweetfeed": "TweetFeed, github.com/0xDanielLopez/TweetFeed, CC0-1.0",
}
WARNINGLISTS = [
    "akamai", "bank-website", "captive-portals", "cloudflare", "common-ioc-false-positive", "crl-hostname",
    "eicar.com", "empty-hashes", "google", "google-gmail-sending-ips", "ipv6-linklocal", "majestic_million",
    "microsoft", "microsoft-office365-ip", "moz-top500", "multicast", "parking-domain", "public-dns-v6",
    "rfc1918", "rfc3849", "rfc5735", "rfc6598", "rfc6761", "security-provider-blogpost", "sinkholes",
    "url-shortener", "whats-my-ip",
]


def unpack(path):
    return subprocess.run(["zstd", "-dc", str(path)], check=True, capture_output=True).stdout.decode("utf-8")


def rank(value):
    return hashlib.sha256(f"{SEED}|{value}".encode()).digest()


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def make_lists(source, out):
    full = {name: {kind: set(unpack(source / "ioc" / name / f"{kind}.txt.zst").split()) for kind in EXTRA}
            for name in LISTS}
    for kind, extra in EXTRA.items():
        common = full["unit42"][kind] & full["tweetfeed"][kind]
        for name, credit in LISTS.items():
            odd = {value for value in full[name][kind] if not PLAIN.fullmatch(value)}
            rest = sorted(full[name][kind] - common - odd, key=rank)[:extra]
            values = sorted(common | odd | set(rest))
            print(f"{name} {kind}: {len(values)} of {len(full[name][kind])}, {len(common)} in both")
            header = f"# {credit}. A sample; see README.md and LICENCES.md in the folder above.\n"
            write(out / name / f"{kind}.txt", header + "".join(f"{value}\n" for value in values))


def make_warninglists(source, out):
    full = json.loads(unpack(source / "misp" / "warninglists-small.json.zst"))
    for name in WARNINGLISTS:
        write(out / "warninglists" / f"{name}.json", json.dumps(full[name], indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    target = pathlib.Path(sys.argv[2] if len(sys.argv) == 3 else
                          pathlib.Path(__file__).resolve().parent.parent / "data" / "samples")
    make_lists(pathlib.Path(sys.argv[1]), target)
    make_warninglists(pathlib.Path(sys.argv[1]), target)
