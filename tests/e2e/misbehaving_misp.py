"""A MISP instance and feed on loopback, each of whose folders breaks something in one way, named by its path:
/MODE/servers/getVersion …, and the feed at /MODE/feed/manifest.json."""
import hashlib
import http.server
import json
import re
import ssl
import threading
import uuid

from misbehaving_taxii import certificate

KEY = "k" * 40
COUNT = 30
START = 1_700_000_000
SPACE = uuid.UUID("0b6a7b7e-3f0b-4c3e-9d0e-1a2b3c4d5e6f")


def name(what):
    return str(uuid.UUID(bytes=uuid.uuid5(SPACE, str(what)).bytes, version=4))


def event(number, attributes=3, **more):
    one = {"uuid": name(number), "info": f"Event {number}", "date": "2025-11-14", "timestamp": str(START + number), "published": True,
           "distribution": "2", "analysis": "2", "threat_level_id": "2", "Orgc": {"uuid": name("org"), "name": "CERT Far"},
           "Tag": [{"name": "tlp:green", "local": False}], "attribute_count": str(attributes), "Object": []}
    one["Attribute"] = [{"uuid": name(f"{number} {n}"), "type": "domain", "category": "Network activity", "to_ids": True, "deleted": False,
                         "value": f"host{n}.event{number}.example.org", "timestamp": str(START + number), "distribution": "5"}
                        for n in range(attributes)]
    return one | more


class Server:
    """What it has is made anew for each request; `changes` lets a test change it between two pulls."""

    def __init__(self, folder):
        key, self.cert = certificate(folder, "misp")
        self.requests = []
        self.changes = {}
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                outer.handle(self, None)

            def do_POST(self):
                outer.handle(self, json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}"))

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def events(self, mode):
        out = {}
        for number in range(1, COUNT + 1):
            one = event(number)
            if number == 7:
                one = self.spoilt(mode, one)
            out[name(number)] = one
        for change in self.changes.get(mode, []):
            change(out)
        return out

    @staticmethod
    def spoilt(mode, one):
        if mode == "fewer":  # MISP/MISP#3381: more than 10,000 attributes, and then nothing
            return event(7, 10_001, attribute_count="12000")
        if mode == "more":
            one["attribute_count"] = "2"
        if mode == "twice":
            one["Attribute"].append(dict(one["Attribute"][0]))
        if mode == "older":
            one["timestamp"] = str(START - 1)
        if mode == "no_list":
            one["Attribute"] = "none"
        return one

    def handle(self, request, body):
        path = request.path.split("?")[0]
        self.requests.append((request.command, path, body))
        mode, rest = re.match(r"/([a-z_]+)/(.*)", path).groups()
        if rest.startswith("feed/"):
            return self.feed(request, mode, rest[5:])
        if request.headers.get("Authorization") != KEY:
            return self.send(request, {"message": "Authentication failed."}, 403)
        if rest == "servers/getVersion":
            return self.send(request, {"version": "2.3.1" if mode == "ancient" else "2.4.199", "perm_sync": False})
        events = self.events(mode)
        if rest == "events/index":
            return self.index(request, mode, events, body)
        if rest == "events/restSearch":
            wanted = [events[one] for one in body["eventid"] if one in events]
            if mode == "missing":
                wanted = [one for one in wanted if one["uuid"] != name(7)]
            if mode == "swapped":
                wanted = [event(999) if one["uuid"] == name(7) else one for one in wanted]
            if mode == "unasked":
                wanted.append(event(998))
            if mode == "too_many" and len(body["eventid"]) > 4:
                return self.send(request, {"message": "try less"}, 413)
            if mode == "cut":
                return self.send(request, {"response": [{"Event": one} for one in wanted]}, cut=name(7) in body["eventid"])
            return self.send(request, {"response": [{"Event": one} for one in wanted]})
        found = re.match(r"events/view/([0-9a-f-]{36})", rest)
        if found and found.group(1) in events and not (mode == "missing" and found.group(1) == name(7)):
            one = event(999) if mode == "swapped" and found.group(1) == name(7) else events[found.group(1)]
            return self.send(request, {"Event": one}, cut=mode == "cut" and found.group(1) == name(7))
        return self.send(request, {"message": "Invalid event"}, 404)

    def index(self, request, mode, events, body):
        listed = [{"id": "1", "uuid": key, "timestamp": str(START + 7) if key == name(7) else one["timestamp"], "published": True,
                   "orgc_uuid": name("org")} for key, one in sorted(events.items())]
        limit, page = body["limit"], body["page"]
        if mode == "no_pages":
            return self.send(request, listed)
        if mode == "loop":
            return self.send(request, listed[:limit])
        if mode == "html":
            return self.send(request, b"<html>busy</html>")
        if mode == "wrapped":
            return self.send(request, {"response": listed[(page - 1) * limit:page * limit]})
        if mode == "rubbish":
            listed += [{"uuid": "x"}, {"uuid": name(3)}, listed[0]]
        return self.send(request, listed[(page - 1) * limit:page * limit])

    def feed(self, request, mode, rest):
        events = self.events(mode)
        files = {key: json.dumps({"Event": one}).encode() for key, one in events.items()}
        if rest == "manifest.json":
            manifest = {key: {"info": one["info"], "Orgc": one["Orgc"], "date": one["date"], "timestamp": one["timestamp"] if mode != "older" else str(
                START + 7), "integrity:sha256": hashlib.sha256(files[key]).hexdigest()} for key, one in events.items()}
            if mode == "other_hash":
                manifest[name(7)]["integrity:sha256"] = "0" * 64
            text = json.dumps(manifest).encode()
            etag = '"' + hashlib.sha256(text).hexdigest() + '"'
            if request.headers.get("If-None-Match") == etag:
                return self.send(request, b"", 304)
            return self.send(request, text, etag=etag)
        if rest == "hashes.csv":
            if mode == "no_hashes":
                return self.send(request, b"", 404)
            lines = [f"{hashlib.md5(a['value'].encode()).hexdigest()},{key}" for key, one in events.items() for a in one["Attribute"]
                     if isinstance(a, dict)]
            if mode == "hashes_of_more":
                lines += [f"{'0' * 32},{name(7)}"] * 5
            return self.send(request, "\n".join(lines).encode())
        key = rest.removesuffix(".json")
        if key not in files or (mode == "missing" and key == name(7)):
            return self.send(request, b"no", 404)
        return self.send(request, files[key], cut=mode == "cut" and key == name(7))

    @staticmethod
    def send(request, body, status=200, etag=None, cut=False):
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(text)))
        if etag:
            request.send_header("ETag", etag)
        request.end_headers()
        if cut:
            request.wfile.write(text[:len(text) // 2])
            request.wfile.flush()
            request.connection.close()
            request.close_connection = True
        elif status != 304:
            request.wfile.write(text)
