#!/usr/bin/env python3
"""What medallion asks of a server in its own test suite, case by case under its names, asked of a node over TLS. Its suite is in no
package, and its data is not always valid STIX, which a node refuses: so the cases are written anew, with objects of the same shape.
Left out is what concerns its back ends and its configuration."""
import json
import uuid

from taxii_site import site
from harness import case, equal, finish, true

import requests

MEDIA = "application/taxii+json;version=2.1"
AFTER_ALL = "2999-01-01T00:00:00.000000Z"


def name(kind, number):
    return f"{kind}--{uuid.UUID(int=0x2F9A9AA9108A433383E24FB25ADD0000 + number, version=4)}"


def made(kind, number, modified, created="2016-11-03T12:30:59.000Z", **more):
    one = {"type": kind, "spec_version": "2.1", "id": name(kind, number), "created": created, "modified": modified, "name": f"Item {number}"}
    if kind == "indicator":
        one |= {"pattern": f"[url:value = 'https://x{number}.example.org/']", "pattern_type": "stix", "valid_from": created}
    if kind == "malware":
        one["is_family"] = False
    one |= more
    return {key: value for key, value in one.items() if value is not None}


FIRST, SECOND, THIRD = "2016-11-03T12:30:59.000Z", "2016-12-25T12:30:59.444Z", "2017-01-27T13:49:53.935Z"
INDICATOR, OTHER, MALWARE, RELATION = name("indicator", 2), name("indicator", 1), name("malware", 3), name("relationship", 4)
MARKING = "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"
# In the order in which they are added. Of the malware there is an earlier version in 2.1 and a later one in 2.0.
OBJECTS = [
    {"type": "relationship", "spec_version": "2.1", "id": RELATION, "created": FIRST, "modified": FIRST, "relationship_type": "indicates", "source_ref": OTHER, "target_ref": MALWARE},
    made("indicator", 1, FIRST), made("indicator", 2, FIRST), made("indicator", 2, SECOND),
    {"type": "marking-definition", "spec_version": "2.1", "id": MARKING, "created": "2017-01-20T00:00:00.000Z", "definition_type": "tlp", "name": "TLP:GREEN", "definition": {"tlp": "green"}},
    made("malware", 3, "2018-02-23T18:30:00.000Z", created=THIRD, spec_version=None, is_family=None, labels=["trojan"]),
    made("malware", 3, THIRD, created=THIRD), made("indicator", 2, THIRD)]
LATEST = [RELATION, OTHER, MARKING, MALWARE, INDICATOR]


class Api:
    def __init__(self, node, collection):
        self.node, self.base, self.auth = node, f"/taxii2/intel/collections/{collection}/", ("soc", node.secrets["soc"])

    def ask(self, method, path, auth="soc", **more):
        headers = {"Accept": MEDIA} | more.pop("headers", {})
        who = {"auth": self.auth} if auth else {}
        return requests.request(method, self.node.url + (path if path.startswith("/") else self.base + path), headers=headers, **who, **more)

    def get(self, path, code=200, auth="soc"):
        answer = self.ask("GET", path, auth)
        equal((answer.status_code, answer.headers["Content-Type"]), (code, MEDIA), path)
        return answer

    def post(self, body, code=202, kind=MEDIA):
        answer = self.ask("POST", "objects/", data=json.dumps(body), headers={"Content-Type": kind})
        equal((answer.status_code, answer.headers["Content-Type"]), (code, MEDIA))
        return answer.json()

    def delete(self, path, code=200):
        equal(self.ask("DELETE", path).status_code, code, path)


def ids(answer):
    return [one["id"] for one in answer.json().get("objects", [])]


def reading(api):
    records = {(one["id"], one["version"]): one["date_added"] for one in
               api.get("manifest/?match[version]=all&match[spec_version]=2.0,2.1").json()["objects"]}
    dates = sorted(records.values())
    of = {key: [date for (one, _), date in sorted(records.items(), key=lambda item: item[1]) if one == key] for key in LATEST}
    with case("get_objects"):
        answer = api.get("objects/")
        equal(ids(answer), LATEST)
        equal((answer.headers["X-TAXII-Date-Added-First"], answer.headers["X-TAXII-Date-Added-Last"]), (dates[0], dates[-1]))
    with case("get_object"):
        answer = api.get(f"objects/{MALWARE}/")
        equal(ids(answer), [MALWARE])
        equal(answer.headers["X-TAXII-Date-Added-First"], answer.headers["X-TAXII-Date-Added-Last"])
    with case("get_object_manifests"):
        answer = api.get("manifest/")
        equal(ids(answer), LATEST)
        added = [one["date_added"] for one in answer.json()["objects"]]
        equal(added, sorted(set(added)))
    with case("get_version"):
        equal(len(api.get(f"objects/{RELATION}/versions").json()["versions"]), 1)
    with case("get_objects_added_after"):
        equal(ids(api.get(f"objects/?added_after={of[INDICATOR][1]}")), LATEST[2:])
    for what in ("objects", "manifest"):
        with case(f"get_{what}_limit"):
            page = api.get(f"{what}/?limit=3").json()
            equal(([one["id"] for one in page["objects"]], page["more"]), (LATEST[:3], True))
            # The standard's manifest has no next, so it goes on by date.
            more = f"next={page['next']}" if "next" in page else f"added_after={page['objects'][-1]['date_added']}"
            rest = api.get(f"{what}/?limit=3&{more}").json()
            equal(([one["id"] for one in rest["objects"]], rest.get("more", False)), (LATEST[3:], False))
        with case(f"get_{what}_id"):
            equal(ids(api.get(f"{what}/?match[id]={MALWARE}")), [MALWARE])
        with case(f"get_{what}_type"):
            equal(ids(api.get(f"{what}/?match[type]=indicator")), [OTHER, INDICATOR])
        with case(f"get_{what}_version_match_specific_date, first, last, all"):
            equal(ids(api.get(f"{what}/?match[version]={SECOND}")), [INDICATOR])
            equal(len(ids(api.get(f"{what}/?match[version]=all"))), 7, "2.1 alone")
            for which, version in (("first", FIRST), ("last", THIRD)):
                found = [one for one in api.get(f"{what}/?match[version]={which}").json()["objects"] if one["id"] == INDICATOR]
                equal([one.get("modified") or one["version"].replace("000Z", "Z") for one in found], [version])
        with case(f"get_{what}_spec_version_20, 21, default"):
            equal(ids(api.get(f"{what}/?match[spec_version]=2.0")), [MALWARE])
            equal(sorted(ids(api.get(f"{what}/?match[spec_version]=2.1"))), sorted(LATEST))
            equal(sorted(ids(api.get(f"{what}/"))), sorted(LATEST))
        with case(f"get_{what}_spec_version_21_20"):
            equal(sorted(ids(api.get(f"{what}/?match[spec_version]=2.0,2.1"))), sorted(LATEST))
    with case("get_object_added_after_case1, case2"):
        equal(api.get(f"objects/{MALWARE}?added_after={AFTER_ALL}").json(), {})
        equal(ids(api.get(f"objects/{MALWARE}?added_after={of[MARKING][0]}")), [MALWARE])
    with case("get_object_limit"):
        page = api.get(f"objects/{INDICATOR}?match[version]=all&limit=2").json()
        equal(([one["modified"] for one in page["objects"]], page["more"]), ([FIRST, SECOND], True))
        page = api.get(f"objects/{INDICATOR}?match[version]=all&limit=2&next={page['next']}").json()
        equal(([one["modified"] for one in page["objects"]], page.get("more", False)), ([THIRD], False))
    with case("get_object_version_single, match_all"):
        for which, wanted in ((SECOND, [SECOND]), ("first", [FIRST]), ("last", [THIRD]), ("all", [FIRST, SECOND, THIRD])):
            equal([one["modified"] for one in api.get(f"objects/{INDICATOR}?match[version]={which}").json()["objects"]], wanted, which)
    with case("get_object_spec_version_20, 21, default"):
        for spec, has in (("?match[spec_version]=2.0", False), ("?match[spec_version]=2.1", True), ("", True)):
            equal([one.get("spec_version") == "2.1" for one in api.get(f"objects/{MALWARE}{spec}").json()["objects"]], [has], spec)
    with case("get_manifest_added_after"):
        equal(ids(api.get(f"manifest/?added_after={of[MARKING][0]}")), LATEST[3:])
    with case("get_version_added_after"):
        equal(api.get(f"objects/{RELATION}/versions?added_after={of[RELATION][0]}").json(), {})
        equal(len(api.get(f"objects/{RELATION}/versions?added_after=2014-05-08T08:00:00Z").json()["versions"]), 1)
    with case("get_version_limit"):
        seen, after = [], "1970-01-01T00:00:00Z"
        while True:
            answer = api.get(f"objects/{INDICATOR}/versions?limit=1&added_after={after}")
            if not answer.json():
                break
            seen += answer.json()["versions"]
            after = answer.headers["X-TAXII-Date-Added-Last"]
        equal(seen, [stamp.replace("Z", "000Z") for stamp in (FIRST, SECOND, THIRD)])
    with case("get_version_spec_version_20, 21, default"):
        for spec, wanted in (("?match[spec_version]=2.0", ["2018-02-23T18:30:00.000000Z"]), ("?match[spec_version]=2.1", [THIRD.replace("Z", "000Z")]), ("", [THIRD.replace("Z", "000Z")])):
            equal(api.get(f"objects/{MALWARE}/versions{spec}").json()["versions"], wanted, spec)
    with case("get_objects_match_type_version, match_type_spec_version"):
        equal(ids(api.get(f"objects/?match[type]=indicator&match[version]={THIRD}")), [INDICATOR])
        equal(ids(api.get("objects/?match[type]=malware&match[spec_version]=2.0")), [MALWARE])
        equal(api.get("objects/?match[type]=indicator&match[spec_version]=2.0").json(), {})
    with case("object_pagination_bad_limit_value_400"):
        api.get("objects/?limit=-20", 400)
    with case("object_pagination_changing_params_400"):
        page = api.get("objects/?match[version]=all&limit=2").json()
        page = api.get(f"objects/?match[version]=all&limit=2&next={page['next']}").json()
        equal((len(page["objects"]), page["more"]), (2, True))
        api.get(f"objects/?match[version]=first&limit=2&next={page['next']}", 400)


def writing(api):
    course = made("course-of-action", 10, THIRD, created=THIRD)
    with case("add_and_delete_object"):
        status = api.post({"objects": [course]})
        equal(ids(api.get("objects/")), [course["id"]])
        equal(ids(api.get(f"objects/?match[id]={course['id']}")), [course["id"]])
        equal(api.get(f"/taxii2/intel/status/{status['id']}/").json()["success_count"], 1)
        equal(ids(api.get(f"manifest/?match[id]={course['id']}")), [course["id"]])
        api.delete(f"objects/{course['id']}")
        api.get(f"objects/{course['id']}", 404)
    with case("delete_objects_version"):
        stamps = [f"20{year}-01-27T13:49:53.935Z" for year in (15, 16, 17, 18, 19)]
        versions = [made("course-of-action", 11, stamp, created=stamps[0]) for stamp in stamps]
        equal(api.post({"objects": versions})["success_count"], 5)
        path, left = f"objects/{versions[0]['id']}", [stamp.replace("Z", "000Z") for stamp in stamps]
        equal(api.get(path + "/versions").json()["versions"], left)
        for which, gone in ((stamps[3], left[3]), ("first", left[0]), ("last", left[4])):
            api.delete(f"{path}?match[version]={which}")
            left.remove(gone)
            equal(api.get(path + "/versions").json()["versions"], left, which)
        api.delete(path + "?match[version]=all")
        api.get(path + "/versions", 404)
    with case("delete_objects_spec_version"):
        both = [made("malware", 12, THIRD, created=THIRD), made("malware", 12, "2019-01-27T13:49:53.935Z", created=THIRD, spec_version=None, is_family=None, labels=["trojan"])]
        equal(api.post({"objects": both})["success_count"], 2)
        path = f"objects/{both[0]['id']}"
        api.delete(path + "?match[spec_version]=2.0")
        equal(api.get(path + "/versions").json()["versions"], [THIRD.replace("Z", "000Z")])
        api.delete(path + "?match[spec_version]=2.1")
        api.get(path + "/versions", 404)
    with case("SCO_versioning"):
        artifact = {"type": "artifact", "spec_version": "2.1", "id": "artifact--6f437177-6e48-5cf8-9d9e-872a2bddd641", "mime_type": "application/zip",
                    "payload_bin": "VGVzdA==", "encryption_algorithm": "mime-type-indicated", "decryption_key": "My voice is my passport"}
        equal(api.post({"objects": [artifact]})["success_count"], 1)
        path = f"objects/{artifact['id']}"
        for query in ("match[version]=all", "match[version]=first", "match[version]=last", "added_after=2017-01-27T13:49:53.935Z"):
            equal(ids(api.get(f"{path}?{query}")), [artifact["id"]], query)
        equal(api.get(f"{path}?added_after={AFTER_ALL}").json(), {})
    with case("object_already_present"):
        for _ in range(2):
            status = api.post({"objects": [OBJECTS[0]]})
            equal((status["success_count"], status.get("failures")), (1, None))
    with case("get_or_add_objects_422"):
        error = api.post(course, 422)
        equal((error["http_status"], bool(error["title"])), ("422", True))


def refusals(node, api):
    collections = "/taxii2/intel/collections/"
    with case("server_discovery, get_api_root_information, get_collections, get_status"):
        found = api.get("/taxii2/").json()
        equal(found["api_roots"], [f"{node.url}/taxii2/intel/"])
        true(api.get("/taxii2/intel/").json()["title"], "title")
        listed = [one["id"] for one in api.get(collections).json()["collections"]]
        equal(listed, sorted(listed), "collections stand in the order of their ids")
    with case("get_api_root_information_not_existent, get_collection_not_existent, get_collections_404, get_collection_404"):
        for path in ("/taxii2/trustgroup2/", f"{collections}12345678-1234-1234-1234-123456789012/", "/taxii2/carbon1/collections/", f"{collections}12345678-1234-1234-1234-123456789012/objects/"):
            api.get(path, 404)
    with case("get_collections_401, get_status_401, get_object_manifest_401, get_object_401, get_or_add_objects_401"):
        for path in (collections, f"/taxii2/intel/status/{uuid.uuid4()}/", api.base + "manifest/", api.base + "objects/", f"{api.base}objects/{MALWARE}/"):
            true("WWW-Authenticate" in api.get(path, 401, auth=None).headers, path)
        equal(api.ask("POST", "objects/", auth=None, data=json.dumps({"objects": OBJECTS[:1]}), headers={"Content-Type": MEDIA}).status_code, 401)
    with case("get_status_404, get_object_manifest_404, get_object_404, get_or_add_objects_404"):
        for path in (f"/taxii2/intel/status/{uuid.uuid4()}/", f"{collections}24042009/manifest/", f"{api.base}objects/malware--{uuid.uuid4()}/", f"{collections}24042009/objects/"):
            api.get(path, 404)
    with case("get_object_manifest_403, get_object_403"):
        # The standard leaves the choice between 403 and 404; a node says 404 where one has no right at all, 403 where one may write.
        secret = node.add_collection("Secret", "secret")
        node.add_user("soc", "indicators:rw", "empty:rw", "drop:w", secret="--password")
        api.auth = ("soc", node.secrets["soc"])
        for alias, code in (("secret", 404), ("drop", 403)):
            for rest in ("manifest/", f"objects/{MALWARE}/"):
                api.get(f"{collections}{alias}/{rest}", code)
        true(secret, "made")


def main():
    with site(1) as node:
        node.add_collection("Drop", "drop", "--writable")
        api, inbox = Api(node, node.add_collection("High value", "high", "--writable", "--tlp", "green")), Api(node, node.empty)
        node.add_user("soc", "high:rw")
        for one in (api, inbox):
            one.auth = ("soc", node.secrets["soc"])
        for one in OBJECTS:
            equal(api.post({"objects": [one]})["success_count"], 1, one["id"])
        reading(api)
        writing(inbox)
        refusals(node, api)
    finish()


main()
