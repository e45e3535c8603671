#!/usr/bin/env python3
"""Other people's TAXII clients against a real node, over TLS."""
import json
import subprocess
import warnings

from taxii_site import bundle, site, stix_object
from harness import case, equal, finish, true

import requests
import stix2
from cytaxii2.cytaxii2 import cytaxii2
from taxii2client.v21 import Collection, Server, as_pages

warnings.filterwarnings("ignore")
COUNT = 2345
MEDIA = "application/taxii+json;version=2.1"


def ids(objects):
    return [one["id"] for one in objects]


def taxii2_client(node):
    server = Server(f"{node.url}/taxii2/", user="soc", password=node.secrets["soc"], verify=str(node.certificate))
    with case("taxii2-client: discovery, API root, collections"):
        equal(server.default.url, f"{node.url}/taxii2/intel/")
        true(MEDIA in server.default.versions, "the version")
        true(server.default.max_content_length > 0, "max_content_length")
        equal({one.title for one in server.default.collections}, {"Indicators", "Nothing yet"}, "titles")
    found = {one.title: one for one in server.default.collections}
    collection, empty = found["Indicators"], found["Nothing yet"]
    with case("taxii2-client: every object exactly once, in pages of any size"):
        for size in (100, 1000, 7000):
            got = [one["id"] for page in as_pages(collection.get_objects, per_request=size) for one in page.get("objects", [])]
            equal(len(got), COUNT, f"objects in pages of {size}")
            equal(sorted(got), sorted(ids(node.objects)), "ids")
    with case("taxii2-client: pages with its default of no limit"):
        got = [one["id"] for page in as_pages(collection.get_objects) for one in page.get("objects", [])]
        equal(sorted(got), sorted(ids(node.objects)), "ids")
    with case("taxii2-client: filters"):
        malware = [one["id"] for page in as_pages(collection.get_objects, per_request=200, type="malware") for one in page.get("objects", [])]
        equal(sorted(malware), sorted(i for i in ids(node.objects) if i.startswith("malware--")), "malware")
        wanted = node.objects[17]["id"]
        equal(ids(collection.get_objects(id=wanted)["objects"]), [wanted], "by id")
        equal(ids(collection.get_object(wanted)["objects"]), [wanted], "one object")
        equal(collection.object_versions(wanted)["versions"], ["2026-01-02T00:00:00.000000Z"], "versions")
        equal(collection.get_objects(type="x-unheard-of"), {}, "nothing")
    with case("taxii2-client: the manifest tells every object"):
        got = [one for page in as_pages(collection.get_manifest, per_request=1000) for one in page.get("objects", [])]
        equal(sorted(ids(got)), sorted(ids(node.objects)), "ids")
        dates = [one["date_added"] for one in got]
        equal(dates, sorted(set(dates)), "dates added rise and are unique")
    with case("taxii2-client: post, status, read back, post again, delete"):
        fresh = [stix_object(number, "malware") for number in (900_001, 900_002)]
        status = empty.add_objects({"objects": fresh})
        equal((status.status, status.total_count, status.success_count, status.failure_count), ("complete", 2, 2, 0), "status")
        again = node_status(node, status.id)
        equal((again["id"], again["success_count"]), (status.id, 2), "the same status")
        equal(sorted(ids(empty.get_objects()["objects"])), sorted(ids(fresh)), "read back")
        equal(empty.add_objects({"objects": fresh}).failure_count, 0, "a duplicate is no failure")
        equal(len(empty.get_objects()["objects"]), 2, "and comes once")
        empty.delete_object(fresh[0]["id"])
        equal(ids(empty.get_objects()["objects"]), [fresh[1]["id"]], "one is left")
        equal(ids(empty.get_manifest()["objects"]), [fresh[1]["id"]], "in the manifest too")
        with raises(requests.HTTPError, 404):
            empty.get_object(fresh[0]["id"])
    with case("taxii2-client: a wrong password is refused"):
        with raises(requests.HTTPError, 401):
            Server(f"{node.url}/taxii2/", user="soc", password="no", verify=str(node.certificate)).title


class raises:
    def __init__(self, kind, status):
        self.kind, self.status = kind, status

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        true(kind is not None and issubclass(kind, self.kind), f"expected {self.kind.__name__}, got {error!r}")
        equal(error.response.status_code, self.status, "status")
        return True


def node_status(node, status):
    return session(node).get(f"{node.url}/taxii2/intel/status/{status}/").json()


def session(node, accept=MEDIA):
    one = requests.Session()
    one.verify = str(node.certificate)
    one.auth = ("soc", node.secrets["soc"])
    one.headers["Accept"] = accept
    return one


def cytaxii(node):
    client = cytaxii2(discovery_url=f"{node.url}/taxii2/", username="soc", password=node.secrets["soc"])
    with case("cytaxii2: discovery, root, collections, poll, inbox"):
        equal(client.discovery_request()["status_code"], 200, "discovery")
        equal(client.root_discovery()["status_code"], 200, "root")
        found = client.collection_request()["response"]["collections"]
        equal({one["title"] for one in found}, {"Indicators", "Nothing yet"}, "titles")
        equal(client.collection_data_request(node.collection)["response"]["id"], node.collection, "collection")
        first = client.poll_request(node.collection, limit=100)["response"]
        second = client.poll_request(node.collection, limit=100, next=first["next"])["response"]
        equal(len(set(ids(first["objects"]) + ids(second["objects"]))), 200, "two pages")
        only = client.poll_request(node.collection, object_type="malware", limit=5)["response"]
        true(all(one["type"] == "malware" for one in only["objects"]), "type")
        answer = client.inbox_request(node.empty, json.dumps({"objects": [stix_object(900_003, "malware")]}))
        equal((answer["status_code"], answer["response"]["success_count"]), (202, 1), "inbox")


def stix2_source(node):
    collection = Collection(node.path(node.collection), user="soc", password=node.secrets["soc"], verify=str(node.certificate))
    source = stix2.TAXIICollectionSource(collection)
    with case("stix2: TAXIICollectionSource gets, filters and lists versions"):
        wanted = node.objects[4]["id"]
        equal(source.get(wanted)["id"], wanted, "get")
        equal(len(source.all_versions(wanted)), 1, "versions")
        found = source.query([stix2.Filter("type", "=", "attack-pattern")])
        equal(len(found), sum(one["type"] == "attack-pattern" for one in node.objects), "query")
    with case("stix2: TAXIICollectionSink adds what it is given"):
        sink = stix2.TAXIICollectionSink(Collection(node.path(node.empty), user="soc", password=node.secrets["soc"], verify=str(node.certificate)))
        sink.add(stix2.parse(stix_object(900_004, "malware")))
        true(stix_object(900_004, "malware")["id"] in ids(session(node).get(node.path(node.empty, "objects/")).json()["objects"]), "it is there")


def quirks(node):
    objects = node.path(node.collection, "objects/")
    with case("OpenCTI's connector: page two with next and limit alone, until more is false"):
        client, got = session(node), []
        answer = client.get(objects, params={"added_after": "1970-01-01T00:00:00.000Z", "limit": 500, "match[type]": "indicator"}).json()
        while True:
            got += ids(answer["objects"])
            if not answer["more"]:
                break
            true(answer.get("next"), "more never comes without next")
            answer = client.get(objects, params={"next": answer["next"], "limit": 500}).json()
        equal(sorted(got), sorted(i for i in ids(node.objects) if i.startswith("indicator--")), "the filter stays")
    with case("OpenCTI's ingester: Accept of axios, added_after and next together, milliseconds"):
        client = session(node, "application/json, text/plain, */*")
        first = client.get(objects, params={"added_after": "2020-01-01T00:00:00.000Z", "limit": 1000})
        equal(first.headers["Content-Type"], MEDIA, "type")
        second = client.get(objects, params={"added_after": "2020-01-01T00:00:00.000Z", "limit": 1000, "next": first.json()["next"]})
        equal(len(set(ids(first.json()["objects"]) + ids(second.json()["objects"]))), 2000, "two pages")
        true("more" in first.json(), "more is told")
    with case("OpenCTI's taxii-post and Splunk: a bundle as application/stix+json"):
        client = session(node)
        one = stix_object(900_005, "malware")
        answer = client.post(node.path(node.empty, "objects/"), data=json.dumps(bundle([one])), headers={"Content-Type": "application/stix+json; version=2.1"})
        equal((answer.status_code, answer.json()["success_count"]), (202, 1), "taken")
    with case("Elastic and EclecticIQ: X-TAXII-Date-Added-Last as the next added_after meets every object once"):
        client, got, after = session(node), [], "1970-01-01T00:00:00Z"
        while True:
            answer = client.get(objects, params={"added_after": after, "limit": 333})
            page = answer.json().get("objects", [])
            if not page:
                true("X-TAXII-Date-Added-Last" not in answer.headers, "no date of nothing")
                break
            got += ids(page)
            after = answer.headers["X-TAXII-Date-Added-Last"]
        # What was posted meanwhile has joined the collection too: it holds everything.
        equal(len(got), len(set(got)), "each once")
        true(set(ids(node.objects)) <= set(got), "all of them")
    with case("XSOAR and MineMeld: added_after with 0 to 9 fraction digits, a day in the future gives {}"):
        for text in ("2020-01-01T00:00:00Z", "2020-01-01T00:00:00.1Z", "2020-01-01T00:00:00.123456789Z"):
            equal(session(node).get(objects, params={"added_after": text, "limit": 1}).status_code, 200, text)
        equal(session(node).get(objects, params={"added_after": "2999-01-01T00:00:00Z"}).json(), {}, "nothing")
    with case("MineMeld: the latest modified as the next added_after gives what is there once more, and ends"):
        client, polls = session(node), []
        for _ in range(2):
            got, query = [], {"added_after": "2026-01-02T00:00:00.000000Z", "match[type]": "indicator", "limit": 1000}
            while query:
                page = client.get(objects, params=query).json()
                got += ids(page["objects"])
                query = {"next": page["next"]} if page.get("more") else None
            polls.append(got)
        equal(polls[0], polls[1], "the same again")
        equal(sorted(polls[0]), sorted(i for i in ids(node.objects) if i.startswith("indicator--")), "each once")
    with case("Sentinel: collection by its UUIDv4, Basic, 100 a page, no trailing slash"):
        answer = session(node).get(f"{node.url}/taxii2/intel/collections/{node.collection}/objects", params={"limit": 100}, allow_redirects=False)
        equal((answer.status_code, len(answer.json()["objects"])), (200, 100), "page")
    with case("MISP's push: envelopes no larger than max_content_length"):
        client = session(node)
        most = client.get(f"{node.url}/taxii2/intel/").json()["max_content_length"]
        sent = [stix_object(910_000 + number, "malware") for number in range(300)]
        for start in range(0, len(sent), 100):
            body = json.dumps({"objects": sent[start:start + 100]})
            true(len(body) <= most, "it fits")
            equal(client.post(node.path(node.empty, "objects/"), data=body, headers={"Content-Type": MEDIA}).json()["success_count"], 100, "taken")
        body = b'{"objects":[' + b" " * (most - 14) + b"]}"
        equal(len(body), most, "as long as may be")
        true(client.post(node.path(node.empty, "objects/"), data=body, headers={"Content-Type": MEDIA}).status_code != 413, "not 413 at the bound")
        refused = client.post(node.path(node.empty, "objects/"), data=body + b" ", headers={"Content-Type": MEDIA})
        equal((refused.status_code, refused.headers["Content-Type"]), (413, MEDIA), "one byte more")
    with case("aliases, HEAD, compressed answers"):
        client = session(node)
        plain = client.get(node.path("indicators", "objects/"), params={"limit": 1000}, headers={"Accept-Encoding": "identity"})
        packed = client.get(objects, params={"limit": 1000})
        equal(packed.headers.get("Content-Encoding"), "gzip", "coding")
        equal(packed.json()["objects"], plain.json()["objects"], "the same")
        head = client.head(objects, params={"limit": 1000}, headers={"Accept-Encoding": "identity"})
        equal((head.status_code, int(head.headers["Content-Length"]), head.content), (200, len(plain.content), b""), "head")


def callers(node, folder):
    key, certificate = folder / "client.key", folder / "client.crt"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                    "-out", certificate, "-subj", "/CN=machine", "-days", "2"], check=True, capture_output=True)
    node.add_user("robot", "indicators", secret="--token")
    node.home.run("taxii", "user", "add", "machine", "--certificate", certificate, "--collection", "indicators")
    node.add_user("writer", "empty:w")
    node.add_user("reader", "empty:r")
    page = node.path(node.collection, "objects/")
    with case("bearer token, API key and client certificate are who they are"):
        for headers in ({"Authorization": f"Bearer {node.secrets['robot']}"}, {"Authorization": f"Token {node.secrets['robot']}"}, {"X-API-Key": node.secrets["robot"]}):
            equal(requests.get(page, params={"limit": 1}, headers=headers).status_code, 200, str(list(headers)))
        equal(requests.get(page, params={"limit": 1}, cert=(str(certificate), str(key))).status_code, 200, "certificate")
        nobody = requests.get(page, params={"limit": 1})
        equal((nobody.status_code, nobody.headers["Content-Type"]), (401, MEDIA), "nobody")
        true("Basic" in nobody.headers["WWW-Authenticate"], "challenge")
    with case("rights: r0w1 may post and not read, r1w0 may read and not post or delete"):
        one = stix_object(900_006, "malware")
        objects = node.path(node.empty, "objects/")
        post = {"data": json.dumps({"objects": [one]}), "headers": {"Content-Type": MEDIA}}
        writer, reader = ("writer", node.secrets["writer"]), ("reader", node.secrets["reader"])
        equal(requests.post(objects, auth=writer, **post).status_code, 202, "w posts")
        true(requests.get(objects, auth=writer).status_code in (403, 404), "w reads not")
        true(requests.post(objects, auth=reader, **post).status_code in (403, 404), "r posts not")
        equal(requests.get(objects, auth=reader).status_code, 200, "r reads")
        equal(requests.delete(objects + one["id"] + "/", auth=reader).status_code, 403, "r deletes not")
        equal(requests.delete(objects + one["id"] + "/", auth=writer).status_code, 403, "w deletes not")
        equal(requests.get(node.path(node.collection, "objects/"), auth=reader).status_code, 404, "another's collection")
    with case("a cursor is worth nothing to another caller or in another collection"):
        mine = session(node).get(page, params={"limit": 10}).json()["next"]
        stolen = requests.get(page, params={"limit": 10, "next": mine}, headers={"Authorization": f"Bearer {node.secrets['robot']}"})
        equal(stolen.status_code, 400, "another caller")
        equal(session(node).get(node.path(node.empty, "objects/"), params={"next": mine}).status_code, 400, "elsewhere")
        equal(session(node).get(page, params={"next": mine[:-1] + ("A" if mine[-1] != "A" else "B")}).status_code, 400, "forged")
    with case("what changes is seen at once, though answers are kept"):
        client = session(node)
        for _ in range(3):
            before = client.get(page, params={"limit": 1000}).status_code
        equal(before, 200, "kept")
        node.home.run("taxii", "user", "revoke", "soc")
        equal(client.get(page, params={"limit": 1000}).status_code, 401, "revoked")
        node.add_user("soc", "indicators:rw", "empty:rw")
    with case("reads stand in the ledger, one statement a caller, collection and minute"):
        before = node.home.run("ledger", "status")["size"]
        client = session(node)
        for _ in range(200):
            client.get(page, params={"limit": 10})
        node.home.stop()
        node.home.serve()
        after = node.home.run("ledger", "status")["size"]
        true(1 <= after - before <= 16, f"{after - before} statements of hundreds of reads")


def main():
    with site(COUNT) as node:
        taxii2_client(node)
        cytaxii(node)
        stix2_source(node)
        quirks(node)
        callers(node, node.home.path.parent)
    finish()


main()
