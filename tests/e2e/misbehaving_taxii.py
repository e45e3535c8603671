"""A TAXII 2.1 server on loopback whose API roots each break the standard in one way, named by their path."""
import base64
import email.utils
import gzip
import hashlib
import http.server
import json
import pathlib
import re
import ssl
import subprocess
import threading
import time
import urllib.parse
import zlib

UUID = "00000000-0000-4000-8000-"
COLLECTION = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
TAXII = "application/taxii+json;version=2.1"
START = 1_700_000_000


def indicator(number, **more):
    return {"type": "indicator", "spec_version": "2.1", "id": f"indicator--{UUID}{number:012}", "created": "2026-01-01T00:00:00.000Z",
            "modified": "2026-01-01T00:00:00.000Z", "pattern": f"[domain-name:value = 'host{number}.example.org']", "pattern_type": "stix",
            "valid_from": "2026-01-01T00:00:00Z"} | more


def added(number, digits=6):
    seconds, micro = START + number // 1000, number % 1000
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{stamp}.{micro * 1000:06}"[:len(stamp) + 1 + digits] + "Z"


def certificate(folder, name="server"):
    """A self-signed certificate for 127.0.0.1 and localhost."""
    key, cert = pathlib.Path(folder) / f"{name}.key", pathlib.Path(folder) / f"{name}.crt"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-keyout",
                    key, "-out", cert, "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"],
                   check=True, capture_output=True)
    return key, cert


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def reply(self, status, body, kind=TAXII, headers=()):
        data = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        server = self.server
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        parts = [part for part in url.path.split("/") if part]
        server.requests.append(self.path)
        if url.path == "/taxii2/":
            return self.reply(200, {"title": "Misbehaving", "default": "/good/", "api_roots": ["/good/"]})
        if not parts:
            return self.reply(200, "<html>welcome</html>", "text/html")
        mode = parts[0]
        if mode == "moved":
            return self.reply(308, "", headers=[("Location", self.path.replace("/moved/", "/good/", 1))])
        if mode == "moved_away":
            return self.reply(302, "", headers=[("Location", "https://elsewhere.example.org/")])
        if mode == "circle":
            return self.reply(302, "", headers=[("Location", self.path)])
        wanted = {"basic": "Basic " + base64.b64encode(b"alice:open sesame").decode(), "bearer": "Bearer t0ken"}.get(mode)
        if wanted and self.headers.get("Authorization") != wanted or mode == "api_key" and self.headers.get("X-Feed-Key") != "k3y":
            return self.reply(401, "<html>who are you?</html>", "text/html", [("WWW-Authenticate", 'Basic realm="x"')])
        if len(parts) == 1:
            return self.reply(200, {"title": mode, "versions": [TAXII], "max_content_length": 10_000_000})
        about = {"id": COLLECTION, "title": "Indicators", "alias": "ind", "can_read": mode != "unreadable", "can_write": False, "media_types": ["application/stix+json;version=2.1"]}
        if parts[1:] == ["collections"]:
            return self.reply(200, {"collections": [about]})
        if len(parts) == 3:
            return self.reply(200, about)
        count = server.counts[mode] = server.counts.get(mode, 0) + 1
        return getattr(self, "mode_" + mode, self.page)(query, parts[3] == "manifest", count)

    # The pages as the standard wants them, with what a mode changes.
    def page(self, query, manifest, _count=0, **bend):
        total = bend.get("total", 60)
        cap = min(int(query.get("limit", 25)), bend.get("cap", 25))
        first = 0
        if query.get("match[id]"):
            numbers = sorted({int(i[-12:]) for i in query["match[id]"].split(",")})
        else:
            after = query.get("added_after", "")
            while after and first < total and added(first) <= after and bend.get("heeds_after", True):
                first += 1
            if "next" in query:
                first = int(query["next"])
            numbers = list(range(first, min(total, first + cap)))
        digits = bend.get("digits", 6)
        entries = [{"id": indicator(n)["id"], "date_added": added(n, digits), "version": "2026-01-01T00:00:00.000Z",
                    "media_type": "application/stix+json;version=2.1"} if manifest else indicator(n) for n in numbers]
        if bend.get("repeat") and not manifest:
            entries = entries + [indicator(max(0, n - 20)) for n in numbers] + entries[:3]
        if bend.get("shuffle"):
            entries.reverse()
        body = {}
        if numbers and numbers[-1] + 1 < total and bend.get("more", True) and "match[id]" not in query:
            body["more"] = True
            if bend.get("next", True):
                body["next"] = str(numbers[-1] + 1)
        if entries:
            body["objects"] = entries
        headers = []
        if numbers and bend.get("dates", True):
            show = bend.get("date", lambda n: added(n, digits))
            headers = [("X-TAXII-Date-Added-First", show(numbers[0])), ("X-TAXII-Date-Added-Last", show(numbers[-1]))]
        if "send" in bend:
            return bend["send"](json.dumps(body).encode(), headers)
        return self.reply(200, body, bend.get("kind", TAXII), headers)

    def mode_loop(self, query, manifest, _):
        self.page(query if manifest or "match[id]" in query else {"limit": "10"}, manifest)

    def mode_empty_more(self, query, manifest, count):
        self.reply(200, {"more": True, "next": str(count)}) if not manifest else self.reply(404, {"title": "none"})

    def mode_cut_short(self, query, manifest, _):
        self.page(query, manifest, more=False)

    def mode_no_next(self, query, manifest, _):
        self.page(query, manifest, next=False)

    def mode_no_dates(self, query, manifest, _):
        self.page(query, manifest, dates=False)

    def mode_hidden(self, query, manifest, _):
        """Objects that only the manifest names."""
        self.page(query, manifest, dates=False, total=60 if manifest or "match[id]" in query else 20)

    def mode_javascript(self, query, manifest, _):
        self.page(query, manifest, date=lambda n: time.strftime("%a %b %d %Y %H:%M:%S GMT+0000 (Coordinated Universal Time)", time.gmtime(START)))

    def mode_http_dates(self, query, manifest, _):
        self.page(query, manifest, date=lambda n: email.utils.formatdate(START, usegmt=True))

    def mode_millis(self, query, manifest, _):
        self.page(query, manifest, digits=3)

    def mode_garbage_dates(self, query, manifest, _):
        self.page(query, manifest, date=lambda n: "undefined")

    def mode_future(self, query, manifest, _):
        self.page(query, manifest, date=lambda n: "9999-12-31T23:59:59.999999Z")

    def mode_drops_filters(self, query, manifest, _):
        self.page(query, manifest, heeds_after=False)

    def mode_drops_limit(self, query, manifest, _):
        self.page(query | {"limit": "60"}, manifest, cap=60)

    def mode_plain_json(self, query, manifest, _):
        self.page(query, manifest, kind="application/json; charset=utf-8")

    def mode_no_type(self, query, manifest, _):
        self.page(query, manifest, kind=None)

    def mode_duplicates(self, query, manifest, _):
        self.page(query, manifest, repeat=True)

    def mode_reordered(self, query, manifest, _):
        self.page(query, manifest, shuffle=True)

    def mode_html_once(self, query, manifest, count):
        self.page(query, manifest) if count > 1 else self.reply(200, "<html><title>Maintenance</title></html>", "text/html")

    def mode_html_error(self, query, manifest, _):
        self.reply(403, "<html><title>Forbidden</title></html>", "text/html")

    def mode_busy(self, query, manifest, count):
        if count == 1:
            return self.reply(429, {"title": "slow down"}, headers=[("Retry-After", "1")])
        self.page(query, manifest) if count > 2 else self.reply(503, "<html>busy</html>", "text/html")

    def mode_away(self, query, manifest, _):
        self.reply(503, "", headers=[("Retry-After", "86400")])

    def mode_dies(self, query, manifest, count):
        def half(data, headers):
            self.send_response(200)
            self.send_header("Content-Type", TAXII)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[:len(data) // 2])
            self.wfile.flush()
            self.connection.close()
        self.page(query, manifest, send=half) if count == 2 else self.page(query, manifest)

    def mode_dies_later(self, query, manifest, count):
        if count == 3 and not self.server.healed:
            self.server.crashed = True
        if getattr(self.server, "crashed", False) and not self.server.healed:
            return self.reply(403, {"title": "gone"})
        self.page(query, manifest)

    def mode_truncated(self, query, manifest, count):
        self.page(query, manifest, send=lambda data, headers: self.reply(200, data[:-30] if count == 2 else data, TAXII, headers))

    def mode_gzip(self, query, manifest, _):
        self.page(query, manifest, send=lambda data, headers: self.reply(200, gzip.compress(data), TAXII, headers + [("Content-Encoding", "gzip")]))

    def mode_deflate(self, query, manifest, _):
        self.page(query, manifest, send=lambda data, headers: self.reply(200, zlib.compress(data)[2:-4], TAXII, headers + [("Content-Encoding", "deflate")]))

    def mode_bomb(self, query, manifest, _):
        if int(query.get("limit", 1)) <= 20 or manifest:
            return self.page(query, manifest)
        self.reply(200, self.server.bomb, TAXII, [("Content-Encoding", "gzip")])

    def mode_chunked(self, query, manifest, _):
        def send(data, headers):
            self.send_response(200)
            self.send_header("Content-Type", TAXII)
            self.send_header("Transfer-Encoding", "chunked")
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            for at in range(0, len(data), 1000):
                piece = data[at:at + 1000]
                self.wfile.write(b"%x;note=1\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\nX-Trailer: 1\r\n\r\n")
        self.page(query, manifest, send=send)

    def mode_drip(self, query, manifest, _):
        def send(data, headers):
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Content-Type", TAXII)
            self.end_headers()
            for at in range(0, len(data), 2000):
                self.wfile.write(data[at:at + 2000])
                self.wfile.flush()
                time.sleep(0.01)
        self.page(query, manifest, send=send)

    def mode_http10(self, query, manifest, _):
        def send(data, headers):
            self.wfile.write(b"HTTP/1.0 200\r\nContent-Type: application/taxii+json\r\n\r\n" + data)
            self.close_connection = True
        self.page(query, manifest, send=send)

    def mode_bundle(self, query, manifest, _):
        self.page(query, manifest, send=lambda data, headers: self.reply(
            200, json.dumps({"type": "bundle", "id": "bundle--" + UUID + "000000000000"} | json.loads(data)), TAXII, headers))

    def mode_not_http(self, query, manifest, _):
        self.wfile.write(b"\x00\x01\x02 hello\r\n\r\n")
        self.close_connection = True

    def mode_not_stix(self, query, manifest, _):
        self.reply(200, {"objects": [{"type": "indicator"}, 7, indicator(1)]}) if not manifest else self.reply(404, {"title": "none"})


class QuietServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A client that does not trust this server ends the handshake, as it should."""


class Server:
    def __init__(self, folder, key=None, cert=None, client_ca=None):
        self.key, self.cert = (key, cert) if key else certificate(folder)
        self.http = QuietServer(("127.0.0.1", 0), Handler)
        self.http.requests, self.http.counts, self.http.healed = [], {}, False
        self.http.bomb = gzip.compress(b'{"objects":[' + b" " * (80 << 20) + b"]}", 1)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.key)
        if client_ca:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(client_ca)
        self.http.socket = context.wrap_socket(self.http.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"https://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def pin(self):
        der = ssl.PEM_cert_to_DER_cert(re.search(r"-----BEGIN.*?END CERTIFICATE-----\n?", pathlib.Path(self.cert).read_text(), re.S).group(0))
        return hashlib.sha256(der).hexdigest()

    def stop(self):
        self.http.shutdown()
        self.http.server_close()
