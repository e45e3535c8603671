#!/usr/bin/env python3
"""schemathesis asks everything that the OpenAPI document describes, properly and improperly, and compares the answers
with it: status codes, media types, headers, bodies."""
import json
import re
import subprocess

from taxii_site import PYTHON, site
from harness import case, finish, true

import requests

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance"


def main():
    with site(40) as node:
        document = requests.get(f"{node.url}/api/v1/openapi.json", verify=str(node.certificate)).json()
        # Without names of things that are there, all that could be seen is that other things are not.
        known = {"root": ["intel", "nowhere"], "collection": [node.collection, "empty", "nothing-here"], "object": [node.objects[3]["id"], "indicator--none"]}
        for name, values in known.items():
            document["components"]["parameters"][name]["schema"] = {"type": "string", "enum": values}
        path = node.home.path.parent / "openapi.json"
        path.write_text(json.dumps(document))
        command = [PYTHON.parent / "schemathesis", "--config-file", "/dev/null", "run", path, "--url", node.url,
                   "--auth", f"soc:{node.secrets['soc']}", "--tls-verify", node.certificate, "--checks", CHECKS,
                   "--max-examples", "12", "--seed", "1", "--max-time", "40", "--generation-database", "none",
                   "--phases", "examples,coverage,fuzzing", "--no-color", "--suppress-health-check", "all"]
        done = subprocess.run([str(part) for part in command], cwd=node.home.path.parent, capture_output=True, text=True, timeout=150)
        asked = re.search(r"(\d+) generated", done.stdout) or re.search(r"(\d+) passed", done.stdout)
        with case("schemathesis: every answer is as the OpenAPI document says"):
            true(done.returncode == 0 and asked, done.stdout[-6000:] + done.stderr[-2000:])
        with case("and the node still answers"):
            true(requests.get(f"{node.url}/healthz", verify=str(node.certificate)).text == "ok\n", "healthz")
    finish()


main()
