#include "exchange/officer.hpp"

#include <algorithm>

#include "exchange/json_documents.hpp"
#include "exchange/recording.hpp"
#include "record/disclosure.hpp"
#include "record/node_statement.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;

constexpr std::string_view collection = "officers";
constexpr std::size_t max_name_bytes = 256;

Json to_body(const Officer& officer) {
  Json body = Json::object({{"id", officer.id},
                            {"name", officer.name},
                            {"unit", officer.unit},
                            {"key", to_hex(officer.key.value())},
                            {"enrolled", format_time(officer.enrolled)},
                            {"enrolment", officer.enrolment_jws},
                            {"disclosure", officer.name_disclosure}});
  if (officer.revoked) body.set("revoked", format_time(*officer.revoked));
  return body;
}

Result<Officer> from_body(const Json& body) {
  Officer out;
  PARLEY_TRY(out.id, body.string_member("id"));
  PARLEY_TRY(out.name, body.string_member("name"));
  PARLEY_TRY(out.unit, body.string_member("unit"));
  PARLEY_TRY(out.key, public_key_member(body, "key"));
  PARLEY_TRY(out.enrolled, time_member(body, "enrolled"));
  PARLEY_TRY(out.enrolment_jws, body.string_member("enrolment"));
  PARLEY_TRY(out.name_disclosure, body.string_member("disclosure"));
  if (body.contains("revoked")) {
    PARLEY_TRY(out.revoked, time_member(body, "revoked"));
  }
  return out;
}

Result<void> check_new(Node& node, std::string_view name, std::string_view unit,
                       const crypto::PublicKey& key) {
  for (const std::string_view text : {name, unit})
    if (text.empty() || text.size() > max_name_bytes || std::any_of(text.begin(), text.end(), [](char c) {
          return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
        }))
      return fail(ErrorKind::usage,
                  "an officer needs a name and a unit of at most 256 bytes each, without control characters");
  PARLEY_TRY(const std::vector<Officer> all, list_officers(node));
  for (const Officer& officer : all) {
    if (officer.name == name)
      return fail(ErrorKind::conflict, "an officer of this name is enrolled; a new key needs a new name");
    // One key under two names would let one person sign twice.
    if (officer.key == key) return fail(ErrorKind::conflict, "this key is enrolled as " + officer.name);
  }
  // A node that signs for its officers would make the second person a formality.
  if (key == node.keys().role.public_key() || key == node.keys().log.public_key() ||
      key == node.keys().tls.public_key())
    return fail(ErrorKind::usage, "this is a key of the node; an officer signs with a key of their own");
  return {};
}

}  // namespace

Result<Officer> add_officer(Node& node, std::string_view name, std::string_view unit,
                            const crypto::PublicKey& key) {
  PARLEY_CHECK(check_new(node, name, unit, key));
  const Timestamp now = node.clock().now();
  Officer officer;
  officer.id = make_uuid7(now.microseconds(), node.entropy());
  officer.name = std::string(name);
  officer.unit = std::string(unit);
  officer.key = key;
  officer.enrolled = now;

  record::OfficerStatement statement;
  statement.head = {make_uuid7(now.microseconds(), node.entropy()), node.identity().origin, now};
  statement.officer = officer.id;
  statement.unit = officer.unit;
  statement.key = key;
  PARLEY_TRY(const record::Disclosure disclosure,
             record::make_disclosure("name", officer.name, node.entropy()));
  statement.sealed = {disclosure.digest};
  officer.name_disclosure = disclosure.encoded;
  PARLEY_TRY(const Recorded recorded, record(node, statement.to_json()));
  officer.enrolment_jws = recorded.jws;
  // A crash here leaves an enrolment in the ledger of somebody who cannot approve; enrolling again is
  // harmless.
  PARLEY_CHECK(save_json(node, {collection, officer.id}, to_body(officer), state::DocumentVersion(0)));
  return officer;
}

Result<std::vector<Officer>> list_officers(Node& node) {
  PARLEY_TRY(const std::vector<JsonDocument> documents, list_json(node, collection));
  std::vector<Officer> out;
  for (const JsonDocument& document : documents) {
    PARLEY_TRY(Officer officer, from_body(document.body));
    out.push_back(std::move(officer));
  }
  return out;
}

Result<Officer> find_officer(Node& node, std::string_view name_or_id) {
  PARLEY_TRY(std::vector<Officer> all, list_officers(node));
  for (Officer& officer : all)
    if (officer.name == name_or_id || officer.id == name_or_id) return std::move(officer);
  return fail(ErrorKind::not_found,
              "no officer \"" + std::string(name_or_id) + "\"; `parley officer list` shows them");
}

Result<Officer> revoke_officer(Node& node, std::string_view name_or_id, std::string_view reason) {
  if (reason != "left" && reason != "lost_key" && reason != "compromised" && reason != "other")
    return fail(ErrorKind::usage, "the reason is left, lost_key, compromised or other");
  PARLEY_TRY(Officer officer, find_officer(node, name_or_id));
  if (officer.revoked) return officer;
  PARLEY_TRY(const std::optional<JsonDocument> document, load_json(node, {collection, officer.id}));
  if (!document) return fail(ErrorKind::not_found, "the officer is gone");
  officer.revoked = node.clock().now();
  // The store first: a crash before the ledger leaves the key without effect, which is the safe side.
  PARLEY_CHECK(save_json(node, {collection, officer.id}, to_body(officer), document->version));
  record::OfficerRevocation statement;
  statement.head = {make_uuid7(officer.revoked->microseconds(), node.entropy()), node.identity().origin,
                    *officer.revoked};
  statement.officer = officer.id;
  statement.key = officer.key;
  statement.reason = reason;
  PARLEY_CHECK(record(node, statement.to_json()));
  return officer;
}

}  // namespace parley::exchange
