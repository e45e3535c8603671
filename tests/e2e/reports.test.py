#!/usr/bin/env python3
"""Reports on the command line: read, reviewed, stored; hostile files end in a message and not in harm."""
import json
import os
import pathlib
import sys
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from harness import ROOT, Home, case, equal, finish, folder, true  # noqa: E402


def pdf(content, extra=b"", filters=b"", encrypt=b"", links=b""):
    """A PDF file of one page, its cross-references right."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
               b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
               b"/Resources << /Font << /F1 5 0 R >> >> " + links + b" >>",
               b"<< /Length " + str(len(content)).encode() + filters + b" >>\nstream\n" + content + b"\nendstream",
               b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>", b"<< /Title (An advisory) >>"]
    if encrypt:
        objects.append(encrypt)
    out, offsets = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + one + b"\nendobj\n"
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return out + b"trailer\n<< /Size %d /Root 1 0 R /Info 6 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, extra, table)


def page(*lines):
    return pdf(b"BT /F1 12 Tf 72 720 Td 14 TL " + b" ".join(b"(" + line.encode() + b") '" for line in lines) + b" ET")


with folder() as work:
    node = Home(work)
    node.init("--warninglists", str(ROOT / "data" / "samples" / "warninglists"))
    knowledge = node.run("knowledge", "add", str(ROOT / "data" / "samples" / "knowledge"))

    with case("knowledge is read, listed and asked"):
        true(knowledge["things"] > 400 and knowledge["tags"] > 20 and knowledge["rejected"] == 0, knowledge)
        true(any(one["name"] == "threat-actor" for one in node.run("knowledge", "list")["files"]), "listed")
        found = node.run("knowledge", "find", "fancy bear")["things"]
        true(any(one["name"] == "APT28" for one in found), found)
        true("tag" in node.run("knowledge", "find", "tlp:red"), "a tag has a meaning")
        bad = work / "bad.json"
        bad.write_text("{}")
        node.run("knowledge", "add", str(bad), expect=3)
        node.run("knowledge", "remove", "nothing", expect=2)

    text = work / "advisory.txt"
    text.write_text("APT-28 used evil[.]example-c2[.]com and hxxps://evil[.]example-c2[.]com/a.\n"
                    "It asked google.com first, ran finder.app, CVE-2021-44228; see https://securelist.com/x.\n")
    report = node.run("report", "add", "--tlp", "green", str(text))
    with case("report add finds values and names, and says what it holds back and why"):
        equal([(one.get("value") or one["thing"]["name"], one.get("hold", "")) for one in report["findings"]],
              [("APT28", ""), ("evil.example-c2.com", ""), ("https://evil.example-c2.com/a", ""), ("google.com", "warninglist"),
               ("finder.app", "file_name"), ("CVE-2021-44228", ""), ("https://securelist.com/x", "reference")])
        raw = text.read_bytes()
        for one in report["findings"]:
            place = one["places"][0]
            equal(raw[place["begin"]:place["end"]].decode(), one["written"])
        equal([one["places"][0]["line"] for one in report["findings"]], [1, 1, 1, 2, 2, 2, 2])
    with case("nothing is a fact before it is confirmed"):
        equal(node.run("search", "evil.example-c2.com")["held"], False)
        equal(node.run("selectors")["selectors"], [])
        equal(node.run("report", "add", "--tlp", "green", str(text))["id"], report["id"])
    with case("report show prints the STIX that confirming would make"):
        bundle = node.run("report", "show", report["id"], "--stix")
        (work / "candidate.json").write_text(json.dumps(bundle))
        checked = node.run("validate", str(work / "candidate.json"))
        true(checked, "valid")
        equal(sorted(one["type"] for one in bundle["objects"] if one["type"] in ("indicator", "report", "vulnerability")),
              ["indicator", "indicator", "report", "vulnerability"])
    with case("confirm stores objects and holdings with source and marking, and a report that refers to them"):
        done = node.run("report", "confirm", report["id"][8:16], "--only", "1,2")
        equal((done["confirmed"], done["object_refs"]), (2, 2))
        held = node.run("search", "evil.example-c2.com")
        equal((held["held"], held["holdings"][0]["source"], held["marking"]), (True, "advisory.txt", "green"))
        equal(node.run("report", "confirm", report["id"], "--all")["confirmed"], 2)
        equal(node.run("report", "confirm", report["id"], "--all")["confirmed"], 0)
        stored = node.run("search", report["id"], "--raw")["objects"]
        equal(len(stored), 2)
        equal(len(json.loads(stored[-1]["raw"])["object_refs"]), 4)
        equal(node.run("search", "finder.app")["held"], False)
    with case("reject puts the rest aside; what makes no sense is a usage error"):
        equal(node.run("report", "reject", report["id"])["rejected"], 3)
        node.run("report", "confirm", report["id"], expect=2)
        node.run("report", "confirm", report["id"], "--only", "99", expect=2)
        node.run("report", "confirm", report["id"], "--only", "x", expect=2)
        node.run("report", "show", "nothing", expect=2)
        counts = node.run("report", "list")["reports"][0]
        equal((counts["open"], counts["confirmed"], counts["rejected"]), (0, 4, 3))

    def added(name, content, *more, expect=0):
        path = work / name
        path.write_bytes(content)
        return node.run("report", "add", *more, str(path), expect=expect)

    def refused(name, content, what):
        answer = node.raw("report", "add", str(work / name)) if content is None else None
        path = work / name
        if content is not None:
            path.write_bytes(content)
            answer = node.raw("report", "add", str(path))
        equal(answer.returncode, 3, answer.stdout.decode())
        true(what in answer.stdout.decode(), answer.stdout.decode())

    with case("a PDF is read in the child process, by pages"):
        result = added("a.pdf", page("Turla spoke to bad[.]example-c2[.]net"))
        equal((result["kind"], result["title"]), ("pdf", "An advisory"))
        equal([one.get("value") or one["thing"]["name"] for one in result["findings"]], ["Turla", "bad.example-c2.net"])
        equal(result["findings"][0]["places"][0]["page"], 1)
    with case("a hash that a PDF breaks over lines is one, wallets are values"):
        digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        result = added("lines.pdf", page("Dropper", digest[:48], digest[48:], "asked for ether to",
                                         "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed."))
        equal([(one["type"], one["value"], one.get("hold", "")) for one in result["findings"]],
              [("file:sha256", digest, ""), ("eth", "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "")])
    with case("a web page is read without its scripts, its links are references"):
        result = added("a.html", b"<html><head><title>Post</title></head><body><script>http://no.example-c2.com/</script>"
                                 b"<p>C2: http://yes.example-c2.com/ <a href='http://x.example-blog.com'>"
                                 b"http://x.example-blog.com/</a></body></html>")
        equal([(one["value"], one.get("hold", "")) for one in result["findings"]],
              [("http://yes.example-c2.com/", ""), ("http://x.example-blog.com/", "reference")])
    with case("where the links of a web page and of a PDF lead is told, and held back unless the link shows the value"):
        result = added("links.html", b"<html><body><p>It led to <a href='http://evil.example-c2.com/login'>"
                                     b"evil[.]example-c2[.]com</a>, see <a href='http://other.example-c2.com/'>here</a>.</p></body></html>")
        equal([(one["value"], one.get("hold", ""), one["written"]) for one in result["findings"]],
              [("evil.example-c2.com", "", "evil[.]example-c2[.]com"),
               ("http://evil.example-c2.com/login", "", "evil[.]example-c2[.]com"),
               ("http://other.example-c2.com/", "link_target", "here")])
        result = added("links.pdf", pdf(b"BT /F1 12 Tf 72 720 Td (Click here now) Tj ET", links=b"/Annots [<< /Type /Annot "
                                        b"/Subtype /Link /Rect [100 715 126 735] /A << /S /URI /URI (http://pdf.example-c2.com/) >> >>]"))
        equal([(one["value"], one.get("hold", ""), one["written"], one["places"][0]["page"]) for one in result["findings"]],
              [("http://pdf.example-c2.com/", "link_target", "here", 1)])
    with case("a mail is read as its reader sees it"):
        result = added("mail.eml", b"Received: from mx.example-c2.com by mx\r\nFrom: Kim <kim@example-c2.com>\r\nSubject: please block\r\n"
                                   b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                                   b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
                                   b"> hxxp://folded[.]example-c2[.]com/a?b=3D1&lo=\r\nng=3D2\r\n>> one[.]example-c2[.]net\r\n")
        equal([one["value"] for one in result["findings"]], ["http://folded.example-c2.com/a?b=1&long=2", "one.example-c2.net"])
        true(any("subject" in one for one in result["warnings"]), result["warnings"])
    with case("import --format text takes what a report puts forward, without a review"):
        path = work / "mail.txt"
        path.write_text("Please block third[.]example-c2[.]net and AS64500, not finder.app or 10.0.0.1.\n")
        result = node.run("import", "--format", "text", "--tlp", "green", str(path))
        equal((result["found"], result["imported"], result["held_back_in_text"]), (2, 2, {"file_name": 1, "not_public": 1}))
        equal(node.run("search", "third.example-c2.net")["held"], True)
    with case("standard input is read"):
        result = json.loads(node.raw("report", "add", "-", stdin=b"c2 is 192.0.2.99, bad[.]example-c2[.]org").stdout)
        true(any(one.get("value") == "bad.example-c2.org" for one in result["findings"]), result)
    with case("files that cannot be read say why"):
        refused("nul.txt", b"MZ\0\0", "NUL")
        refused("none.pdf", b"%PDF-1.4\nnothing", "PDF")
        refused("locked.pdf", pdf(b"BT ET", extra=b"/Encrypt 7 0 R /ID [<00><00>]",
                                  encrypt=b"<< /Filter /Standard /V 1 /R 2 /O <" + b"00" * 32 + b"> /U <" + b"00" * 32 +
                                          b"> /P -1 >>"), "encrypt")
        refused("no-such-file.txt", None, "cannot be read")
    with case("a page that unpacks to far more than memory is ended with its limit"):
        inner = zlib.compress(b"(" + b"a" * (64 << 20) + b") Tj ", 9)
        bomb = zlib.compress(inner, 9)
        many = pdf(bomb, filters=b" /Filter [/FlateDecode /FlateDecode]")
        answer = node.raw("report", "add", str((work / "bomb.pdf", (work / "bomb.pdf").write_bytes(many))[0]), timeout=200)
        true(answer.returncode in (0, 3), answer.stdout.decode()[:500])
    with case("the reader opens no file and does not outlive its limits"):
        result = added("deep.html", b"<div>" * 300_000 + b"deep[.]example-c2[.]com", "--format", "html")
        equal(result["findings"][0]["value"], "deep.example-c2.com")

finish()
