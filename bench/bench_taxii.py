#!/usr/bin/env python3
"""TAXII over TLS: requests a second of a node with its gate on, beside nginx sending the same bytes as static files in the
same run (the ceiling), and what a POST takes. Prints one JSON object.

Needs nginx and wrk of Debian (apt-get install nginx-light wrk). Without --data the objects are made up: indicators,
malware and relationships of about 1.4 kB. ROUNDS turns of SECONDS are taken in turn, and the best of each counts.
"""
import argparse
import base64
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
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = pathlib.Path(os.environ.get("PARLEY_BIN", ROOT / "build" / "release" / "bin"))
MEDIA = "application/taxii+json;version=2.1"
POLICY = 'version = 1\npurposes = ["incident-response"]\nfree_text = "strip"\n\n[[taxii]]\ncaller = "soc"\ntlp = "green"\n'
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
    ssl_protocols TLSv1.2 TLSv1.3;
    root {folder}/pages;
  }}
}}
"""
VARYING = """local n = 0
request = function()
  n = n + 1
  return wrk.format("GET", wrk.path .. string.format("2001-01-01T00:00:%02d.%06dZ", n / 1000000 % 60, n % 1000000))
end
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
        one = {"type": kind, "spec_version": "2.1", "id": ident(kind), "created": "2026-01-01T00:00:00.000Z",
               "modified": "2026-01-02T00:00:00.000Z", "name": f"Item {number}",
               "description": "Seen in sandbox runs and in sinkhole traffic of the last weeks; persistence by a task. " * 12,
               "external_references": [{"source_name": "report", "url": f"https://example.org/reports/{number}"}]}
        if kind == "indicator":
            one |= {"pattern": f"[domain-name:value = 'c{rng.getrandbits(60):x}.example.org']", "pattern_type": "stix",
                    "indicator_types": ["malicious-activity"], "valid_from": "2026-01-01T00:00:00Z"}
        if kind == "malware":
            one |= {"is_family": False}
        out.append(one)
    return out


class Node:
    def __init__(self, folder, data, count):
        self.folder, self.home, self.port = folder, folder / "home", free_port()
        self.parley("init", "--name", "CERT Alpha", "--kind", "national_cert", "--jurisdiction", "XA", "--listen", f"127.0.0.1:{self.port}")
        (folder / "policy.toml").write_text(POLICY)
        self.parley("policy", "set", folder / "policy.toml")
        if not data:
            data = [folder / "data.json"]
            data[0].write_text(json.dumps({"type": "bundle", "id": f"bundle--{uuid.uuid4()}", "objects": made_up(count)}))
        self.imported = sum(self.parley("import", "--format", "stix", "--tlp", "green", path)["imported"] for path in data)
        self.collection = self.parley("taxii", "collection", "add", "All", "--alias", "all")["collection"]["id"]
        self.inbox = self.parley("taxii", "collection", "add", "Inbox", "--alias", "inbox", "--writable", "--tlp", "green")["collection"]["id"]
        self.parley("taxii", "collection", "fill", "all", "--all")
        self.password = self.parley("taxii", "user", "add", "soc", "--password", "--collection", "all", "--collection", "inbox:rw")["password"]
        self.process = subprocess.Popen([BIN / "parley", "--home", self.home, "--json", "serve"], stdout=subprocess.PIPE, text=True)
        json.loads(self.process.stdout.readline())
        self.authorization = "Basic " + base64.b64encode(f"soc:{self.password}".encode()).decode()
        self.context = ssl.create_default_context(cafile=self.home / "keys" / "https.crt")

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
        self.process.wait(30)


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


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true", help="the default and only form")
    parser.add_argument("--data", nargs="*", help="STIX bundles instead of made-up objects")
    parser.add_argument("--objects", type=int, default=16_208)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    missing = [name for name in ("nginx", "wrk") if not shutil.which(name)]
    if missing:
        sys.exit(f"bench_taxii: {' and '.join(missing)} not found; apt-get install nginx-light wrk")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-taxii-"))
    node, nginx = None, None
    try:
        node = Node(folder, options.data, options.objects)
        objects = f"/taxii2/intel/collections/{node.collection}/objects/"
        _, headers = node.get(objects + "?limit=1000")
        middle = headers["X-TAXII-Date-Added-Last"]
        cases = [("limit=100", f"{objects}?limit=100", 4, None), ("limit=1000", f"{objects}?limit=1000", 4, None),
                 ("limit=100 match[type]=malware", f"{objects}?limit=100&match[type]=malware", 4, None),
                 ("limit=100 added_after", f"{objects}?limit=100&added_after={middle}", 4, None),
                 ("limit=100, another added_after each time", f"{objects}?limit=100&added_after=", 4, folder / "varying.lua"),
                 ("limit=100, 64 connections", f"{objects}?limit=100", 64, None),
                 ("limit=10, 64 connections", f"{objects}?limit=10", 64, None)]
        (folder / "varying.lua").write_text(VARYING)
        (folder / "pages").mkdir()
        port = free_port()
        for name in ("https.crt", "https.key"):
            shutil.copy(node.home / "keys" / name, folder / name)
        for number, (_, path, _, script) in enumerate(cases):
            body, _ = node.get(path + ("2001-01-01T00:00:00.000000Z" if script else ""))
            (folder / "pages" / str(number)).write_bytes(body)
        for path in [folder, folder / "pages", *(folder / "pages").iterdir(), folder / "https.key"]:
            path.chmod(0o755 if path.is_dir() else 0o644)
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, media=MEDIA))
        nginx = subprocess.Popen(["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")], stderr=subprocess.DEVNULL)
        time.sleep(1)
        children = pathlib.Path(f"/proc/{nginx.pid}/task/{nginx.pid}/children").read_text().split()
        worker = int(children[0]) if children else nginx.pid
        runs = []
        for number, (name, path, connections, script) in enumerate(cases):
            ours, ceiling = (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)
            for _ in range(options.rounds):
                ours = max(ours, measure(node.process.pid, options.seconds, f"https://127.0.0.1:{node.port}{path}", connections, f"Authorization: {node.authorization}", script))
                ceiling = max(ceiling, measure(worker, options.seconds, f"https://127.0.0.1:{port}/{number}", connections))
            runs.append({"case": name, "requests_per_s": round(ours[0], 1), "nginx_requests_per_s": round(ceiling[0], 1),
                         "ratio_to_nginx": round(ours[0] / ceiling[0], 3), "p99_ms": round(ours[1], 2), "nginx_p99_ms": round(ceiling[1], 2),
                         "cpu_us": round(ours[2], 1), "nginx_cpu_us": round(ceiling[2], 1),
                         "page_bytes": (folder / "pages" / str(number)).stat().st_size})
            print(json.dumps(runs[-1]), file=sys.stderr)
        posted = {"case": "POST, 1,000 objects each", "objects_per_s": round(post(node, 1000, 5), 1)}
        print(json.dumps({"objects": node.imported, "runs": runs, "posting": [posted], "resident_mb": round(node.resident(), 1),
                          "load_average": os.getloadavg()[0]}))
    finally:
        if nginx:
            nginx.terminate()
            nginx.wait()
        if node:
            node.stop()
        shutil.rmtree(folder, ignore_errors=True)


main()
