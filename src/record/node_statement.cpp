#include "record/node_statement.hpp"

#include "record/fields.hpp"

namespace parley::record {
namespace {

Json keys_json(const NodeKeys& keys) {
  return Json::object({{"role", hex(keys.role)}, {"log", hex(keys.log)}, {"tls", hex(keys.tls)}});
}

Result<NodeKeys> keys_member(const Json& payload) {
  PARLEY_TRY(const Json* object, payload.member("keys"));
  NodeKeys keys;
  PARLEY_TRY(keys.role, key_member(*object, "role"));
  PARLEY_TRY(keys.log, key_member(*object, "log"));
  PARLEY_TRY(keys.tls, key_member(*object, "tls"));
  return keys;
}

}  // namespace

Json NodeStatement::to_json() const {
  Json out = start_payload(schema, head);
  out.set("name", name);
  out.set("kind", kind);
  out.set("jurisdiction", jurisdiction);
  out.set("keys", keys_json(keys));
  return out;
}

Result<NodeStatement> NodeStatement::from_json(const Json& payload) {
  NodeStatement out;
  PARLEY_TRY(out.head, head_members(payload, schema));
  PARLEY_TRY(out.name, text_member(payload, "name"));
  PARLEY_TRY(out.kind, text_member(payload, "kind"));
  PARLEY_TRY(out.jurisdiction, text_member(payload, "jurisdiction"));
  PARLEY_TRY(out.keys, keys_member(payload));
  return out;
}

Json PeerStatement::to_json() const {
  Json out = start_payload(schema, head);
  out.set("peer", peer);
  out.set("name", name);
  out.set("kind", kind);
  out.set("jurisdiction", jurisdiction);
  out.set("keys", keys_json(keys));
  out.set("fingerprint", fingerprint);
  out.set("status", status);
  return out;
}

Result<PeerStatement> PeerStatement::from_json(const Json& payload) {
  PeerStatement out;
  PARLEY_TRY(out.head, head_members(payload, schema));
  PARLEY_TRY(out.peer, text_member(payload, "peer"));
  PARLEY_TRY(out.name, text_member(payload, "name"));
  PARLEY_TRY(out.kind, text_member(payload, "kind"));
  PARLEY_TRY(out.jurisdiction, text_member(payload, "jurisdiction"));
  PARLEY_TRY(out.keys, keys_member(payload));
  PARLEY_TRY(out.fingerprint, text_member(payload, "fingerprint"));
  PARLEY_TRY(out.status, choice_member(payload, "status", {"active", "suspended"}));
  return out;
}

Json OfficerStatement::to_json() const {
  Json out = start_payload(schema, head);
  out.set("officer", officer);
  out.set("unit", unit);
  out.set("key", hex(key));
  out.set("_sd", texts_json(sealed));
  return out;
}

Result<OfficerStatement> OfficerStatement::from_json(const Json& payload) {
  OfficerStatement out;
  PARLEY_TRY(out.head, head_members(payload, schema));
  PARLEY_TRY(out.officer, text_member(payload, "officer"));
  PARLEY_TRY(out.unit, text_member(payload, "unit"));
  PARLEY_TRY(out.key, key_member(payload, "key"));
  PARLEY_TRY(out.sealed, sealed_member(payload));
  if (out.sealed.empty())
    return fail(ErrorKind::bad_input, "the officer's name must be there as a salted digest", "/_sd");
  if (payload.contains("name"))
    return fail(ErrorKind::bad_input, "an officer's name must not stand in plain text", "/name");
  return out;
}

Json OfficerRevocation::to_json() const {
  Json out = start_payload(schema, head);
  out.set("officer", officer);
  out.set("key", hex(key));
  out.set("reason", reason);
  return out;
}

Result<OfficerRevocation> OfficerRevocation::from_json(const Json& payload) {
  OfficerRevocation out;
  PARLEY_TRY(out.head, head_members(payload, schema));
  PARLEY_TRY(out.officer, text_member(payload, "officer"));
  PARLEY_TRY(out.key, key_member(payload, "key"));
  PARLEY_TRY(out.reason, choice_member(payload, "reason", {"left", "lost_key", "compromised", "other"}));
  return out;
}

}  // namespace parley::record
