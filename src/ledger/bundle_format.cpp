#include "ledger/bundle_format.hpp"

#include <fmt/format.h>

#include "crypto/hash.hpp"
#include "record/fields.hpp"

namespace parley::ledger {
namespace {

using encoding::Json;

constexpr std::string_view index_schema = "parley/bundle/1";

Json party_json(const EvidenceParty& party) {
  Json out = Json::object({{"origin", party.origin},
                           {"name", party.name},
                           {"kind", party.kind},
                           {"jurisdiction", party.jurisdiction},
                           {"role_key", record::hex(party.role_key)}});
  if (party.log_key) out.set("log_key", record::hex(*party.log_key));
  return out;
}

Result<EvidenceParty> parse_party(const Json& json) {
  EvidenceParty out;
  PARLEY_TRY(out.origin, record::text_member(json, "origin"));
  PARLEY_TRY(out.name, record::text_member(json, "name"));
  PARLEY_TRY(out.kind, record::text_member(json, "kind"));
  PARLEY_TRY(out.jurisdiction, record::text_member(json, "jurisdiction"));
  PARLEY_TRY(out.role_key, record::key_member(json, "role_key"));
  if (json.contains("log_key")) {
    PARLEY_TRY(out.log_key, record::key_member(json, "log_key"));
  }
  if (!merkle::is_key_name(out.origin))
    return fail(ErrorKind::bad_input, "a party's origin must be a key name", "/parties");
  return out;
}

Json entry_json(const BundleIndex::Entry& entry) {
  Json out = Json::object({{"file", entry.file}, {"disclosures", entry.disclosures}});
  if (entry.leaf_index) out.set("index", *entry.leaf_index);
  return out;
}

Result<BundleIndex::Entry> parse_entry(const Json& json, const BundleLimits& limits) {
  BundleIndex::Entry out;
  PARLEY_TRY(out.file, json.string_member("file"));
  PARLEY_TRY(const std::uint64_t disclosures, json.uint_member("disclosures"));
  if (disclosures > limits.max_disclosures)
    return fail(ErrorKind::bad_input, "too many disclosures of one statement", "/statements");
  out.disclosures = disclosures;
  if (json.contains("index")) {
    PARLEY_TRY(out.leaf_index, json.uint_member("index"));
  }
  return out;
}

}  // namespace

std::string_view kind_name(EvidenceKind kind) {
  return kind == EvidenceKind::release ? "release" : "match";
}

std::string statement_file(std::size_t position, std::string_view schema) {
  // parley/NAME/1
  const std::size_t first = schema.find('/');
  const std::string_view name = schema.substr(first + 1, schema.rfind('/') - first - 1);
  return fmt::format("statements/{:02}-{}.jws", position, name);
}

std::string disclosure_file(std::size_t position, std::size_t number) {
  return fmt::format("disclosures/{:02}-{}.txt", position, number);
}

std::string proof_file(std::uint64_t leaf_index, std::string_view extension) {
  return fmt::format("proofs/{}.{}", leaf_index, extension);
}

std::string key_file(std::string_view use, std::size_t party) {
  return fmt::format("keys/{}-{}.vkey", use, party);
}

Json BundleIndex::to_json() const {
  Json::Array party_list;
  for (const EvidenceParty& party : parties) party_list.push_back(party_json(party));
  Json::Array entries;
  for (const Entry& entry : statements) entries.push_back(entry_json(entry));
  return Json::object({{"schema", index_schema},
                       {"id", id},
                       {"created", format_time(created)},
                       {"exporter", exporter},
                       {"kind", kind_name(kind)},
                       {"subject", subject},
                       {"parties", Json(std::move(party_list))},
                       {"statements", Json(std::move(entries))},
                       {"package", has_package}});
}

Result<BundleIndex> BundleIndex::from_json(const Json& json, const BundleLimits& limits) {
  BundleIndex out;
  PARLEY_TRY(const std::string schema, json.string_member("schema"));
  if (schema != index_schema)
    return fail(ErrorKind::bad_input, "this version reads bundles of form " + std::string(index_schema),
                "/schema");
  PARLEY_TRY(out.id, record::text_member(json, "id"));
  PARLEY_TRY(out.created, record::time_member(json, "created"));
  PARLEY_TRY(out.exporter, record::text_member(json, "exporter"));
  PARLEY_TRY(const std::string kind, record::choice_member(json, "kind", {"release", "match"}));
  out.kind = kind == "release" ? EvidenceKind::release : EvidenceKind::match;
  PARLEY_TRY(out.subject, record::text_member(json, "subject"));
  PARLEY_TRY(const Json::Array* parties, json.array_member("parties"));
  PARLEY_TRY(const Json::Array* statements, json.array_member("statements"));
  if (parties->size() > limits.max_parties || statements->size() > limits.max_statements)
    return fail(ErrorKind::bad_input, "too many parties or statements in one bundle");
  for (const Json& party : *parties) {
    PARLEY_TRY(EvidenceParty read, parse_party(party));
    out.parties.push_back(std::move(read));
  }
  for (const Json& statement : *statements) {
    PARLEY_TRY(Entry read, parse_entry(statement, limits));
    out.statements.push_back(std::move(read));
  }
  PARLEY_TRY(out.has_package, json.bool_member("package"));
  return out;
}

std::string proof_list_text(const BundleIndex& index) {
  std::string out;
  for (const BundleIndex::Entry& entry : index.statements)
    if (entry.leaf_index) out += fmt::format("{} {}\n", *entry.leaf_index, entry.file);
  return out;
}

std::vector<std::string> member_names(const BundleIndex& index) {
  std::vector<std::string> out;
  const auto add = [&](std::string_view name) { out.emplace_back(name); };
  add(bundle_name::readme);
  add(bundle_name::report);
  add(bundle_name::script);
  add(bundle_name::index);
  for (const BundleIndex::Entry& entry : index.statements) add(entry.file);
  for (std::size_t i = 0; i < index.statements.size(); ++i)
    for (std::size_t n = 0; n < index.statements[i].disclosures; ++n) add(disclosure_file(i, n));
  add(bundle_name::proof_list);
  for (const BundleIndex::Entry& entry : index.statements) {
    if (!entry.leaf_index) continue;
    for (const std::string_view extension : {"leaf", "opening", "tlog-proof"})
      add(proof_file(*entry.leaf_index, extension));
  }
  add(bundle_name::checkpoint);
  for (std::size_t i = 0; i < index.parties.size(); ++i) {
    add(key_file("role", i));
    if (index.parties[i].log_key) add(key_file("log", i));
  }
  if (index.has_package) add(bundle_name::package);
  add(bundle_name::manifest);
  add(bundle_name::manifest_jws);
  return out;
}

std::string manifest_text(std::span<const encoding::ZipMember> members) {
  std::string out;
  for (const encoding::ZipMember& member : members) {
    if (member.name == bundle_name::manifest || member.name == bundle_name::manifest_jws) continue;
    out += to_hex(crypto::sha256(member.content)) + "  " + member.name + '\n';
  }
  return out;
}

}  // namespace parley::ledger
