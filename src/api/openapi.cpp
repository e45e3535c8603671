#include "api/openapi.hpp"

namespace parley::api {

std::string_view openapi_document() {
  // clang-format off
  static constexpr std::string_view text = R"json({
  "openapi": "3.1.0",
  "info": {
    "title": "Parley",
    "version": "1",
    "description": "TAXII 2.1 (OASIS Standard) over HTTPS. Every answer that has a body, errors too, is application/taxii+json;version=2.1. gzip, deflate and zstd are taken in requests, gzip and zstd sent to those who accept them. Below /misp/ a MISP feed, and what MISP instances ask each other: application/json, the key alone as Authorization."
  },
  "security": [{"basic": []}, {"bearer": []}, {"api_key": []}, {"certificate": []}],
  "paths": {
    "/taxii2/": {
      "get": {
        "operationId": "discovery",
        "summary": "What this server offers (TAXII 2.1 section 4.1)",
        "responses": {
          "200": {
            "description": "Discovery",
            "content": {"application/taxii+json;version=2.1": {"schema": {"$ref": "#/components/schemas/discovery"}}}
          },
          "400": {"$ref": "#/components/responses/error"},
          "401": {"$ref": "#/components/responses/unauthorized"},
          "404": {"$ref": "#/components/responses/error"},
          "406": {"$ref": "#/components/responses/error"},
          "429": {"$ref": "#/components/responses/error"},
          "503": {"$ref": "#/components/responses/error"}
        }
      }
    },
    "/taxii2/{root}/": {
      "parameters": [{"$ref": "#/components/parameters/root"}],
      "get": {
        "operationId": "api_root",
        "summary": "One API root (section 4.2)",
        "responses": {
          "200": {
            "description": "API root",
            "content": {"application/taxii+json;version=2.1": {"schema": {"$ref": "#/components/schemas/api_root"}}}
          },
          "400": {"$ref": "#/components/responses/error"},
          "401": {"$ref": "#/components/responses/unauthorized"},
          "404": {"$ref": "#/components/responses/error"},
          "406": {"$ref": "#/components/responses/error"},
          "429": {"$ref": "#/components/responses/error"},
          "503": {"$ref": "#/components/responses/error"}
        }
      }
    },
    "/taxii2/{root}/status/{status}/": {
      "parameters": [{"$ref": "#/components/parameters/root"}, {"$ref": "#/components/parameters/status"}],
      "get": {
        "operationId": "status",
        "summary": "What became of a POST (section 4.3); kept for a day at least",
        "responses": {
          "200": {
            "description": "Status",
            "content": {"application/taxii+json;version=2.1": {"schema": {"$ref": "#/components/schemas/status"}}}
          },
          "400": {"$ref": "#/components/responses/error"},
          "401": {"$ref": "#/components/responses/unauthorized"},
          "404": {"$ref": "#/components/responses/error"},
          "406": {"$ref": "#/components/responses/error"},
          "429": {"$ref": "#/components/responses/error"},
          "503": {"$ref": "#/components/responses/error"}
        }
      }
    },
    "/taxii2/{root}/collections/": {
      "parameters": [{"$ref": "#/components/parameters/root"}],
      "get": {
        "operationId": "collections",
        "summary": "Collections of the caller (section 5.1)",
        "responses": {
          "200": {
            "description": "Collections",
            "content": {"application/taxii+json;version=2.1": {"schema": {"$ref": "#/components/schemas/collections"}}}
          },
          "400": {"$ref": "#/components/responses/error"},
          "401": {"$ref": "#/components/responses/unauthorized"},
          "404": {"$ref": "#/components/responses/error"},
          "406": {"$ref": "#/components/responses/error"},
          "429": {"$ref": "#/components/responses/error"},
          "503": {"$ref": "#/components/responses/error"}
        }
      }
    },
    "/taxii2/{root}/collections/{collection}/": {
      "parameters": [{"$ref": "#/components/parameters/root"}, {"$ref": "#/components/parameters/collection"}],
      "get": {
        "operationId": "collection",
        "summary": "One collection (section 5.2)",
        "responses": {
          "200": {
            "description": "Collection",
            "content": {"application/taxii+json;version=2.1": {"schema": {"$ref": "#/components/schemas/collection"}}}
          },
          "400": {"$ref": "#/components/responses/error"},
          "401": {"$ref": "#/components/responses/unauthorized"},
          "404": {"$ref": "#/components/responses/error"},
          "406": {"$ref": "#/components/responses/error"},
          "429": {"$ref": "#/components/responses/error"},
          "503": {"$ref": "#/components/responses/error"}
        }
      }
    },
    "/taxii2/{root}/collections/{collection}/manifest/": {
      "parameters": [{"$ref": "#/components/parameters/root"}, {"$ref": "#/components/parameters/collection"}],
      "get": {
        "operationId": "manifest",
        "summary": "What a collection holds (section 5.3)",
        "responses": {
          "200": {
            "description": "A page",
            "content": {"application/taxii+json;version=2.1": {"schema": {"$ref": "#/components/schemas/manifest"}}},
            "headers": {
              "X-TAXII-Date-Added-First": {"$ref": "#/components/headers/date_added"},
              "X-TAXII-Date-Added-Last": {"$ref": "#/components/headers/date_added"}
            }
          },
          "400": {"$ref": "#/components/responses/error"},
          "401": {"$ref": "#/components/responses/unauthorized"},
          "403": {"$ref": "#/components/responses/error"},
          "404": {"$ref": "#/components/responses/error"},
          "406": {"$ref": "#/components/responses/error"},
          "429": {"$ref": "#/components/responses/error"},
          "503": {"$ref": "#/components/responses/error"}
        },
        "parameters": [
          {"$ref": "#/components/parameters/limit"},
          {"$ref": "#/components/parameters/next"},
          {"$ref": "#/components/parameters/added_after"},
          {"$ref": "#/components/parameters/match_id"},
          {"$ref": "#/components/parameters/match_type"},
          {"$ref": "#/components/parameters/match_version"},
          {"$ref": "#/components/parameters/match_spec_version"}
        ]
      }
    },
    "/taxii2/{root}/collections/{collection}/objects/": {
      "parameters": [{"$ref": "#/components/parameters/root"}, {"$ref": "#/components/parameters/collection"}],
      "get": {
        "operationId": "objects",
        "summary": "Objects of a collection, by date added (section 5.4)",
        "responses": {
          "200": {
            "description": "A page",
            "content": {"application/taxii+json;version=2.1": {"schema": {"$ref": "#/components/schemas/envelope"}}},
            "headers": {
              "X-TAXII-Date-Added-First": {"$ref": "#/components/headers/date_added"},
              "X-TAXII-Date-Added-Last": {"$ref": "#/components/headers/date_added"}
            }
          },
          "400": {"$ref": "#/components/responses/error"},
          "401": {"$ref": "#/components/responses/unauthorized"},
          "403": {"$ref": "#/components/responses/error"},
          "404": {"$ref": "#/components/responses/error"},
          "406": {"$ref": "#/components/responses/error"},
          "429": {"$ref": "#/components/responses/error"},
          "503": {"$ref": "#/components/responses/error"}
        },
        "parameters": [
          {"$ref": "#/components/parameters/limit"},
          {"$ref": "#/components/parameters/next"},
          {"$ref": "#/components/parameters/added_after"},
          {"$ref": "#/components/parameters/match_id"},
          {"$ref": "#/components/parameters/match_type"},
          {"$ref": "#/components/parameters/match_version"},
          {"$ref": "#/components/parameters/match_spec_version"}
        ]
      },
      "post": {
        "operationId": "add_objects",
        "summary": "Add objects (section 5.5): an envelope, or a STIX bundle",
        "responses": {
          "202": {
            "description": "Taken",
            "content": {"application/taxii+json;version=2.1": {"schema": {"$ref": "#/components/schemas/status"}}}
          },
          "400": {"$ref": "#/components/responses/error"},
          "401": {"$ref": "#/components/responses/unauthorized"},
          "403": {"$ref": "#/components/responses/error"},
          "404": {"$ref": "#/components/responses/error"},
          "406": {"$ref": "#/components/responses/error"},
          "429": {"$ref": "#/components/responses/error"},
          "503": {"$ref": "#/components/responses/error"},
          "413": {"$ref": "#/components/responses/error"},
          "415": {"$ref": "#/components/responses/error"},
          "422": {"$ref": "#/components/responses/error"}
        },
        "requestBody": {
          "required": true,
          "content": {
            "application/taxii+json;version=2.1": {"schema": {"$ref": "#/components/schemas/envelope"}},
            "application/stix+json;version=2.1": {"schema": {"$ref": "#/components/schemas/envelope"}}
          }
        }
      }
    },
    "/taxii2/{root}/collections/{collection}/objects/{object}/": {
      "parameters": [
        {"$ref": "#/components/parameters/root"},
        {"$ref": "#/components/parameters/collection"},
        {"$ref": "#/components/parameters/object"}
      ],
      "get": {
        "operationId": "object",
        "summary": "Versions of one object (section 5.6)",
        "responses": {
          "200": {
            "description": "A page",
            "content": {"application/taxii+json;version=2.1": {"schema": {"$ref": "#/components/schemas/envelope"}}},
            "headers": {
              "X-TAXII-Date-Added-First": {"$ref": "#/components/headers/date_added"},
              "X-TAXII-Date-Added-Last": {"$ref": "#/components/headers/date_added"}
            }
          },
          "400": {"$ref": "#/components/responses/error"},
          "401": {"$ref": "#/components/responses/unauthorized"},
          "403": {"$ref": "#/components/responses/error"},
          "404": {"$ref": "#/components/responses/error"},
          "406": {"$ref": "#/components/responses/error"},
          "429": {"$ref": "#/components/responses/error"},
          "503": {"$ref": "#/components/responses/error"}
        },
        "parameters": [
          {"$ref": "#/components/parameters/limit"},
          {"$ref": "#/components/parameters/next"},
          {"$ref": "#/components/parameters/added_after"},
          {"$ref": "#/components/parameters/match_version"},
          {"$ref": "#/components/parameters/match_spec_version"}
        ]
      },
      "delete": {
        "operationId": "delete_object",
        "summary": "Take an object out of the collection (section 5.7)",
        "responses": {
          "200": {"description": "Gone"},
          "400": {"$ref": "#/components/responses/error"},
          "401": {"$ref": "#/components/responses/unauthorized"},
          "403": {"$ref": "#/components/responses/error"},
          "404": {"$ref": "#/components/responses/error"},
          "406": {"$ref": "#/components/responses/error"},
          "429": {"$ref": "#/components/responses/error"},
          "503": {"$ref": "#/components/responses/error"}
        },
        "parameters": [
          {"$ref": "#/components/parameters/match_version"},
          {"$ref": "#/components/parameters/match_spec_version"}
        ]
      }
    },
    "/taxii2/{root}/collections/{collection}/objects/{object}/versions/": {
      "parameters": [
        {"$ref": "#/components/parameters/root"},
        {"$ref": "#/components/parameters/collection"},
        {"$ref": "#/components/parameters/object"}
      ],
      "get": {
        "operationId": "versions",
        "summary": "Versions of one object by date (section 5.8)",
        "responses": {
          "200": {
            "description": "A page",
            "content": {"application/taxii+json;version=2.1": {"schema": {"$ref": "#/components/schemas/versions"}}},
            "headers": {
              "X-TAXII-Date-Added-First": {"$ref": "#/components/headers/date_added"},
              "X-TAXII-Date-Added-Last": {"$ref": "#/components/headers/date_added"}
            }
          },
          "400": {"$ref": "#/components/responses/error"},
          "401": {"$ref": "#/components/responses/unauthorized"},
          "403": {"$ref": "#/components/responses/error"},
          "404": {"$ref": "#/components/responses/error"},
          "406": {"$ref": "#/components/responses/error"},
          "429": {"$ref": "#/components/responses/error"},
          "503": {"$ref": "#/components/responses/error"}
        },
        "parameters": [
          {"$ref": "#/components/parameters/limit"},
          {"$ref": "#/components/parameters/next"},
          {"$ref": "#/components/parameters/added_after"},
          {"$ref": "#/components/parameters/match_spec_version"}
        ]
      }
    },
    "/misp/manifest.json": {
      "get": {"operationId": "misp_manifest", "summary": "MISP feed: its events",
        "responses": {"200": {"$ref": "#/components/responses/misp_ok"}, "default": {"$ref": "#/components/responses/misp"}}}},
    "/misp/hashes.csv": {
      "get": {"operationId": "misp_hashes", "summary": "MISP feed: MD5 of each value, and its event",
        "responses": {"200": {"$ref": "#/components/responses/misp_csv"}, "default": {"$ref": "#/components/responses/misp"}}}},
    "/misp/{event}.json": {
      "get": {"operationId": "misp_file", "summary": "MISP feed: one event",
        "parameters": [{"name": "event", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}}],
        "responses": {"200": {"$ref": "#/components/responses/misp_ok"}, "default": {"$ref": "#/components/responses/misp"}}}},
    "/misp/servers/getVersion": {
      "get": {"operationId": "misp_version", "summary": "What this node says to MISP instances to be",
        "responses": {"200": {"$ref": "#/components/responses/misp_ok"}, "default": {"$ref": "#/components/responses/misp"}}}},
    "/misp/events/index": {
      "post": {"operationId": "misp_index", "summary": "Events, minimal or not, in pages",
        "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
        "responses": {"200": {"$ref": "#/components/responses/misp_ok"}, "default": {"$ref": "#/components/responses/misp"}}}},
    "/misp/events/restSearch": {
      "post": {"operationId": "misp_events", "summary": "Events by filters",
        "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
        "responses": {"200": {"$ref": "#/components/responses/misp_ok"}, "default": {"$ref": "#/components/responses/misp"}}}},
    "/misp/attributes/restSearch": {
      "post": {"operationId": "misp_attributes", "summary": "Attributes by filters",
        "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
        "responses": {"200": {"$ref": "#/components/responses/misp_ok"}, "default": {"$ref": "#/components/responses/misp"}}}},
    "/misp/events/view/{event}": {
      "get": {"operationId": "misp_event", "summary": "One event",
        "parameters": [{"name": "event", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}}],
        "responses": {"200": {"$ref": "#/components/responses/misp_ok"}, "default": {"$ref": "#/components/responses/misp"}}}},
    "/misp/events/add": {
      "post": {"operationId": "misp_add", "summary": "A new event",
        "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
        "responses": {"200": {"$ref": "#/components/responses/misp_ok"}, "default": {"$ref": "#/components/responses/misp"}}}},
    "/misp/events/edit/{event}": {
      "post": {"operationId": "misp_edit", "summary": "A later version of an event",
        "parameters": [{"name": "event", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}}],
        "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
        "responses": {"200": {"$ref": "#/components/responses/misp_ok"}, "default": {"$ref": "#/components/responses/misp"}}}}
  },
  "components": {
    "securitySchemes": {
      "basic": {"type": "http", "scheme": "basic"},
      "bearer": {"type": "http", "scheme": "bearer"},
      "api_key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
      "certificate": {"type": "mutualTLS"}
    },
    "headers": {
      "date_added": {
        "required": false,
        "schema": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}Z$"},
        "description": "Date added of the first or last object of the page; left out when it is empty."
      }
    },
    "parameters": {
      "root": {
        "name": "root",
        "in": "path",
        "required": true,
        "schema": {"type": "string", "pattern": "^[a-z0-9-]{1,64}$"},
        "description": "Name of the API root"
      },
      "collection": {
        "name": "collection",
        "in": "path",
        "required": true,
        "schema": {"type": "string"},
        "description": "Id or alias of the collection"
      },
      "object": {"name": "object", "in": "path", "required": true, "schema": {"type": "string"}, "description": "STIX id"},
      "status": {
        "name": "status",
        "in": "path",
        "required": true,
        "schema": {"type": "string"},
        "description": "Id of a status"
      },
      "limit": {
        "name": "limit",
        "in": "query",
        "required": false,
        "schema": {"type": "integer", "minimum": 1},
        "description": "Most objects of the page; the server has a bound of its own"
      },
      "next": {
        "name": "next",
        "in": "query",
        "required": false,
        "schema": {"type": "string"},
        "description": "Where the list goes on, from the page before"
      },
      "added_after": {
        "name": "added_after",
        "in": "query",
        "required": false,
        "schema": {"type": "string"},
        "description": "RFC 3339 in UTC: only what was added after it"
      },
      "match_id": {
        "name": "match[id]",
        "in": "query",
        "required": false,
        "schema": {"type": "string"},
        "description": "STIX ids, separated by commas"
      },
      "match_type": {
        "name": "match[type]",
        "in": "query",
        "required": false,
        "schema": {"type": "string"},
        "description": "Types, separated by commas"
      },
      "match_version": {
        "name": "match[version]",
        "in": "query",
        "required": false,
        "schema": {"type": "string"},
        "description": "last (default), first, all, or exact versions"
      },
      "match_spec_version": {
        "name": "match[spec_version]",
        "in": "query",
        "required": false,
        "schema": {"type": "string"},
        "description": "2.0, 2.1"
      }
    },
    "responses": {
      "misp": {"description": "Refused, as MISP tells it", "content": {"application/json": {"schema": {"type": "object"}}}},
      "misp_ok": {"description": "As MISP has it", "content": {"application/json": {}}},
      "misp_csv": {"description": "As MISP has it", "content": {"text/csv": {}}},
      "error": {
        "description": "Refused",
        "content": {"application/taxii+json;version=2.1": {"schema": {"$ref": "#/components/schemas/error"}}}
      },
      "unauthorized": {
        "description": "Nobody known",
        "headers": {"WWW-Authenticate": {"required": true, "schema": {"type": "string"}}},
        "content": {"application/taxii+json;version=2.1": {"schema": {"$ref": "#/components/schemas/error"}}}
      }
    },
    "schemas": {
      "error": {
        "type": "object",
        "required": ["title", "http_status"],
        "properties": {
          "title": {"type": "string"},
          "description": {"type": "string"},
          "http_status": {"type": "string", "pattern": "^[0-9]{3}$"}
        }
      },
      "discovery": {
        "type": "object",
        "required": ["title"],
        "properties": {
          "title": {"type": "string"},
          "description": {"type": "string"},
          "contact": {"type": "string"},
          "default": {"type": "string"},
          "api_roots": {"type": "array", "minItems": 1, "items": {"type": "string", "pattern": "^(https://[^/]+)?/[^/].*/$"}}
        }
      },
      "api_root": {
        "type": "object",
        "required": ["title", "versions", "max_content_length"],
        "properties": {
          "title": {"type": "string"},
          "description": {"type": "string"},
          "versions": {"type": "array", "contains": {"const": "application/taxii+json;version=2.1"}},
          "max_content_length": {"type": "integer", "minimum": 1}
        }
      },
      "collection": {
        "type": "object",
        "required": ["id", "title", "can_read", "can_write"],
        "properties": {
          "id": {"type": "string", "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"},
          "title": {"type": "string"},
          "description": {"type": "string"},
          "alias": {"type": "string"},
          "can_read": {"type": "boolean"},
          "can_write": {"type": "boolean"},
          "media_types": {"type": "array", "minItems": 1, "items": {"type": "string"}}
        }
      },
      "collections": {
        "type": "object",
        "properties": {"collections": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/collection"}}}
      },
      "envelope": {
        "type": "object",
        "properties": {
          "more": {"type": "boolean"},
          "next": {"type": "string"},
          "objects": {"type": "array", "minItems": 1, "items": {"type": "object"}}
        }
      },
      "manifest": {
        "type": "object",
        "properties": {
          "more": {"type": "boolean"},
          "next": {"type": "string"},
          "objects": {
            "type": "array",
            "minItems": 1,
            "items": {
              "type": "object",
              "required": ["id", "date_added", "version"],
              "properties": {
                "id": {"type": "string"},
                "date_added": {
                  "type": "string",
                  "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}Z$"
                },
                "version": {
                  "type": "string",
                  "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}Z$"
                },
                "media_type": {"type": "string"}
              }
            }
          }
        }
      },
      "versions": {
        "type": "object",
        "properties": {
          "more": {"type": "boolean"},
          "next": {"type": "string"},
          "versions": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}Z$"}
          }
        }
      },
      "status": {
        "type": "object",
        "required": ["id", "status", "total_count", "success_count", "failure_count", "pending_count"],
        "properties": {
          "id": {"type": "string", "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"},
          "status": {"enum": ["complete", "pending"]},
          "request_timestamp": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}Z$"},
          "total_count": {"type": "integer", "minimum": 0},
          "success_count": {"type": "integer", "minimum": 0},
          "successes": {
            "type": "array",
            "minItems": 1,
            "items": {
              "type": "object",
              "required": ["id"],
              "properties": {"id": {"type": "string"}, "version": {"type": "string"}, "message": {"type": "string"}}
            }
          },
          "failure_count": {"type": "integer", "minimum": 0},
          "failures": {
            "type": "array",
            "minItems": 1,
            "items": {
              "type": "object",
              "required": ["id"],
              "properties": {"id": {"type": "string"}, "version": {"type": "string"}, "message": {"type": "string"}}
            }
          },
          "pending_count": {"type": "integer", "minimum": 0},
          "pendings": {
            "type": "array",
            "minItems": 1,
            "items": {
              "type": "object",
              "required": ["id"],
              "properties": {"id": {"type": "string"}, "version": {"type": "string"}, "message": {"type": "string"}}
            }
          }
        }
      }
    }
  }
}
)json";
  // clang-format on
  return text;
}

}  // namespace parley::api
