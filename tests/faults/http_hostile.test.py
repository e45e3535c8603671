#!/usr/bin/env python3
"""HTTPS under attack: floods, stalls, bombs and smuggling, while others are still served."""
import asyncio
import gzip
import json
import os
import pathlib
import resource
import socket
import ssl
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "interop"))
from taxii_site import harness, site, stix_object  # noqa: E402
from harness import case, equal, finish, true  # noqa: E402

import requests  # noqa: E402

MEDIA = "application/taxii+json;version=2.1"
LONG = os.environ.get("PARLEY_LONG")
CONNECTIONS = 10_000 if LONG else 2_000


def raw(node, data, wait=True):
    context = ssl.create_default_context(cafile=str(node.certificate))
    context.check_hostname = False
    with socket.create_connection(("127.0.0.1", node.home.https), timeout=30) as plain:
        with context.wrap_socket(plain) as tls:
            tls.sendall(data)
            answer = b""
            while wait:
                try:
                    part = tls.recv(65536)
                except (ConnectionResetError, ssl.SSLError):
                    break
                if not part:
                    break
                answer += part
            return answer


def resident(node):
    text = pathlib.Path(f"/proc/{node.home.process.pid}/status").read_text()
    return int([line for line in text.splitlines() if line.startswith("VmRSS")][0].split()[1]) * 1024


def ask(node):
    return requests.get(node.path(node.collection, "objects/"), params={"limit": 100}, auth=("soc", node.secrets["soc"]), timeout=30)


def post(node, body, coding):
    return requests.post(node.path(node.empty, "objects/"), data=body, auth=("soc", node.secrets["soc"]), timeout=60,
                         headers={"Content-Type": MEDIA, "Content-Encoding": coding})


async def hold(node, count, hello, done):
    """Opens `count` TLS connections, says `hello` on each, and keeps them until `done`."""
    context = ssl.create_default_context(cafile=str(node.certificate))
    context.check_hostname = False
    writers = []

    async def one(number):
        try:
            # From eight addresses, because each may have no more than a share.
            source = (f"127.0.0.{2 + number % 8}", 0)
            opening = asyncio.open_connection("127.0.0.1", node.home.https, ssl=context, local_addr=source)
            _, writer = await asyncio.wait_for(opening, 120)
            writer.write(hello)
            writers.append(writer)
        except (OSError, asyncio.TimeoutError):
            pass

    for start in range(0, count, 50):
        await asyncio.gather(*(one(start + number) for number in range(min(50, count - start))))
    result = await asyncio.to_thread(done, len(writers))
    for writer in writers:
        writer.transport.abort()
    return result


def bombs(node):
    for coding, make in (("gzip", lambda data: gzip.compress(data)), ("zstd", zstd)):
        with case(f"a {coding} bomb of a gigabyte is 413 and costs little memory"):
            before = resident(node)
            answer = post(node, make(b" " * (1 << 30)), coding)
            equal((answer.status_code, answer.headers["Content-Type"]), (413, MEDIA), "refused")
            true(resident(node) - before < 64 << 20, f"{(resident(node) - before) >> 20} MiB more")
        with case(f"an honest {coding} body is taken"):
            body = json.dumps({"objects": [stix_object(920_000, "malware")]}).encode()
            equal(post(node, make(body), coding).status_code, 202, "taken")
    with case("a coding that nobody knows is 415"):
        equal(post(node, b"abc", "br").status_code, 415, "br")


def zstd(data):
    return subprocess.run(["zstd", "-q", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout


def smuggling(node):
    host = f"Host: 127.0.0.1:{node.home.https}\r\n"
    inner = f"GET /healthz HTTP/1.1\r\n{host}\r\n"
    with case("no request hides in another"):
        for head, status in ((f"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}", b"400"),
                             (f"Content-Length: 6\r\nContent-Length: 0\r\n\r\n{inner}", b"400"),
                             (f"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{inner}", b"501"),
                             (f"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n{inner}", b"400"),
                             (f"Transfer-Encoding: chunked\n\r\n0\r\n\r\n{inner}", b"400"),
                             (f"X: y\r\n Transfer-Encoding: chunked\r\n\r\n{inner}", b"400")):
            answer = raw(node, f"POST /taxii2/ HTTP/1.1\r\n{host}{head}".encode())
            equal(answer[9:12], status, head)
            true(b"ok\n" not in answer, "the hidden request is not answered")
    with case("header floods are 431, and long targets 414"):
        many = "".join(f"A{number}: b\r\n" for number in range(100))
        equal(raw(node, f"GET /taxii2/ HTTP/1.1\r\n{host}{many}\r\n".encode())[9:12], b"431", "many")
        equal(raw(node, f"GET /taxii2/ HTTP/1.1\r\n{host}A: {'b' * 60000}\r\n\r\n".encode())[9:12], b"431", "long")
        equal(raw(node, f"GET /taxii2/{'c' * 5000} HTTP/1.1\r\n{host}\r\n".encode())[9:12], b"414", "target")
    with case("path tricks are 404"):
        for path in ("/taxii2/../keys/role.key", "/taxii2/%2e%2e/%2e%2e/config.toml", "/ledger/tile/../../keys", "/taxii2/%00", "//taxii2//"):
            equal(raw(node, f"GET {path} HTTP/1.1\r\n{host}Connection: close\r\n\r\n".encode())[9:12], b"404", path)


def floods(node):
    def served(held):
        started = time.monotonic()
        answers = [ask(node).status_code for _ in range(20)]
        return held, answers, time.monotonic() - started, resident(node)

    with case(f"others are served beside {CONNECTIONS} idle connections, with bounded memory"):
        before = resident(node)
        held, answers, _, after = asyncio.run(hold(node, CONNECTIONS, b"", served))
        true(held >= min(CONNECTIONS, 2_000), f"{held} connections")
        equal(answers, [200] * 20, "answers")
        true(after - before < held * 40_000 + (32 << 20), f"{(after - before) / max(held, 1):.0f} bytes a connection")
        print(f"# {held} connections, {(after - before) / max(held, 1):.0f} bytes each")
    with case("others are served beside slow senders of heads and bodies"):
        head = b"POST /taxii2/ HTTP/1.1\r\nHost: a\r\nContent-Le"
        _, answers, _, _ = asyncio.run(hold(node, 300, head, served))
        equal(answers, [200] * 20, "answers")
    with case("others are served beside readers that do not read"):
        import base64
        who = base64.b64encode(f"soc:{node.secrets['soc']}".encode()).decode()
        path = node.path(node.collection, "objects/?limit=1000").removeprefix(node.url)
        asks = f"GET {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Basic {who}\r\n\r\n".encode() * 20
        before = resident(node)
        _, answers, _, after = asyncio.run(hold(node, 200, asks, served))
        equal(answers, [200] * 20, "answers")
        true(after - before < 128 << 20, f"{(after - before) >> 20} MiB more")
    with case("guessing passwords is slowed down, and known callers are not"):
        codes = [requests.get(f"{node.url}/taxii2/", auth=("soc", f"guess {number}")).status_code for number in range(14)]
        true(codes[0] == 401 and codes[-1] == 429, str(codes))
        equal(ask(node).status_code, 200, "a known caller")


def main():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65_536), hard))
    with site(1500) as node:
        equal(ask(node).status_code, 200, "a first answer")
        bombs(node)
        smuggling(node)
        floods(node)
    finish()


main()
