#!/usr/bin/env python3
"""TAXII over TLS: requests a second of a node with its gate on, beside nginx sending the same bytes as static files in the
same run (the ceiling) and, where `./setup --test` has put it, OpenTAXII (the peer); what a POST takes; and with --sizes the
same questions to collections of growing size. Prints one JSON object.

Needs nginx and wrk of Debian (apt-get install nginx-light wrk). Without --data the objects are made up: indicators, malware
and relationships of about 1.4 kB. ROUNDS turns of SECONDS are taken in turn, and the best of each counts.
"""
import argparse
import base64
import calendar
import contextlib
import http.client
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.parse
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = pathlib.Path(os.environ.get("PARLEY_BIN", ROOT / "build" / "release" / "bin"))
SERVERS = ROOT / "build" / "venv-servers" / "bin" / "python"
MEDIA = "application/taxii+json;version=2.1"
GREEN = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
POLICY = 'version = 1\npurposes = ["incident-response"]\nfree_text = "strip"\n\n[[taxii]]\ncaller = "soc"\ntlp = "green"\n'
# Both servers encrypt with the same cipher, whatever each would choose.
NGINX = """daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log crit;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000;
  open_file_cache max=100;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  default_type "{media}";
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {folder}/https.crt;
    ssl_certificate_key {folder}/https.key;
    ssl_protocols TLSv1.3;
    ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
    root {folder}/pages;
  }}
}}
"""
# Another added_after in every request, before everything that is there.
VARYING = """local n = 0
request = function()
  n = n + 1
  return wrk.format("GET", wrk.path .. string.format("2001-01-01T00:00:%02d.%06dZ", n / 1000000 % 60, n % 1000000))
end
"""
# A place anywhere among the objects, for every request another. Dates rise by a microsecond within a commit of the fill,
# and leave gaps between commits: so it is one of the pages that were read, and some microseconds.
ANYWHERE = """math.randomseed({seed})
local starts = {{{starts}}}
request = function()
  local at = starts[math.random(#starts)] + math.random(0, 899)
  local date = os.date("!%Y-%m-%dT%H:%M:%S", math.floor(at / 1000000))
  return wrk.format("GET", wrk.path .. date .. string.format(".%06dZ", at % 1000000))
end
"""
# Each connection waits after its answer, as clients do: how long an answer takes when the server is not flooded.
PAUSES = """math.randomseed(7)
delay = function() return math.random(5, 15) end
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def made_up(count, seed=7):
    rng = random.Random(seed)
    ident = lambda kind: f"{kind}--{uuid.UUID(int=rng.getrandbits(128), version=4)}"
    out = []
    for number in range(count):
        kind = ("indicator", "malware", "attack-pattern")[number % 3]
        # Each with a date of its own, as real ones have: OpenTAXII compares every two objects of one date.
        modified = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(1_767_312_000 + 37 * number))
        one = {"type": kind, "spec_version": "2.1", "id": ident(kind), "created": "2026-01-01T00:00:00.000Z",
               "modified": modified, "name": f"Item {number}",
               "description": "Seen in sandbox runs and in sinkhole traffic of the last weeks; persistence by a task. " * 12,
               "external_references": [{"source_name": "report", "url": f"https://example.org/reports/{number}"}]}
        if kind == "indicator":
            one |= {"pattern": f"[domain-name:value = 'c{rng.getrandbits(60):x}.example.org']", "pattern_type": "stix",
                    "indicator_types": ["malicious-activity"], "valid_from": "2026-01-01T00:00:00Z"}
        if kind == "malware":
            one |= {"is_family": False}
        out.append(one)
    return out


def write_small(path, count):
    """A bundle of small objects that carry their marking: two indicators, then a malware."""
    head = '"spec_version":"2.1","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-02T00:00:00.000Z"'
    rest = f'"object_marking_refs":["{GREEN}"]'
    with open(path, "w") as file:
        file.write(f'{{"type":"bundle","id":"bundle--{uuid.uuid4()}","objects":[')
        for number in range(count):
            name = f"{number * 0x9e3779b97f4a7c15 % 2**64:016x}"  # spread over the index like random ids
            kind = "malware" if number % 3 == 2 else "indicator"
            more = '"is_family":false' if kind == "malware" else \
                f'"pattern":"[domain-name:value = \'c{name}.example.org\']","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z"'
            file.write(f'{"," if number else ""}{{"type":"{kind}",{head},"id":"{kind}--{name[:8]}-{name[8:12]}-4{name[13:]}-8000-{number:012x}",'
                       f'"name":"Item {number}",{more},{rest}}}')
        file.write("]}")


class Node:
    """A node with a filled collection; one that was made in this folder before is taken as it is."""

    def __init__(self, folder, data=None, count=0):
        self.folder, self.home = folder, folder / "home"
        made = folder / "made.json"
        if not made.exists():
            made.write_text(json.dumps(self.make(data, count)))
        for name, value in json.loads(made.read_text()).items():
            setattr(self, name, value)
        self.process = subprocess.Popen([BIN / "parley", "--home", self.home, "--json", "serve"], stdout=subprocess.PIPE, text=True)
        json.loads(self.process.stdout.readline())
        self.authorization = "Basic " + base64.b64encode(f"soc:{self.password}".encode()).decode()
        self.context = ssl.create_default_context(cafile=self.home / "keys" / "https.crt")
        self.objects = f"/taxii2/intel/collections/{self.collection}/objects/"
        self.url = f"https://127.0.0.1:{self.port}"

    def make(self, data, count):
        port = free_port()
        self.parley("init", "--name", "CERT Alpha", "--kind", "national_cert", "--jurisdiction", "XA", "--listen", f"127.0.0.1:{port}")
        (self.folder / "policy.toml").write_text(POLICY)
        self.parley("policy", "set", self.folder / "policy.toml")
        if not data:
            data = [self.folder / "data.json"]
            data[0].write_text(json.dumps({"type": "bundle", "id": f"bundle--{uuid.uuid4()}", "objects": made_up(count)}))
        started = time.perf_counter()
        imported = sum(self.parley("import", "--format", "stix", "--tlp", "green", path)["imported"] for path in data)
        import_seconds = time.perf_counter() - started
        collection = self.parley("taxii", "collection", "add", "All", "--alias", "all")["collection"]["id"]
        inbox = self.parley("taxii", "collection", "add", "Inbox", "--alias", "inbox", "--writable", "--tlp", "green")["collection"]["id"]
        started = time.perf_counter()
        self.parley("taxii", "collection", "fill", "all", "--all")
        fill_seconds = time.perf_counter() - started
        password = self.parley("taxii", "user", "add", "soc", "--password", "--collection", "all", "--collection", "inbox:rw")["password"]
        return {"port": port, "imported": imported, "import_seconds": import_seconds, "collection": collection, "inbox": inbox,
                "fill_seconds": fill_seconds, "password": password}

    def parley(self, *arguments):
        done = subprocess.run([BIN / "parley", "--home", self.home, "--json", *map(str, arguments)], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"parley {' '.join(map(str, arguments))}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def connection(self):
        return http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context)

    def get(self, path):
        one = self.connection()
        one.request("GET", path, headers={"Authorization": self.authorization, "Accept": MEDIA})
        answer = one.getresponse()
        body = answer.read()
        if answer.status != 200:
            sys.exit(f"{path}: {answer.status} {body[:300]}")
        return body, answer.headers

    def resident(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) / 1024

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def wrk(url, seconds, connections, header=None, script=None):
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "10s"]
    command += ["-H", header] if header else []
    command += ["-s", str(script)] if script else []
    text = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    if bad:
        sys.exit(f"{url}: {bad[0]}")
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", text).groups()
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]), float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_for_rest(pid):
    """Until the node has done what it does by itself after an import: it indexes for the search."""
    quiet = 0
    while quiet < 3:
        before = cpu_seconds(pid)
        time.sleep(1)
        quiet = quiet + 1 if cpu_seconds(pid) - before < 0.05 else 0


def measure(pid, seconds, *arguments):
    """Requests a second, p99, and processor time of a request in microseconds, which a busy machine changes little."""
    before = cpu_seconds(pid)
    rate, p99 = wrk(*arguments[:1], seconds, *arguments[1:])
    return rate, p99, (cpu_seconds(pid) - before) / (rate * seconds) * 1e6


def post(node, batch, batches):
    one = node.connection()
    bodies = [json.dumps({"objects": made_up(batch, seed=1000 + number)}) for number in range(batches)]
    started = time.perf_counter()
    for body in bodies:
        one.request("POST", f"/taxii2/intel/collections/{node.inbox}/objects/", body, {"Authorization": node.authorization, "Accept": MEDIA, "Content-Type": MEDIA})
        answer = one.getresponse()
        status = json.loads(answer.read())
        if answer.status != 202 or status["success_count"] != batch:
            sys.exit(f"POST: {answer.status} {str(status)[:300]}")
    return batch * batches / (time.perf_counter() - started)


class OpenTaxii:
    """The peer, filled by POST with the objects of the node: one process with threads, SQLite, a collection open to everybody."""

    def __init__(self, folder, objects):
        (folder / "opentaxii").mkdir()
        environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        self.process = subprocess.Popen(
            [SERVERS, ROOT / "tests" / "interop" / "taxii_servers" / "opentaxii_server.py", folder / "opentaxii", folder / "https.crt", folder / "https.key", str(100 << 20)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
        words = []
        while not (words and words[0].isdigit()):
            line = self.process.stdout.readline()
            if not line:
                sys.exit("bench_taxii: OpenTAXII did not start")
            words = line.split()
        self.url = f"https://127.0.0.1:{words[0]}"
        self.objects = f"/taxii2/{words[1]}/collections/{words[2]}/objects/"
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        one = http.client.HTTPSConnection("127.0.0.1", int(words[0]), context=context)
        started = time.perf_counter()
        for at in range(0, len(objects), 1000):
            one.request("POST", self.objects, json.dumps({"objects": objects[at:at + 1000]}), {"Accept": MEDIA, "Content-Type": MEDIA})
            answer = one.getresponse()
            answer.read()
            if answer.status != 202:
                sys.exit(f"bench_taxii: OpenTAXII answered a POST with {answer.status}")
        self.objects_per_s = len(objects) / (time.perf_counter() - started)

    def stop(self):
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def nginx_of(folder, node, pages):
    """nginx with one worker that sends these pages; gives its port and the worker's pid."""
    port = free_port()
    (folder / "pages").mkdir()
    for name in ("https.crt", "https.key"):
        shutil.copy(node.home / "keys" / name, folder / name)
    for number, page in enumerate(pages):
        (folder / "pages" / str(number)).write_bytes(page)
    for path in [folder, folder / "pages", *(folder / "pages").iterdir(), folder / "https.key"]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, media=MEDIA))
    process = subprocess.Popen(["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")], stderr=subprocess.DEVNULL)
    try:
        time.sleep(1)
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        yield port, int(children[0]) if children else process.pid
    finally:
        process.terminate()
        process.wait()


def compare(folder, options):
    """The node, nginx and OpenTAXII in turn, case by case."""
    node, peer = Node(folder, options.data, options.objects), None
    try:
        wait_for_rest(node.process.pid)
        _, headers = node.get(node.objects + "?limit=1000")
        after = "&added_after=" + headers["X-TAXII-Date-Added-Last"]
        # What is asked, over how many connections, in which way; and whether the peer is asked the same.
        cases = [("limit=100", "?limit=100", 4, None, True), ("limit=1000", "?limit=1000", 4, None, True),
                 ("limit=100 match[type]=malware", "?limit=100&match[type]=malware", 4, None, True),
                 ("limit=100 added_after", f"?limit=100{after}", 4, None, True),
                 ("limit=100, another added_after each time", "?limit=100&added_after=", 4, "varying.lua", False),
                 ("limit=100, 64 connections", "?limit=100", 64, None, False),
                 ("limit=100, 64 connections that pause 5 to 15 ms", "?limit=100", 64, "pauses.lua", False),
                 ("limit=10, 64 connections", "?limit=10", 64, None, False)]
        (folder / "varying.lua").write_text(VARYING)
        (folder / "pauses.lua").write_text(PAUSES)
        pages = [node.get(node.objects + query + ("2001-01-01T00:00:00.000000Z" if query.endswith("=") else ""))[0]
                 for _, query, _, _, _ in cases]
        runs, posting = [], []
        with nginx_of(folder, node, pages) as (port, worker):
            for number, (name, query, connections, script, with_peer) in enumerate(cases):
                script = script and folder / script
                ours, ceiling = (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)
                for _ in range(options.rounds):
                    ours = max(ours, measure(node.process.pid, options.seconds, node.url + node.objects + query, connections, f"Authorization: {node.authorization}", script))
                    plain = script if script and script.name == "pauses.lua" else None
                    ceiling = max(ceiling, measure(worker, options.seconds, f"https://127.0.0.1:{port}/{number}", connections, None, plain))
                run = {"case": name, "requests_per_s": round(ours[0], 1), "nginx_requests_per_s": round(ceiling[0], 1),
                       "ratio_to_nginx": round(ours[0] / ceiling[0], 3), "p99_ms": round(ours[1], 2), "nginx_p99_ms": round(ceiling[1], 2),
                       "cpu_us": round(ours[2], 1), "nginx_cpu_us": round(ceiling[2], 1), "page_bytes": len(pages[number])}
                runs.append(run)
                print(json.dumps(run), file=sys.stderr)
        posting.append({"case": "POST, 1,000 objects each", "objects_per_s": round(post(node, 1000, 5), 1)})
        if SERVERS.exists() and not options.no_peer:
            # Last: it goes on working at what nobody waits for any more.
            peer = OpenTaxii(folder, made_up(options.objects))
            posting.append({"case": "OpenTAXII, POST, 1,000 objects each", "objects_per_s": round(peer.objects_per_s, 1)})
            for run, (name, query, connections, script, with_peer) in zip(runs, cases):
                if not with_peer:
                    continue
                # Its pages take long enough to want more time.
                theirs = wrk(peer.url + peer.objects + query, max(options.seconds, 8), connections, f"Accept: {MEDIA}")
                if theirs[0] > 0:
                    run |= {"opentaxii_requests_per_s": round(theirs[0], 1), "opentaxii_p99_ms": round(theirs[1], 2),
                            "ratio_to_opentaxii": round(run["requests_per_s"] / theirs[0], 1)}
        return {"objects": node.imported, "runs": runs, "posting": posting, "resident_mb": round(node.resident(), 1)}
    finally:
        if peer:
            peer.stop()
        node.stop()


def microseconds(text):
    whole, fraction = text.rstrip("Z").split(".")
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) * 10**6 + int(fraction)


def stamp(at):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at // 10**6)) + f".{at % 10**6:06d}Z"


def read(node, first, last, stretches, pages):
    """As a client does that comes for the first time: pages of 1,000, to the end or so many from each of some places that lie
    evenly between two dates; seconds, objects, and the dates at which pages began."""
    one, count, starts = node.connection(), 0, []
    started = time.perf_counter()
    for number in range(stretches):
        after = stamp(first - 1 + (last - first) * number // stretches)
        for _ in range(pages):
            one.request("GET", f"{node.objects}?limit=1000&added_after={after}", headers={"Authorization": node.authorization, "Accept": MEDIA})
            answer = one.getresponse()
            body = answer.read()
            if answer.headers["X-TAXII-Date-Added-First"]:
                starts.append(microseconds(answer.headers["X-TAXII-Date-Added-First"]))
            count += body.count(b'"spec_version"')
            if not body.startswith(b'{"more":true'):
                break
            after = answer.headers["X-TAXII-Date-Added-Last"]
    return time.perf_counter() - started, count, starts


def of_size(folder, count, options):
    """The same questions to a collection of so many small objects."""
    folder.mkdir(exist_ok=True)
    if not (folder / "made.json").exists():
        write_small(folder / "data.json", count)
    node = Node(folder, [folder / "data.json"])
    (folder / "data.json").unlink(missing_ok=True)
    try:
        first = microseconds(node.get(node.objects + "?limit=1")[1]["X-TAXII-Date-Added-First"])
        # Where the collection ends, by halves: nothing says so.
        last, step = first, 1 << 45
        while step:
            body, headers = node.get(f"{node.objects}?limit=1&added_after={stamp(last + step)}")
            if "X-TAXII-Date-Added-Last" in headers:
                last = microseconds(headers["X-TAXII-Date-Added-Last"])
            else:
                step //= 2
        deep = stamp(first + (last - first) * 9 // 10)
        cursor = urllib.parse.quote(json.loads(node.get(f"{node.objects}?limit=100&added_after={deep}")[0])["next"])
        cases = [("first page", "?limit=100", None), ("deep page by next", f"?limit=100&next={cursor}", None),
                 ("added_after", f"?limit=100&added_after={deep}", None),
                 ("match[type]", f"?limit=100&match[type]=malware&added_after={deep}", None),
                 ("pages from anywhere", "?limit=100&added_after=", "anywhere.lua"),
                 ("match[type], pages from anywhere", "?limit=100&match[type]=malware&added_after=", "again.lua")]
        whole = count <= options.read
        stretches = 1 if whole else 100
        seconds, found, starts = read(node, first, last, stretches, count if whole else max(1, options.read // stretches // 1000))
        if whole and found != count:
            sys.exit(f"bench_taxii: {found} of {count} objects were found")
        wait_for_rest(node.process.pid)
        for seed, script in enumerate(("anywhere.lua", "again.lua")):
            (folder / script).write_text(ANYWHERE.format(seed=count + seed, starts=",".join(map(str, sorted(set(starts))[:-1] or starts))))
        out = {"objects": node.imported, "import_s": round(node.import_seconds, 2), "fill_s": round(node.fill_seconds, 2),
               "first_read_s": round(seconds, 2), "first_read_objects": found, "requests_per_s": {}, "cpu_us": {}}
        for name, query, script in cases:
            rate, _, cpu = max(measure(node.process.pid, options.seconds, node.url + node.objects + query, 4, f"Authorization: {node.authorization}", script and folder / script)
                               for _ in range(options.rounds))
            out["requests_per_s"][name], out["cpu_us"][name] = round(rate, 1), round(cpu, 1)
        out["resident_mb"] = round(node.resident(), 1)
        print(json.dumps(out), file=sys.stderr)
        return out
    finally:
        node.stop()
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true", help="the default and only form")
    parser.add_argument("--data", nargs="*", help="STIX bundles instead of made-up objects")
    parser.add_argument("--objects", type=int, default=16_208)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--no-peer", action="store_true", help="leave OpenTAXII out")
    parser.add_argument("--sizes", type=int, nargs="*", metavar="N",
                        help="collections of so many small objects each; without a number 10,000, 100,000 and 1,000,000. 10,000,000 take 10 GB of disk")
    parser.add_argument("--only-sizes", action="store_true", help="nothing but that")
    parser.add_argument("--read", type=int, default=1_000_000, metavar="N",
                        help="of larger collections so many objects are read before, in a hundred stretches, and pages from anywhere lie among them")
    parser.add_argument("--keep", metavar="FOLDER", help="where the collections of --sizes are made and stay, to be asked again")
    options = parser.parse_args()
    missing = [name for name in ("nginx", "wrk") if not shutil.which(name)]
    if missing:
        sys.exit(f"bench_taxii: {' and '.join(missing)} not found; apt-get install nginx-light wrk")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-taxii-"))
    kept = pathlib.Path(options.keep) if options.keep else folder
    kept.mkdir(exist_ok=True)
    try:
        out = {} if options.only_sizes else compare(folder, options)
        if options.sizes is not None or options.only_sizes:
            out["sizes"] = [of_size(kept / str(count), count, options) for count in options.sizes or (10_000, 100_000, 1_000_000)]
        print(json.dumps(out | {"load_average": os.getloadavg()[0]}))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


main()
