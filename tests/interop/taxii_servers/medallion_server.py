"""medallion with its memory backend over TLS on loopback: medallion_server.py DATA.json CERT KEY. Prints its port."""
import sys

from medallion import application_instance, register_blueprints, set_config
from werkzeug.serving import make_server

data, cert, key = sys.argv[1:]
config = {"backend": {"module": "medallion.backends.memory_backend", "module_class": "MemoryBackend", "filename": data}, "users": {"alice": "open sesame"}, "taxii": {"max_page_size": 50}}
for part in ("users", "taxii", "backend"):
    set_config(application_instance, part, config)
register_blueprints(application_instance)
server = make_server("127.0.0.1", 0, application_instance, threaded=True, ssl_context=(cert, key))
print(server.server_port, flush=True)
server.serve_forever()
