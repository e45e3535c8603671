"""A node that serves TAXII, for the tests with other people's clients: objects, a collection, users, TLS. Importing it
puts the test into build/venv, where those clients are."""
import contextlib
import json
import os
import pathlib
import sys
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
PYTHON = ROOT / "build" / "venv" / "bin" / "python"
if not sys.prefix.startswith(str(ROOT / "build" / "venv")):
    if not PYTHON.exists():
        print("not ok - build/venv is there (./setup --test makes it)")
        sys.exit(1)
    os.execv(PYTHON, [str(PYTHON), *sys.argv])

sys.path.insert(0, str(ROOT / "tests" / "e2e"))
import harness  # noqa: E402

SPACE = uuid.UUID("5a1f6c1e-7a0d-4c55-9b1e-1f2e3d4c5b6a")
KINDS = ("indicator", "malware", "indicator", "attack-pattern")

POLICY = """version = 1
purposes = ["incident-response"]
free_text = "strip"
"""
CALLER = """
[[taxii]]
caller = "{name}"
tlp = "green"
"""


def stix_object(number, kind=None, modified="2026-01-02T00:00:00.000Z"):
    kind = kind or KINDS[number % len(KINDS)]
    # Version 4 in form, and the same in every run.
    name = uuid.UUID(bytes=uuid.uuid5(SPACE, f"{kind} {number}").bytes, version=4)
    one = {"type": kind, "spec_version": "2.1", "id": f"{kind}--{name}", "created": "2026-01-01T00:00:00.000Z",
           "modified": modified, "name": f"Item {number}"}
    if kind == "indicator":
        one |= {"pattern": f"[domain-name:value = 'c{number}.example.org']", "pattern_type": "stix",
                "indicator_types": ["malicious-activity"], "valid_from": "2026-01-01T00:00:00Z"}
    if kind == "malware":
        one |= {"is_family": False}
    return one


def bundle(objects):
    return {"type": "bundle", "id": f"bundle--{uuid.uuid4()}", "objects": objects}


class Site:
    def __init__(self, folder, count):
        self.home = harness.Home(folder, "CERT Alpha", "XA")
        self.home.init()
        self.secrets = {}
        self.callers = ["soc", "reader", "writer", "robot", "machine"]
        self.policy()
        self.objects = [stix_object(number) for number in range(count)]
        path = pathlib.Path(folder) / "intel.json"
        path.write_text(json.dumps(bundle(self.objects)))
        harness.equal(self.home.run("import", "--format", "stix", "--tlp", "green", path)["imported"], count, "imported")
        self.collection = self.add_collection("Indicators", "indicators", "--writable", "--tlp", "green")
        self.home.run("taxii", "collection", "fill", "indicators", "--all")
        self.empty = self.add_collection("Nothing yet", "empty", "--writable", "--tlp", "green")
        self.url = f"https://127.0.0.1:{self.home.https}"
        self.certificate = self.home.path / "keys" / "https.crt"

    def policy(self):
        path = pathlib.Path(str(self.home.path) + ".policy.toml")
        path.write_text(POLICY + "".join(CALLER.format(name=name) for name in self.callers))
        self.home.run("policy", "set", path)

    def add_collection(self, title, alias, *more):
        return self.home.run("taxii", "collection", "add", title, "--alias", alias, *more)["collection"]["id"]

    def add_user(self, name, *rights, secret="--password", more=()):
        arguments = ["taxii", "user", "add", name, secret, *more]
        for right in rights:
            arguments += ["--collection", right]
        answer = self.home.run(*arguments)
        self.secrets[name] = answer.get("password") or answer.get("token")
        return self.secrets[name]

    def path(self, collection, rest=""):
        return f"{self.url}/taxii2/intel/collections/{collection}/{rest}"


@contextlib.contextmanager
def site(count):
    with harness.folder() as folder:
        one = Site(folder, count)
        one.add_user("soc", "indicators:rw", "empty:rw")
        one.home.serve()
        os.environ["REQUESTS_CA_BUNDLE"] = str(one.certificate)
        try:
            yield one
        finally:
            one.home.stop()
