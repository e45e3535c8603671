#!/usr/bin/env python3
"""PyMISP against a real node, and the requests that MISP itself makes when it pulls from one and pushes to one."""
import gzip
import hashlib
import json
import logging
import pathlib
import time
import uuid

from taxii_site import SPACE
import harness
from harness import case, equal, finish, true

import requests
from pymisp import MISPEvent, MISPSighting, PyMISP
from pymisp.exceptions import PyMISPError

logging.getLogger("pymisp").setLevel(logging.CRITICAL)
POLICY = """version = 1
purposes = ["incident-response"]
free_text = "strip"
""" + "".join(f'[[taxii]]\ncaller = "{name}"\ntlp = "green"\n' for name in ("sync", "reader"))
NOW = int(time.time())


def name(what):
    return str(uuid.UUID(bytes=uuid.uuid5(SPACE, what).bytes, version=4))


def event(what, attributes, tags=("tlp:green",), distribution=3, published=True, timestamp=NOW - 5_000, org="CERT Alpha"):
    one = {"uuid": name(what), "info": f"Event {what}", "date": "2026-01-02", "timestamp": str(timestamp), "published": published,
           "publish_timestamp": str(timestamp), "analysis": "2", "threat_level_id": "2", "distribution": str(distribution),
           "Orgc": {"uuid": name(org), "name": org}, "Tag": [{"name": tag, "colour": "#33ff00"} for tag in tags], "Attribute": [], "Object": []}
    for number, (kind, value) in enumerate(attributes):
        one["Attribute"].append({"uuid": name(f"{what} {number}"), "type": kind, "category": "Network activity", "value": value, "to_ids": True,
                                 "timestamp": str(timestamp), "distribution": "5", "comment": "", "deleted": False})
    return {"Event": one}


def with_object(one, what):
    one["Event"]["Object"].append({
        "uuid": name(f"{what} object"), "name": "file", "meta-category": "file", "template_uuid": "688c46fb-5edb-40a3-8273-1af7923e2215",
        "template_version": "24", "timestamp": one["Event"]["timestamp"], "distribution": "5", "description": "File",
        "Attribute": [{"uuid": name(f"{what} object 1"), "type": "sha256", "category": "Payload delivery", "object_relation": "sha256",
                       "value": hashlib.sha256(what.encode()).hexdigest(), "to_ids": True, "timestamp": one["Event"]["timestamp"],
                       "distribution": "5"}],
        "ObjectReference": [{"uuid": name(f"{what} ref"), "referenced_uuid": name(f"{what} 0"), "relationship_type": "related-to",
                             "timestamp": one["Event"]["timestamp"]}]})
    return one


class Node:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.home = harness.Home(folder, "CERT Alpha", "XA")
        self.home.init()
        path = self.folder / "policy.toml"
        path.write_text(POLICY)
        self.home.run("policy", "set", path)
        self.seen = [event(f"seen {n}", [("domain", f"host{n}.example.org"), ("ip-dst", f"192.0.2.{n}")], timestamp=NOW - 9_000 + n)
                     for n in range(1, 26)]
        with_object(self.seen[0], "seen 1")
        self.hidden = [event("red", [("domain", "red.example.org")], tags=("tlp:red",)),
                       event("none", [("domain", "none.example.org")], tags=()),
                       event("own organisation", [("domain", "own.example.org")], distribution=0),
                       event("unpublished", [("domain", "unpublished.example.org")], published=False)]
        self.mixed = event("mixed", [("domain", "open.example.org"), ("domain", "closed.example.org")], timestamp=NOW - 8_000)
        self.mixed["Event"]["Attribute"][1]["Tag"] = [{"name": "tlp:amber"}]
        self.import_events("first.json", [*self.seen, *self.hidden, self.mixed])
        self.keys = {}
        for user, right in (("sync", "rw"), ("reader", "r")):
            self.keys[user] = self.home.run("taxii", "user", "add", user, "--token", "--misp", right)["token"]
        equal([len(key) for key in self.keys.values()], [40, 40], "keys as MISP takes them")
        self.home.serve()
        self.url = f"https://127.0.0.1:{self.home.https}"
        self.certificate = str(self.home.path / "keys" / "https.crt")

    def import_events(self, file, events):
        path = self.folder / file
        path.write_text(json.dumps({"response": events}))
        report = self.home.run("import", "--format", "misp", path)
        equal(report["rejected"], 0, report)

    def client(self, user="sync"):
        return PyMISP(f"{self.url}/misp/", self.keys[user], ssl=self.certificate)

    def raw(self, method, path, body=None, user="sync", **more):
        headers = {"Authorization": self.keys[user], "Accept": "application/json", "Content-Type": "application/json"} | more.pop("headers", {})
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        return requests.request(method, self.url + path, data=data, headers=headers, verify=self.certificate, timeout=120, **more)


def uuids(events):
    return sorted(one["Event"]["uuid"] if "Event" in one else one["uuid"] for one in events)


def connect(node):
    with case("PyMISP: connects, and knows who it is and what there is"):
        misp = node.client()
        equal(misp.misp_instance_version["version"], "2.5.0")
        equal(misp.misp_instance_version["perm_sync"], True)
        equal(len(misp.types), 194, "types")
        true("Financial fraud" in misp.categories, "categories")
        equal(misp.get_user()["Role"]["perm_sync"], True)
        equal(node.client("reader").get_user()["Role"]["perm_sync"], False)
    with case("PyMISP: a wrong key is refused"):
        try:
            PyMISP(node.url, "A" * 40, ssl=node.certificate)
        except PyMISPError:
            pass
        else:
            raise AssertionError("it got in")
        equal(node.raw("GET", "/servers/getVersion", headers={"Authorization": "B" * 40}).status_code, 403)
        equal(requests.get(f"{node.url}/misp/manifest.json", verify=node.certificate, timeout=60).status_code, 401)


def read(node):
    misp = node.client("reader")
    with case("PyMISP: gets an event whole"):
        got = misp.get_event(name("seen 1"), pythonify=True)
        equal((got.info, got.distribution, len(got.attributes), len(got.objects)), ("Event seen 1", 3, 2, 1))
        equal([tag.name for tag in got.tags], ["tlp:green"])
        equal(got.objects[0].references[0].referenced_uuid, name("seen 1 0"))
        equal(got.attribute_count, "3")
        by_number = misp.get_event(int(got.id), pythonify=True)
        equal(by_number.uuid, got.uuid, "by its number")
    with case("PyMISP: HEAD tells whether an event is there"):
        equal(misp.event_exists(name("seen 1")), True)
        equal(misp.event_exists(name("nothing")), False)
    with case("what may not leave is not there, however it is asked for"):
        for one in node.hidden:
            equal(misp.event_exists(one["Event"]["uuid"]), False, one["Event"]["info"])
            equal(misp.search(value=one["Event"]["Attribute"][0]["value"]), [], one["Event"]["info"])
        listed = {one["uuid"] for one in misp.search_index(minimal=True)}
        equal(sorted(listed), uuids([*node.seen, node.mixed]), "the index")
    with case("an attribute that may not leave stays, and the count says what came"):
        got = misp.get_event(name("mixed"), pythonify=True)
        equal(([one.value for one in got.attributes], got.attribute_count), (["open.example.org"], "1"))
        equal(misp.search(controller="attributes", value="closed.example.org")["Attribute"], [])
        equal(misp.search(value="closed.example.org"), [])
    with case("PyMISP: searches for events"):
        equal(uuids(misp.search(value="host7.example.org")), [name("seen 7")])
        equal(uuids(misp.search(value=["host7.example.org", "192.0.2.8"])), sorted([name("seen 7"), name("seen 8")]))
        equal(len(misp.search(tags="tlp:green", limit=10, page=1)), 10)
        equal(len(misp.search(org="CERT Alpha", published=True)), 26)
        equal(misp.search(type_attribute="sha512"), [])
        equal(uuids(misp.search(eventid=[name("seen 3"), name("red")])), [name("seen 3")])
        equal(len(misp.search(timestamp=[NOW - 9_000 + 5, NOW - 9_000 + 9])), 5)
        equal("Attribute" in misp.search(eventid=name("seen 3"), metadata=True)[0]["Event"], False)
    with case("PyMISP: searches for attributes"):
        found = misp.search(controller="attributes", type_attribute="ip-dst", pythonify=True)
        equal(len(found), 25)
        equal(found[0].Event.info.startswith("Event seen"), True)
        answer = node.raw("POST", "/attributes/restSearch", {"type": "ip-dst", "limit": 7}, "reader")
        equal((answer.headers["X-Result-Count"], len(answer.json()["response"]["Attribute"])), ("7", 7))
    with case("an index in pages has every event once"):
        got = []
        for page in range(1, 10):
            part = misp.search_index(minimal=True, limit=4, page=page)
            got += [one["uuid"] for one in part]
            if len(part) < 4:
                break
        equal(sorted(got), uuids([*node.seen, node.mixed]))
        whole = misp.search_index(pythonify=True)
        equal((len(whole), whole[0].orgc.name), (26, "CERT Alpha"))
    with case("a filter that the node does not have is an error, not an unfiltered answer"):
        answer = node.raw("POST", "/events/restSearch", {"sharinggroup": 4}, "reader")
        equal(answer.status_code, 400)
        true("sharinggroup" in answer.json()["message"], answer.text)


def feed(node):
    auth = {"Authorization": node.keys["reader"]}
    get = lambda path, **more: requests.get(f"{node.url}/misp/{path}", headers=auth | more, verify=node.certificate, timeout=60)  # noqa: E731
    with case("the feed: manifest, events that PyMISP loads, hashes, and each file the one that the manifest names"):
        manifest = get("manifest.json").json()
        equal(sorted(manifest), uuids([*node.seen, node.mixed]))
        lines = get("hashes.csv").text.splitlines()
        for key, entry in manifest.items():
            answer = get(f"{key}.json")
            equal(hashlib.sha256(answer.content).hexdigest(), entry["integrity:sha256"], "hash")
            loaded = MISPEvent()
            loaded.load(answer.json())
            equal((loaded.uuid, loaded.info), (key, entry["info"]))
            values = [a.value for a in loaded.attributes] + [a.value for o in loaded.objects for a in o.attributes]
            wanted = {f"{hashlib.md5(v.encode()).hexdigest()},{key}" for v in values}
            equal({line for line in lines if line.endswith(key)}, wanted, "hashes.csv")
    with case("the feed: an unchanged manifest is 304"):
        first = get("manifest.json")
        again = get("manifest.json", **{"If-None-Match": first.headers["ETag"]})
        equal((again.status_code, again.content), (304, b""))
        equal(get(f"{name('red')}.json").status_code, 404)


def push(node):
    misp = node.client()
    with case("PyMISP: adds an event; adding it again says where it is"):
        mine = MISPEvent()
        mine.from_dict(info="Phishing", distribution=2, threat_level_id=2, analysis=1, date="2026-02-03", published=True)
        mine.add_tag("tlp:green")
        mine.add_attribute("domain", "pushed.example.org", comment="seen in mails")
        made = misp.add_event(mine, pythonify=True)
        equal((made.uuid, made.attributes[0].value), (mine.uuid, "pushed.example.org"))
        equal(misp.event_exists(mine.uuid), True)
        again = misp.add_event(mine)
        equal(again["errors"][0], 404)
        holdings = node.home.run("search", "pushed.example.org")["holdings"]
        true("sync" in holdings[0]["source"], holdings)
    with case("PyMISP: changes it; the part that it does not mention stays"):
        time.sleep(1.1)
        current = misp.get_event(mine.uuid, pythonify=True)
        current.add_attribute("ip-dst", "192.0.2.200")
        changed = misp.update_event(current, pythonify=True)
        equal(sorted(a.value for a in changed.attributes), ["192.0.2.200", "pushed.example.org"])
        equal(sorted(a.value for a in misp.get_event(mine.uuid, pythonify=True).attributes), ["192.0.2.200", "pushed.example.org"])
    with case("an event that is not newer is refused in MISP's words"):
        body = json.loads(changed.to_json())
        body["timestamp"] = str(int(changed.timestamp.timestamp()))
        answer = node.raw("POST", f"/events/edit/{mine.uuid}", {"Event": body})
        equal(answer.status_code, 403)
        equal(answer.json()["errors"], "Event could not be saved: Event in the request not newer than the local copy.")
    with case("a reader pushes nothing"):
        other = MISPEvent()
        other.from_dict(info="No", distribution=3, published=True)
        equal(node.client("reader").add_event(other)["errors"][0], 403)
    with case("nothing comes of an event that is none, or too large"):
        held = node.home.run("search", "half.example.org")["holdings"]
        broken = event("broken", [("domain", "half.example.org")])
        broken["Event"]["Attribute"].append(dict(broken["Event"]["Attribute"][0]))  # twice the same UUID
        equal(node.raw("POST", "/events/add", broken).status_code, 403)
        equal(node.raw("POST", "/events/add", b'{"Event":{"uuid":').status_code, 403)
        equal(node.home.run("search", "half.example.org")["holdings"], held)
        large = event("large", [("text", "x" * (51 << 20))])
        try:
            equal(node.raw("POST", "/events/add", large).status_code, 413)
        except requests.ConnectionError:
            pass  # it may hang up before everything was sent
        equal(misp.event_exists(name("large")), False)
    with case("PyMISP: sightings of an attribute"):
        target = node.seen[2]["Event"]["Attribute"][0]["uuid"]
        sighting = MISPSighting()
        sighting.from_dict(type="0", source="sensor 7")
        made = misp.add_sighting(sighting, target)
        equal(made["Sighting"]["attribute_uuid"] if "Sighting" in made else made["attribute_uuid"], target)
        got = misp.get_event(name("seen 3"), pythonify=True)
        equal([len(a.sightings) for a in got.attributes if a.uuid == target], [1])
        true("sensor 7" not in got.to_json(), "who saw it stays here")
        found = misp.search_sightings(context="event", context_id=name("seen 3"))
        equal(len(found), 1, found)
        listed = {one["uuid"]: one for one in misp.search_index(minimal=True)}
        true(int(listed[name("seen 3")]["sighting_timestamp"]) > 0, "the index tells of it")
        equal(misp.add_sighting(sighting, node.hidden[0]["Event"]["Attribute"][0]["uuid"])["errors"][0], 404)
        by_value = misp.add_sighting({"value": "host9.example.org", "type": 1})
        true("errors" not in by_value, by_value)


def misp_pulls(node):
    with case("MISP pulls: its requests, in its order"):
        version = node.raw("GET", "/misp/servers/getVersion", user="reader").json()
        equal(version["version"].split(".")[:2], ["2", "5"])
        equal(node.raw("POST", "/galaxy_clusters/restSearch", {"published": 1, "minimal": 1, "custom": 1}, "reader").json(), {"response": []})
        index = node.raw("POST", "/events/index", {"minimal": 1, "published": 1}, "reader", headers={"If-None-Match": '""'})
        again = node.raw("POST", "/events/index", {"minimal": 1, "published": 1}, "reader", headers={"If-None-Match": index.headers["ETag"]})
        equal((index.status_code, again.status_code), (200, 304))
        for entry in index.json():
            equal(sorted(entry), ["id", "orgc_uuid", "published", "sighting_timestamp", "timestamp", "uuid"])
            path = (f"/events/view/{entry['uuid']}/deleted%5B%5D:0/deleted%5B%5D:1/excludeGalaxy:1/includeEventCorrelations:0"
                    "/includeFeedCorrelations:0/includeWarninglistHits:0/excludeLocalTags:1")
            got = node.raw("GET", path, user="reader").json()["Event"]
            equal((got["uuid"], got["timestamp"]), (entry["uuid"], entry["timestamp"]))
            for key in ("distribution", "Orgc", "Attribute", "Object", "Tag", "locked", "published", "date"):
                true(key in got, (key, got.keys()))
            for attribute in got["Attribute"]:
                true("distribution" in attribute and "deleted" in attribute, attribute)
        equal(node.raw("GET", "/shadow_attributes/index/all:1/timestamp:0/limit:1000/page:1/deleted[]:0/deleted[]:1.json", user="reader").json(), [])
        sightings = node.raw("POST", "/sightings/restSearch/event", {"returnFormat": "json", "last": 0, "includeUuid": True,
                                                                     "uuid": [name("seen 3"), name("red")]}, "reader").json()["response"]
        equal({one["Sighting"]["event_uuid"] for one in sightings}, {name("seen 3")})
        equal(node.raw("POST", "/analyst_data/indexMinimal", {}, "reader").json(), [])
        equal(node.raw("GET", "/servers/getAvailableSyncFilteringRules", user="reader").status_code, 200)


def misp_pushes(node):
    with case("MISP pushes: its requests, in its order, compressed"):
        one = event("from MISP", [("domain", "from-misp.example.org")], distribution=1, timestamp=NOW - 100)
        one["Event"]["locked"] = True
        key = one["Event"]["uuid"]
        equal(node.raw("POST", "/servers/postTest", {"testString": "été"}).json()["body"]["testString"], "été")
        equal(node.raw("GET", "/servers/getVersion").json()["request_encoding"], ["gzip"])
        ask = [{"Event": {"uuid": key, "timestamp": one["Event"]["timestamp"]}}]
        equal(node.raw("POST", "/events/filterEventIdsForPush", ask).json(), [key])
        equal(node.raw("HEAD", f"/events/view/{key}").status_code, 404)
        body = gzip.compress(json.dumps(one).encode())
        made = node.raw("POST", "/events/add/metadata:1", body, headers={"Content-Encoding": "gzip"})
        equal((made.status_code, made.json()["Event"]["uuid"]), (200, key))
        true("Attribute" not in made.json()["Event"], "metadata alone")
        equal(node.raw("POST", "/events/filterEventIdsForPush", ask).json(), [], "it is there now")
        equal(node.raw("HEAD", f"/events/view/{key}").status_code, 200)
        one["Event"]["timestamp"] = str(NOW - 50)
        one["Event"]["info"] = "Event from MISP, later"
        one["Event"]["Attribute"][0] |= {"deleted": True, "timestamp": str(NOW - 50)}
        ask[0]["Event"]["timestamp"] = one["Event"]["timestamp"]
        equal(node.raw("POST", "/events/filterEventIdsForPush", ask).json(), [key])
        equal(node.raw("POST", f"/events/edit/{key}/metadata:1", one).status_code, 200)
        got = node.raw("GET", f"/events/view/{key}/deleted[]:0/deleted[]:1").json()["Event"]
        equal((got["info"], got["Attribute"][0]["deleted"]), ("Event from MISP, later", True))
    with case("MISP pushes sightings, and none of them twice"):
        first, second = name("sighting 1"), name("sighting 2")
        target = node.seen[4]["Event"]
        known = node.raw("POST", f"/sightings/filterSightingUuidsForPush/{target['uuid']}", [first, second])
        equal(known.json(), [])
        body = [{"uuid": key, "attribute_uuid": target["Attribute"][0]["uuid"], "type": "0", "date_sighting": str(NOW - 10), "org_id": "0",
                 "source": "elsewhere"} for key in (first, second)]
        equal(node.raw("POST", f"/sightings/bulkSaveSightings/{target['uuid']}", body).json()["saved"], True)
        equal(node.raw("POST", f"/sightings/bulkSaveSightings/{target['uuid']}", body).json()["saved"], False)
        equal(node.raw("POST", f"/sightings/filterSightingUuidsForPush/{target['uuid']}", [first]).json(), [first])
    with case("404 and Location say that an event is there"):
        answer = node.raw("POST", "/events/add", node.seen[1])
        equal(answer.status_code, 404)
        number = answer.headers["Location"].split("/")[-1]
        equal(node.raw("GET", f"/events/view/{number}").json()["Event"]["uuid"], name("seen 2"))
    with case("of an event that it may not see a pusher is not told that it is here"):
        before = node.home.run("search", "red.example.org")["holdings"]
        answer = node.raw("POST", "/events/add/metadata:1", event("red", [("domain", "other.example.org")], tags=("tlp:green",)))
        equal(answer.status_code, 200, answer.text)
        equal(node.home.run("search", "red.example.org")["holdings"], before, "what we say stays")


def owns(node):
    misp, reader = node.client(), node.client("reader")
    with case("PyMISP: who gave an event publishes it, takes that back, and deletes it"):
        draft = MISPEvent()
        draft.from_dict(**event("draft", [("domain", "draft.example.org")], published=False)["Event"])
        number = misp.add_event(draft, pythonify=True).id
        true("errors" in reader.get_event(name("draft")), "not published")
        equal(misp.publish(name("draft"))["success"], True)
        equal(reader.get_event(name("draft"))["Event"]["published"], True)
        equal(misp.unpublish(number)["success"], True)
        true("errors" in reader.get_event(name("draft")), "not published any more")
        equal(misp.publish(number, alert=True)["success"], True)
        true(node.home.run("search", "draft.example.org")["holdings"], "a value")
        equal(misp.delete_event(name("draft"))["success"], True)
        equal(node.home.run("search", "draft.example.org")["holdings"], [])
        equal(misp.delete_event(name("draft"))["errors"][0], 404)
    with case("PyMISP: events of others are not published or deleted, and hidden ones are not told to be here"):
        for what, status in (("seen 9", 403), ("none", 404), ("never", 404)):
            for action in (misp.publish, misp.unpublish, misp.delete_event):
                equal(action(name(what))["errors"][0], status, what)
        equal(reader.delete_event(name("seen 9"))["errors"][0], 403, "a reader")
        equal(reader.get_event(name("seen 9"))["Event"]["uuid"], name("seen 9"))
    with case("PyMISP: galaxies, clusters, proposals, analyst data: nothing is kept, and it is said so"):
        equal(misp.galaxies(), [])
        equal(misp.attribute_proposals(), [])
        equal(misp.attribute_proposals(name("seen 1")), [])
        equal(misp.add_attribute_proposal(name("seen 1"), {"type": "domain", "value": "p.example.org"})["errors"][0], 403)
        equal(misp.get_galaxy(1)["errors"][0], 404)
        equal(node.raw("POST", "/galaxies/pushCluster", []).status_code, 403)
        equal(node.raw("POST", "/galaxy_clusters/restSearch.json", {}).json(), {"response": []})
        equal(node.raw("POST", "/analyst_data/filterAnalystDataForPush", {}).json(), [])
        equal(node.raw("POST", "/analyst_data/add/Note/x/Event", {}).status_code, 403)
        equal(misp.misp_instance_version["perm_galaxy_editor"], False)
    with case("PyMISP: the reports of an event, as they may leave"):
        told = event("reported", [("domain", "reported.example.org")])
        told["Event"]["EventReport"] = [{"uuid": name("a report"), "name": "Report", "content": "words", "distribution": "5", "timestamp": str(NOW - 5_000)}]
        node.import_events("reported.json", [told])
        equal([one.name for one in reader.get_event_reports(name("reported"), pythonify=True)], ["Report"])
        true("errors" in reader.get_event_reports(name("red")), "of what may not be seen")
    with case("sightings by PyMISP reach the scores of the value, and a user's expiration does not"):
        for kind in (0, 1, 2):
            one = MISPSighting()
            one.from_dict(type=kind, value="host17.example.org")
            misp.add_sighting(one)
        equal(sorted(one["kind"] for one in node.home.run("search", "host17.example.org")["sightings"]), ["false-positive", "seen"])


with harness.folder() as work:
    site = Node(work)
    try:
        connect(site)
        read(site)
        feed(site)
        push(site)
        misp_pulls(site)
        misp_pushes(site)
        owns(site)
        with case("the ledger tells who read what, a statement a user and minute"):
            before = site.home.run("ledger", "status")["size"]
            equal(site.home.stop(), 0, "it stops cleanly")
            true(site.home.run("ledger", "status")["size"] > before, "what was open is recorded when the node stops")
    finally:
        site.home.stop()
finish()
