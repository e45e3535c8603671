"""What the end-to-end tests share: homes in a temporary folder, commands with their exit codes, TAP lines."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("PARLEY_BIN", ROOT / "build" / "release" / "bin"))
failures = 0


@contextlib.contextmanager
def case(name):
    """One named test: passes unless the block raises."""
    global failures
    try:
        yield
    except Exception:
        failures += 1
        print(f"not ok - {name}")
        traceback.print_exc(file=sys.stdout)
    else:
        print(f"ok - {name}", flush=True)


def finish():
    sys.exit(1 if failures else 0)


def equal(got, want, what=""):
    if got != want:
        raise AssertionError(f"{what}: got {got!r}, want {want!r}")


def true(condition, what):
    if not condition:
        raise AssertionError(what)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Home:
    def __init__(self, folder, name="CERT Alpha", jurisdiction="XA"):
        self.path = pathlib.Path(folder) / name.lower().replace(" ", "-")
        self.name, self.jurisdiction = name, jurisdiction
        self.port, self.https = free_port(), free_port()
        self.process = None

    def raw(self, *arguments, stdin=None, timeout=600, json_output=True, env=None):
        command = [str(BIN / "parley"), "--home", str(self.path)] + (["--json"] if json_output else []) + [str(a) for a in arguments]
        return subprocess.run(command, capture_output=True, timeout=timeout, input=stdin, env=env)

    def run(self, *arguments, expect=0, stdin=None, timeout=600):
        result = self.raw(*arguments, stdin=stdin, timeout=timeout)
        if result.returncode != expect:
            raise AssertionError(f"parley {' '.join(map(str, arguments))}: exit {result.returncode}, expected {expect}\n"
                                 f"{result.stdout.decode(errors='replace')[:4000]}{result.stderr.decode(errors='replace')[:4000]}")
        lines = result.stdout.decode().strip().splitlines()
        equal(len(lines), 1, "one JSON object on standard output")
        return json.loads(lines[0])

    def init(self, *more):
        return self.run("init", "--name", self.name, "--kind", "national_cert", "--jurisdiction", self.jurisdiction,
                        "--peer-address", f"127.0.0.1:{self.port}", "--listen", f"127.0.0.1:{self.https}", *more)

    def serve(self, *more):
        self.process = subprocess.Popen([str(BIN / "parley"), "--home", str(self.path), "--json", "serve", *more],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=open(str(self.path) + ".log", "ab"), text=True)
        ready = json.loads(self.process.stdout.readline())
        true(ready.get("ready"), f"{self.name} listens")
        return ready

    def log(self):
        return pathlib.Path(str(self.path) + ".log").read_text(errors="replace")

    def stop(self, signal_number=signal.SIGTERM):
        if self.process is None or self.process.poll() is not None:
            return None
        self.process.send_signal(signal_number)
        code = self.process.wait(60)
        self.process = None
        return code


POLICY = """version = 1
purposes = ["incident-response", "fraud-prevention"]
free_text = "{free_text}"

[[peer]]
name = "{peer}"
tlp = "{tlp}"

[off_limits]
labels = ["classified"]
types = ["x-secret-thing"]
values = ["domain-name:off-limits.example.org"]

[open_cases]
labels = ["open-case"]

[approvals.release]
count = 2
different_units = true

[approvals.match]
count = 0
"""


def policy_for(home, peer, tlp="green", free_text="strip"):
    path = pathlib.Path(str(home.path) + ".policy.toml")
    path.write_text(POLICY.format(peer=peer.name, tlp=tlp, free_text=free_text))
    return home.run("policy", "set", path)


def introduce(a, b):
    """Each accepts the other's invitation."""
    for node, other in ((a, b), (b, a)):
        card = pathlib.Path(str(node.path) + ".invitation")
        node.run("peer", "invite", "-o", card)
        other.run("peer", "accept", card)


def agree(a, b, types="domain-name,ipv4-addr", **terms):
    """Drafted and signed by a, signed by b; both serve."""
    options = {"min-set": 1, "max-set": 4096, "days": 30, "purposes": "incident-response", "output": "items"} | \
              {key.replace("_", "-"): value for key, value in terms.items()}
    arguments = [part for key, value in options.items() for part in (f"--{key}", str(value))]
    draft = a.run("agreement", "draft", "--peer", b.name, "--types", types, "--authority", "Act A", "--peer-authority", "Act B",
                  *arguments)
    true(a.run("agreement", "sign", draft["agreement"])["delivered"], "the draft was delivered")
    signed = b.run("agreement", "sign", draft["agreement"])
    true(signed["delivered"], "the signature came back")
    return draft["agreement"]


@contextlib.contextmanager
def folder():
    path = tempfile.mkdtemp(prefix="parley-e2e-")
    try:
        yield pathlib.Path(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def two_nodes(path, served=True):
    a, b = Home(path, "CERT Alpha", "XA"), Home(path, "CERT Bravo", "XB")
    try:
        a.init()
        b.init()
        policy_for(a, b)
        policy_for(b, a)
        if served:
            a.serve()
            b.serve()
        introduce(a, b)
        yield a, b
    finally:
        a.stop(signal.SIGKILL)
        b.stop(signal.SIGKILL)
