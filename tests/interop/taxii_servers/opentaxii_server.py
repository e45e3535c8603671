"""OpenTAXII with SQLite over TLS on loopback: opentaxii_server.py FOLDER CERT KEY [BYTES]. Prints its port, the id of its API
root and the id of its collection, which it makes. With BYTES, the largest body that it takes, it is run for its speed: whoever
comes reads and writes, over connections that stay."""
import json
import os
import sys

import yaml
from werkzeug.serving import WSGIRequestHandler, make_server

folder, cert, key, *fast = sys.argv[1:]
path = os.path.join(folder, "opentaxii.yml")
database = f"sqlite:///{folder}/"
with open(path, "w") as file:
    yaml.safe_dump({"domain": "127.0.0.1", "support_basic_auth": True,
                    "auth_api": {"class": "opentaxii.auth.sqldb.SQLDatabaseAPI",
                                 "parameters": {"db_connection": database + "auth.db", "create_tables": True, "secret": "of this test"}},
                    "taxii1": None,
                    "taxii2": {"title": "OpenTAXII", "contact": "test@example.org", "description": "", "max_content_length": int(fast[0]) if fast else 20_000, "public_discovery": True,
                               "persistence_api": {"class": "opentaxii.persistence.sqldb.Taxii2SQLDatabaseAPI",
                                                   "parameters": {"db_connection": database + "data.db", "create_tables": True}}},
                    "logging": {"opentaxii": "error", "root": "error"}}, file)
os.environ["OPENTAXII_CONFIG"] = path

from opentaxii.config import ServerConfig  # noqa: E402
from opentaxii.entities import Account  # noqa: E402
from opentaxii.middleware import create_app  # noqa: E402
from opentaxii.server import TAXIIServer  # noqa: E402

# OpenTAXII 0.9.3 hands UUIDs to json, which knows none, wherever it names a collection or a status.
json.JSONEncoder.default = lambda _, value: str(value)
app = create_app(TAXIIServer(ServerConfig()))
with app.app_context():
    persistence = app.taxii_server.servers.taxii2.persistence.api
    root = persistence.add_api_root(title="Root", description="", default=True)
    collection = persistence.add_collection(api_root_id=root.id, title="Shared", description="", alias="shared", is_public=bool(fast), is_public_write=bool(fast))
    app.taxii_server.auth.api.update_account(Account(id=None, username="alice", permissions={}, is_admin=True),
                                             "open sesame")


class Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1" if fast else "HTTP/1.0"

    def log_request(self, *_):
        pass


server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler, ssl_context=(cert, key))
print(server.server_port, root.id, collection.id, flush=True)
server.serve_forever()
