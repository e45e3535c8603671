#!/usr/bin/env python3
"""TAXII 2.1, MUST by MUST, asked of a node over TLS: one test for each requirement on a server, in the order of the standard."""
import contextlib
import json
import re
import socket
import ssl
import subprocess
import uuid
import warnings

from taxii_site import bundle, site, stix_object
from harness import case, equal, finish, true

import requests

warnings.filterwarnings("ignore", category=DeprecationWarning)  # that TLS 1.1 is old is why it is asked for
MEDIA = "application/taxii+json;version=2.1"
STIX = "application/stix+json;version=2.1"
STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
COUNT = 250
MANY = f"malware--{uuid.UUID(int=0x11112222333344445555666677778888, version=4)}"
OBSERVABLE = "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"
VERSIONS = ["2024-01-01T00:00:00.000Z", "2024-02-01T00:00:00.000Z", "2024-03-01T00:00:00.000Z"]


class Caller:
    def __init__(self, node, name="soc"):
        self.node, self.auth, self.session = node, (name, node.secrets[name]), requests.Session()

    def ask(self, method, path, headers=None, auth=None, **more):
        url = path if path.startswith("https") else self.node.url + path
        return self.session.request(method, url, headers={"Accept": MEDIA} | (headers or {}), auth=auth or self.auth, **more)

    def get(self, path, **query):
        headers, auth = query.pop("headers", None), query.pop("auth", None)
        return self.ask("GET", path, headers, auth, params=query)

    def post(self, body, collection=None, kind=MEDIA, **more):
        data = body if isinstance(body, (str, bytes)) else json.dumps(body)
        return self.ask("POST", self.node.path(collection or self.node.empty, "objects/"), {"Content-Type": kind} | more.pop("headers", {}), data=data, **more)


def ids(answer):
    return [one["id"] for one in answer.json().get("objects", [])]


@contextlib.contextmanager
def tls(node, **settings):
    context = ssl.create_default_context(cafile=str(node.certificate))
    context.check_hostname = False
    for name, value in settings.items():
        context.set_ciphers(value) if name == "ciphers" else setattr(context, name, value)
    with socket.create_connection(("127.0.0.1", node.home.https), timeout=20) as plain:
        with context.wrap_socket(plain) as secured:
            yield secured


def transport(node, me):
    with case("transport: plain HTTP is not answered"):
        with socket.create_connection(("127.0.0.1", node.home.https), timeout=20) as plain:
            plain.sendall(b"GET /taxii2/ HTTP/1.1\r\nHost: a\r\n\r\n")
            try:
                answer = plain.recv(100)
            except ConnectionResetError:
                answer = b""
        true(b"HTTP" not in answer, answer)
    with case("transport: TLS 1.2 and 1.3 are spoken, nothing older is"):
        for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
            with tls(node, minimum_version=version, maximum_version=version) as secured:
                equal(secured.version(), name)
        try:
            with tls(node, ciphers="ALL:@SECLEVEL=0", minimum_version=ssl.TLSVersion.TLSv1, maximum_version=ssl.TLSVersion.TLSv1_1):
                raise AssertionError("TLS 1.1 was taken")
        except (ssl.SSLError, ConnectionResetError):
            pass
    with case("transport: no early data: nothing is given that a later connection could send it with"):
        with tls(node, minimum_version=ssl.TLSVersion.TLSv1_3) as secured:
            secured.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            while secured.recv(4096):
                pass
            true(secured.session is None or not secured.session.has_ticket, "a session ticket")
    with case("transport: the cipher suites that RFC 7540 appendix A lists are refused"):
        for suite, is_fine in (("ECDHE-ECDSA-AES128-GCM-SHA256", True), ("ECDHE-ECDSA-AES128-SHA", False), ("ECDHE-ECDSA-AES256-SHA384", False), ("AES128-GCM-SHA256", False)):
            try:
                with tls(node, ciphers=suite + ":@SECLEVEL=0", maximum_version=ssl.TLSVersion.TLSv1_2) as secured:
                    equal((is_fine, secured.cipher()[0]), (True, suite))
            except (ssl.SSLError, ConnectionResetError) as refused:
                true(not is_fine and "HANDSHAKE_FAILURE" in str(refused), (suite, refused))
    with case("transport: HTTP Basic says who somebody is; a request without User-Agent is answered"):
        equal(me.get("/taxii2/", headers={"User-Agent": None}).status_code, 200)
    with case("credentials: what fails to say who it is gets 401 with a challenge, in the TAXII media type"):
        for auth in (("soc", "wrong"), ("nobody", "wrong")):
            answer = me.get("/taxii2/intel/", auth=auth)
            equal((answer.status_code, answer.headers["Content-Type"]), (401, MEDIA))
            true(answer.headers["WWW-Authenticate"].startswith("Basic"), answer.headers)


def endpoints(node, me):
    one = node.objects[0]["id"]
    status = me.post({"objects": [stix_object(500_000, "malware")]}).json()["id"]
    with case("endpoints: the nine endpoints, each below a path that ends in a slash"):
        for path in ("/taxii2/", "/taxii2/intel/", f"/taxii2/intel/status/{status}/", "/taxii2/intel/collections/", node.path(node.collection),
                     node.path(node.collection, "manifest/"), node.path(node.collection, "objects/"), node.path(node.collection, f"objects/{one}/"),
                     node.path(node.collection, f"objects/{one}/versions/")):
            answer = me.get(path)
            equal((answer.status_code, answer.headers["Content-Type"]), (200, MEDIA), path)
    with case("errors: every error comes in the TAXII media type, with a title and its own status as a text"):
        for method, path, status_code in (("GET", "/taxii2/nowhere/", 404), ("GET", node.path(node.collection, "objects/?limit=0"), 400), ("PUT", "/taxii2/", 405)):
            answer = me.ask(method, path)
            equal((answer.status_code, answer.headers["Content-Type"]), (status_code, MEDIA), path)
            equal(answer.json()["http_status"], str(status_code), path)
            true(answer.json()["title"], path)
    with case("media types: 406: never for a type of the standard, with or without its version; for others"):
        for accept in (MEDIA, "application/taxii+json", "application/taxii+json; version=2.1", "application/stix+json;version=2.1, " + MEDIA,
                       "text/html, application/taxii+json;q=0.1", "*/*", "application/json", "application/*"):
            answer = me.get(node.path(node.collection, "manifest/"), headers={"Accept": accept}, limit=1)
            equal((answer.status_code, answer.headers["Content-Type"]), (200, MEDIA), accept)
        for accept in ("text/html", "application/taxii+json;version=2.0", "application/xml", "application/taxii+json;version=2.1;q=0"):
            answer = me.get("/taxii2/", headers={"Accept": accept})
            equal((answer.status_code, answer.headers["Content-Type"]), (406, MEDIA), accept)
    with case("media types: 415: never for a type of the standard, for every other body"):
        body = {"objects": [stix_object(500_001, "malware")]}
        for kind in (MEDIA, "application/taxii+json", "application/taxii+json; version=2.1"):
            equal(me.post(body, kind=kind).status_code, 202, kind)
        for kind in ("text/plain", "application/taxii+json;version=2.0", "application/xml", None):
            answer = me.post(body, kind=kind)
            equal((answer.status_code, answer.headers["Content-Type"]), (415, MEDIA), kind)


def resources(node, me):
    with case("resources: discovery: a title, API roots, a default that is one of them"):
        found = me.get("/taxii2/").json()
        true(found["title"] and found["default"] in found["api_roots"], found)
        true(all(root.startswith("https://") and "?" not in root for root in found["api_roots"]), found)
    with case("resources: an API root: a title, versions with ours, max_content_length above zero"):
        root = me.get("/taxii2/intel/").json()
        true(root["title"] and MEDIA in root["versions"] and root["max_content_length"] > 0, root)
    with case("resources: collections: in a fixed order; a version 4 UUID, title, alias, rights, media types"):
        lists = [me.get("/taxii2/intel/collections/").json()["collections"] for _ in range(3)]
        true(lists[0] == lists[1] == lists[2], lists)
        for one in lists[0]:
            equal(uuid.UUID(one["id"]).version, 4, one)
            true({"title", "alias", "can_read", "can_write", "media_types"} <= set(one) and STIX in one["media_types"], one)
            for name in (one["id"], one["id"].upper(), one["alias"]):
                equal(me.get(f"/taxii2/intel/collections/{name}/").json(), one, name)
        equal(len({one["alias"] for one in lists[0]}), len(lists[0]), "aliases")
    with case("types: empty lists are left out: an empty page, manifest and list of versions is {}"):
        after = "2999-01-01T00:00:00.000000Z"
        for rest in ("objects/", "manifest/", f"objects/{node.objects[0]['id']}/", f"objects/{node.objects[0]['id']}/versions/"):
            answer = me.get(node.path(node.collection, rest), added_after=after)
            equal((answer.status_code, answer.json()), (200, {}), rest)
            true(not any(name.lower().startswith("x-taxii") for name in answer.headers), "dates of nothing")
    with case("headers: X-TAXII-Date-Added-First and -Last on every 200 of objects, manifest, object and versions"):
        one = node.objects[0]["id"]
        for rest in ("objects/", "manifest/", f"objects/{one}/", f"objects/{one}/versions/"):
            answer = me.get(node.path(node.collection, rest), limit=7)
            first, last = answer.headers["X-TAXII-Date-Added-First"], answer.headers["X-TAXII-Date-Added-Last"]
            true(STAMP.match(first) and STAMP.match(last) and first <= last, (rest, first, last))
    with case("resources: a manifest record: id, date_added, version, media_type; no next where the standard has none"):
        answer = me.get(node.path(node.collection, "manifest/"), limit=5)
        for one in answer.json()["objects"]:
            equal(set(one), {"id", "date_added", "version", "media_type"})
            true(STAMP.match(one["date_added"]) and STAMP.match(one["version"]) and one["media_type"] == STIX, one)
        equal((answer.headers["X-TAXII-Date-Added-First"], answer.headers["X-TAXII-Date-Added-Last"]),
              (answer.json()["objects"][0]["date_added"], answer.json()["objects"][-1]["date_added"]))
    with case("order: objects and manifest rise by date added, and every date is another"):
        dates = [one["date_added"] for one in me.get(node.path(node.collection, "manifest/"), limit=1000).json()["objects"]]
        equal(dates, sorted(set(dates)))
        equal(ids(me.get(node.path(node.collection, "objects/"), limit=1000)), ids(me.get(node.path(node.collection, "manifest/"), limit=1000)))


def filters(node, me):
    objects, manifest = node.path(node.collection, "objects/"), node.path(node.collection, "manifest/")
    everything = me.get(manifest, limit=1000).json()["objects"]
    with case("filters: malformed parameters are 400"):
        for query in ("limit=0", "limit=-1", "limit=abc", "limit=1.5", "limit=", "limit=1&limit=2", "next=bogus", "added_after=yesterday", "added_after=2020-01-01",
                      "added_after=2020-01-01T00:00:00%2B00:00", "added_after=2020-13-01T00:00:00Z", "added_after=2020-01-01T00:00:00Z&added_after=2020-01-01T00:00:00Z",
                      "match[version]=all,last", "match[version]=first,all", "match[version]=last,last", "match[version]=sometimes", "match[id]=a&match[id]=b", "match[type]=x&match[type]=y"):
            for path in (objects, manifest):
                answer = me.get(path + "?" + query)
                equal((answer.status_code, answer.headers["Content-Type"]), (400, MEDIA), query)
    with case("filters: added_after leaves out what was added at that very time, at full precision"):
        for at in (0, 100, len(everything) - 2):
            found = me.get(manifest, added_after=everything[at]["date_added"], limit=1).json()["objects"][0]
            equal(found, everything[at + 1])
    with case("filters: added_after is the server's date, not the object's"):
        equal(me.get(objects, added_after="2026-01-03T00:00:00.000000Z", limit=1).status_code, 200)
        equal(ids(me.get(objects, added_after="2026-01-03T00:00:00.000000Z", limit=1000)), [one["id"] for one in everything])
    with case("filters: match[id], match[type], match[version] and match[spec_version]: commas are OR, fields are AND"):
        some = [everything[3]["id"], everything[40]["id"]]
        equal(ids(me.get(objects, **{"match[id]": ",".join(some)})), some)
        both = ids(me.get(objects, limit=1000, **{"match[type]": "malware,attack-pattern"}))
        equal(both, [one["id"] for one in everything if one["id"].split("--")[0] in ("malware", "attack-pattern")])
        indicator = next(one["id"] for one in everything if one["id"].startswith("indicator"))
        equal(ids(me.get(objects, **{"match[id]": f"{indicator},{some[0]}", "match[type]": "indicator"})), [one for one in [indicator, *some[:1]] if one.startswith("indicator")][:2])
        equal(me.get(objects, **{"match[spec_version]": "2.0"}).json(), {})
        equal(len(ids(me.get(objects, limit=1000, **{"match[spec_version]": "2.0,2.1"}))), len(everything))
    with case("filters: unknown fields are passed over, any STIX type is taken"):
        equal(ids(me.get(objects, limit=3, **{"match[colour]": "red"})), ids(me.get(objects, limit=3)))
        equal(me.get(objects, **{"match[type]": "x-unheard-of"}).json(), {})
    with case("filters: limit: never more than asked, and all that match where they are fewer"):
        equal(len(ids(me.get(objects, limit=9))), 9)
        equal(len(ids(me.get(objects, limit=999))), len(everything))
        equal(len(ids(me.get(objects, limit=2**53 - 1))), len(everything), "the largest number that JSON is sure of")


def versions(node, me):
    objects = node.path(node.empty, "objects/")
    for stamp in VERSIONS:
        equal(me.post({"objects": [stix_object(1, "malware", stamp) | {"id": MANY, "created": VERSIONS[0]}]}).json()["success_count"], 1)
    equal(me.post({"objects": [{"type": "ipv4-addr", "spec_version": "2.1", "id": OBSERVABLE, "value": "198.51.100.3"}]}).json()["success_count"], 1)

    def modified(**query):
        return [one["modified"] for one in me.get(objects + MANY + "/", **query).json().get("objects", [])]

    with case("filters: match[version]: last when nothing is said, first, all, exact ones"):
        equal(modified(), VERSIONS[2:])
        equal(modified(**{"match[version]": "last"}), VERSIONS[2:])
        equal(modified(**{"match[version]": "first"}), VERSIONS[:1])
        equal(modified(**{"match[version]": "first,last"}), [VERSIONS[0], VERSIONS[2]])
        equal(modified(**{"match[version]": "all"}), VERSIONS)
        equal(modified(**{"match[version]": VERSIONS[1]}), VERSIONS[1:2])
        equal(modified(**{"match[version]": f"{VERSIONS[1]},first"}), VERSIONS[:2])
    with case("filters: what has no versions has one all the same, and it stays the same"):
        seen = {json.dumps(me.get(objects + OBSERVABLE + "/versions/").json()) for _ in range(3)}
        equal(len(seen), 1)
        for which in ("first", "last", "all"):
            equal(ids(me.get(objects + OBSERVABLE + "/", **{"match[version]": which})), [OBSERVABLE], which)
    with case("resources: versions: all of them, oldest added first; limit and more"):
        found = me.get(objects + MANY + "/versions/")
        equal(found.json()["versions"], [stamp[:-1] + "000Z" for stamp in VERSIONS])
        page = me.get(objects + MANY + "/versions/", limit=2).json()
        equal((page["versions"], page["more"]), ([stamp[:-1] + "000Z" for stamp in VERSIONS[:2]], True))
    with case("filters: without match[spec_version] the latest of the standard's versions that an object is held in"):
        old = {"type": "malware", "id": MANY.replace("1111", "9999", 1), "created": VERSIONS[0], "modified": VERSIONS[0], "name": "Old", "labels": ["trojan"]}
        equal(me.post({"objects": [old]}).json()["success_count"], 1)
        equal(ids(me.get(objects, **{"match[spec_version]": "2.0"})), [old["id"]])
        equal(ids(me.get(objects, **{"match[id]": old["id"]})), [old["id"]], "2.0 is the latest of this one")
        equal(me.get(objects + old["id"] + "/", **{"match[spec_version]": "2.1"}).json(), {})
        record = me.get(node.path(node.empty, "manifest/"), **{"match[id]": old["id"]}).json()["objects"][0]
        equal(record["media_type"], "application/stix+json;version=2.0")
    with case("deleting: one version, the first, then all; afterwards 404 and no word in the manifest"):
        path = objects + MANY + "/"
        equal(me.ask("DELETE", path, params={"match[version]": VERSIONS[1]}).status_code, 200)
        equal(modified(**{"match[version]": "all"}), [VERSIONS[0], VERSIONS[2]])
        equal(me.ask("DELETE", path, params={"match[version]": "first"}).status_code, 200)
        equal(modified(**{"match[version]": "all"}), VERSIONS[2:])
        equal(me.ask("DELETE", path).status_code, 200)
        for gone in (path, path + "versions/"):
            equal(me.get(gone).status_code, 404, gone)
        equal(me.get(node.path(node.empty, "manifest/"), **{"match[id]": MANY, "match[version]": "all"}).json(), {})
        equal(me.ask("DELETE", path).status_code, 404, "once more")


def paging(node, me):
    objects, manifest = node.path(node.collection, "objects/"), node.path(node.collection, "manifest/")
    everything = ids(me.get(manifest, limit=1000))
    with case("pages: more is true while there is more, and next comes with it, the filters repeated or not"):
        for repeat in (True, False):
            query, got = {"match[type]": "indicator", "limit": 17}, []
            page = me.get(objects, **query).json()
            while True:
                got += [one["id"] for one in page["objects"]]
                if not page.get("more"):
                    break
                page = me.get(objects, next=page["next"], **(query if repeat else {})).json()
            equal(got, [one for one in everything if one.startswith("indicator")])
    with case("pages: added_after of the last date goes on as next does"):
        got, after = [], "1970-01-01T00:00:00Z"
        while True:
            answer = me.get(objects, added_after=after, limit=33)
            if not answer.json():
                break
            got += ids(answer)
            after = answer.headers["X-TAXII-Date-Added-Last"]
        equal(got, everything)
    with case("pages: next comes without limit"):
        page = me.get(objects, limit=20).json()
        equal(ids(me.get(objects, next=page["next"]))[:20], everything[20:40])
    with case("pages: next is not trusted: not changed, not under other filters, not elsewhere, not another caller's"):
        cursor = me.get(objects, limit=10).json()["next"]
        changed = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
        for query in ({"next": changed}, {"next": cursor, "match[type]": "malware"}, {"next": cursor + "A"}, {"next": cursor[:8]}):
            equal(me.get(objects, **query).status_code, 400, query)
        equal(me.get(node.path(node.empty, "objects/"), next=cursor).status_code, 400)
        equal(Caller(node, "reader").get(objects, next=cursor).status_code, 400)
    with case("pages: a page has a bound of the server's own"):
        equal(len(ids(me.get(objects))), min(1000, len(everything)))


def adding(node, me):
    with case("adding: 202 with a status that accounts for every object"):
        body = {"objects": [stix_object(600_000, "malware"), stix_object(600_001, "malware"), {"type": "malware", "id": "no"}]}
        answer = me.post(body)
        status = answer.json()
        equal(answer.status_code, 202)
        equal((status["status"], status["total_count"], status["success_count"], status["failure_count"], status["pending_count"]), ("complete", 3, 2, 1, 0))
        equal((len(status["successes"]), len(status["failures"])), (2, 1))
        true(all({"id", "version"} <= set(one) for one in status["successes"]) and status["failures"][0]["message"], status)
        true(STAMP.match(status["request_timestamp"]) and uuid.UUID(status["id"]).version == 4, status)
        equal(me.get(f"/taxii2/intel/status/{status['id']}/").json(), status)
    with case("adding: a status that is none, or another caller's, is 404"):
        for ident in (str(uuid.uuid4()), "nothing"):
            equal(me.get(f"/taxii2/intel/status/{ident}/").status_code, 404)
        equal(Caller(node, "reader").get(f"/taxii2/intel/status/{status['id']}/").status_code, 404)
    with case("adding: the same object again is no error"):
        for _ in range(2):
            status = me.post({"objects": [stix_object(600_000, "malware")]}).json()
            equal((status["success_count"], status["failure_count"]), (1, 0))
    with case("adding: a bundle is taken for an envelope"):
        equal(me.post(bundle([stix_object(600_002, "malware")]), kind="application/stix+json;version=2.1").json()["success_count"], 1)
    with case("adding: 400 for what is no JSON, 422 for what holds no objects"):
        for body, codes in (("{", (400,)), ("no", (400,)), ("[]", (400, 422)), ("{}", (400, 422)), ('{"objects":[]}', (400, 422)), ('{"objects":7}', (400, 422))):
            answer = me.post(body)
            true(answer.status_code in codes and answer.headers["Content-Type"] == MEDIA, (body, answer.status_code))
    with case("adding: 413 above max_content_length, and never below"):
        most = me.get("/taxii2/intel/").json()["max_content_length"]
        exact = b'{"objects":[' + b" " * (most - 14) + b"]}"
        true(me.post(exact).status_code != 413, "at the bound")
        answer = me.post(exact + b" ")
        equal((answer.status_code, answer.headers["Content-Type"]), (413, MEDIA))
    with case("adding: custom properties of the envelope are passed over, or 422"):
        true(me.post({"objects": [stix_object(600_003, "malware")], "x_note": 1}).status_code in (202, 422), "x_note")
    with case("errors: an unknown API root, collection or object is 404"):
        for path in ("/taxii2/nowhere/", "/taxii2/nowhere/collections/", f"/taxii2/intel/collections/{uuid.uuid4()}/", f"/taxii2/intel/collections/{uuid.uuid4()}/objects/",
                     node.path(node.collection, f"objects/malware--{uuid.uuid4()}/"), node.path(node.collection, f"objects/malware--{uuid.uuid4()}/versions/")):
            equal(me.get(path).status_code, 404, path)
        equal(me.post({"objects": []}, collection=str(uuid.uuid4())).status_code, 404)


def rights(node, me):
    one = stix_object(700_000, "malware")
    me.post({"objects": [one]})
    path = node.path(node.empty, f"objects/{one['id']}/")
    reading = [node.path(node.empty, "objects/"), node.path(node.empty, "manifest/"), path, path + "versions/"]
    with case("rights: can_read false: 403 or 404 to objects, manifest, object and versions"):
        for url in reading:
            true(Caller(node, "writer").get(url).status_code in (403, 404), url)
    with case("rights: can_write false: 403 or 404 to a POST"):
        true(Caller(node, "reader").post({"objects": [one]}).status_code in (403, 404), "post")
    with case("rights: deleting is 404 with neither right, 403 with one of them, done with both"):
        for name, status in (("robot", 404), ("reader", 403), ("writer", 403), ("soc", 200)):
            equal(Caller(node, name).ask("DELETE", path).status_code, status, name)
        equal(me.get(path).status_code, 404)
    with case("rights: what one may not use is not told: no collection, and no API root without one"):
        equal(Caller(node, "robot").get("/taxii2/").json().get("api_roots"), None)
        equal(Caller(node, "robot").get("/taxii2/intel/collections/").status_code, 404)
    with case("credentials: a client certificate says who somebody is"):
        key, certificate = node.home.path.parent / "client.key", node.home.path.parent / "client.crt"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", certificate,
                        "-subj", "/CN=machine", "-days", "2"], check=True, capture_output=True)
        node.home.run("taxii", "user", "add", "machine", "--certificate", certificate, "--collection", "indicators")
        answer = requests.get(node.path(node.collection, "objects/"), params={"limit": 1}, cert=(str(certificate), str(key)))
        equal((answer.status_code, len(answer.json()["objects"])), (200, 1))


def main():
    with site(COUNT) as node:
        node.add_user("reader", "indicators:r", "empty:r")
        node.add_user("writer", "empty:w")
        node.add_user("robot")
        me = Caller(node)
        for part in (transport, endpoints, resources, filters, versions, paging, adding, rights):
            part(node, me)
    finish()


main()
