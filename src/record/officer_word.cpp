#include "record/officer_word.hpp"

#include "record/fields.hpp"

namespace parley::record {

namespace {

Bytes tagged(std::string_view tag, const crypto::Hash256& hash) {
  Bytes out = to_bytes(tag);
  out.push_back(0);
  append(out, hash);
  return out;
}

}  // namespace

Bytes approval_message(const crypto::Hash256& decision_hash) {
  return tagged("parley/approval/1", decision_hash);
}

Bytes rejection_message(const crypto::Hash256& decision_hash) {
  return tagged("parley/rejection/1", decision_hash);
}

bool OfficerWord::signed_over(const crypto::Hash256& terms_hash) const {
  const Bytes message = verdict == "approve" ? approval_message(terms_hash) : rejection_message(terms_hash);
  return crypto::verify(key, message, signature);
}

void OfficerWord::write_word(Json& payload, Json terms, const crypto::Hash256& terms_hash) const {
  payload.set("officer", officer);
  payload.set("unit", unit);
  payload.set("key", hex(key));
  payload.set("verdict", verdict);
  payload.set("terms", std::move(terms));
  payload.set("decision_hash", hex(terms_hash));
  payload.set("signature", to_hex(signature.value()));
}

Result<void> OfficerWord::read_word(const Json& payload) {
  PARLEY_TRY(officer, text_member(payload, "officer"));
  PARLEY_TRY(unit, text_member(payload, "unit"));
  PARLEY_TRY(key, key_member(payload, "key"));
  PARLEY_TRY(verdict, choice_member(payload, "verdict", {"approve", "reject"}));
  PARLEY_TRY(const Bytes bytes, hex_member(payload, "signature", 64));
  PARLEY_TRY(signature, crypto::parse_signature(bytes));
  return {};
}

}  // namespace parley::record
