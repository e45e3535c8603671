"""Runs in build/venv: one JSON document a line in, the verdict of OASIS' stix2-validator a line out."""
import json
import logging
import sys

import simplejson
from stix2validator import ValidationOptions
from stix2validator.validator import validate_instance

logging.disable(logging.CRITICAL)
for line in sys.stdin:
    try:
        # As its command line runs it: everything is STIX 2.1 unless a bundle says otherwise.
        result = validate_instance(simplejson.loads(line), ValidationOptions(version="2.1", silent=True))
        verdict = {"valid": result.is_valid, "errors": [str(error) for error in result.errors]}
    except Exception as error:  # it has no other way to say that a document is of another shape
        verdict = {"valid": False, "errors": [f"{type(error).__name__}: {error}"]}
    print(json.dumps(verdict))
