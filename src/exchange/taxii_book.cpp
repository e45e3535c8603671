#include "exchange/taxii_book.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "base/ascii.hpp"
#include "crypto/hash.hpp"
#include "crypto/password.hpp"
#include "exchange/json_documents.hpp"
#include "exchange/json_texts.hpp"
#include "misp_sync/target.hpp"
#include "taxii/identifier.hpp"
#include "taxii/target.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;

constexpr std::string_view collections_kind = "taxii_collections";
constexpr std::string_view callers_kind = "taxii_callers";
constexpr std::size_t max_text = 4'096;
constexpr std::size_t max_name = 128;

template <class T>
Result<std::vector<T>> list_of(const state::Reader& reader, std::string_view kind) {
  std::vector<T> out;
  PARLEY_TRY(const std::vector<state::Document> documents, reader.list_documents(kind, "", state::max_page));
  for (const state::Document& document : documents) {
    PARLEY_TRY(const Json json, encoding::parse_json(as_text(document.body)));
    PARLEY_TRY(T one, T::from_json(json));
    out.push_back(std::move(one));
  }
  return out;
}

Result<std::string> text_or_none(const Json& json, std::string_view key) {
  PARLEY_TRY(auto text, json.optional_string_member(key));
  return text.value_or(std::string());
}

bool is_printable(std::string_view text, std::size_t limit) {
  return text.size() <= limit &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// Names of callers stand in "user:password" and in the policy.
bool is_caller_name(std::string_view name) {
  return !name.empty() && is_printable(name, max_name) && name.find(':') == std::string_view::npos;
}

Result<void> save(Node& node, std::string_view kind, std::string_view id, const Json& body) {
  PARLEY_TRY(const auto before, load_json(node, {kind, id}));
  PARLEY_CHECK(save_json(node, {kind, id}, body, before ? before->version : state::DocumentVersion(0)));
  node.note_definitions();
  return {};
}

/// 40 letters and digits, which is all that MISP takes as a key.
std::string make_token(Entropy& entropy) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  constexpr std::size_t characters = 40;
  constexpr unsigned fair = 256 - 256 % alphabet.size();  // above it some letters would come more often
  std::string out;
  while (out.size() < characters)
    for (const std::uint8_t byte : entropy.array<64>())
      if (byte < fair && out.size() < characters) out.push_back(alphabet[byte % alphabet.size()]);
  return out;
}

/// "NAME", "NAME:r", "NAME:w" or "NAME:rw".
Result<std::pair<std::string, TaxiiRight>> parse_right(const std::string& text) {
  for (const auto& [suffix, right] : {std::pair{":rw", TaxiiRight{true, true}},
                                      {":r", TaxiiRight{true, false}},
                                      {":w", TaxiiRight{false, true}}})
    if (text.ends_with(suffix))
      return std::pair{text.substr(0, text.size() - std::string_view(suffix).size()), right};
  return std::pair{text, TaxiiRight{}};
}

}  // namespace

Json TaxiiCollection::to_json() const {
  Json list = Json::array();
  for (const CollectionRule& rule : rules) list.push_back(rule.to_json());
  Json out = Json::object({{"id", id},
                           {"root", root},
                           {"title", title},
                           {"description", description},
                           {"alias", alias},
                           {"writable", writable}});
  if (tlp) out.set("tlp", intel::tlp_name(*tlp));
  out.set("rules", std::move(list));
  return out;
}

Result<TaxiiCollection> TaxiiCollection::from_json(const Json& json) {
  TaxiiCollection out;
  PARLEY_TRY(out.id, json.string_member("id"));
  PARLEY_TRY(out.root, json.string_member("root"));
  PARLEY_TRY(out.title, json.string_member("title"));
  PARLEY_TRY(out.description, text_or_none(json, "description"));
  PARLEY_TRY(out.alias, text_or_none(json, "alias"));
  PARLEY_TRY(out.writable, json.bool_member("writable"));
  PARLEY_TRY(const std::string tlp, text_or_none(json, "tlp"));
  out.tlp = intel::parse_tlp(tlp);
  PARLEY_TRY(const Json::Array* rules, json.array_member("rules"));
  for (const Json& rule : *rules) {
    PARLEY_TRY(CollectionRule one, CollectionRule::from_json(rule));
    out.rules.push_back(std::move(one));
  }
  return out;
}

Json TaxiiCaller::to_json() const {
  Json by_collection = Json::object();
  for (const auto& [collection, right] : rights)
    by_collection.set(collection, std::string(right.read ? "r" : "") + (right.write ? "w" : ""));
  return Json::object({{"name", name},
                       {"password", password},
                       {"token", token},
                       {"certificate", certificate},
                       {"rights", std::move(by_collection)},
                       {"organisation", organisation},
                       {"created", format_time(created)},
                       {"revoked", revoked}});
}

Result<TaxiiCaller> TaxiiCaller::from_json(const Json& json) {
  TaxiiCaller out;
  PARLEY_TRY(out.name, json.string_member("name"));
  PARLEY_TRY(out.password, text_or_none(json, "password"));
  PARLEY_TRY(out.token, text_or_none(json, "token"));
  PARLEY_TRY(out.certificate, text_or_none(json, "certificate"));
  PARLEY_TRY(out.organisation, text_or_none(json, "organisation"));
  PARLEY_TRY(const Json::Object* rights, json.object_member("rights"));
  for (const auto& [collection, right] : *rights) {
    const std::string* text = right.if_string();
    if (text == nullptr) return fail(ErrorKind::internal, "a right of a TAXII caller is damaged");
    out.rights[collection] = {text->find('r') != std::string::npos, text->find('w') != std::string::npos};
  }
  PARLEY_TRY(out.created, time_member(json, "created"));
  PARLEY_TRY(out.revoked, json.bool_member("revoked"));
  return out;
}

Result<std::vector<TaxiiCollection>> list_collections(const state::Reader& reader) {
  PARLEY_TRY(auto out, list_of<TaxiiCollection>(reader, collections_kind));
  std::ranges::sort(out, {}, [](const TaxiiCollection& one) { return std::tie(one.root, one.id); });
  return out;
}

Result<std::vector<TaxiiCaller>> list_callers(const state::Reader& reader) {
  return list_of<TaxiiCaller>(reader, callers_kind);
}

Result<TaxiiCollection> add_collection(Node& node, TaxiiCollection collection) {
  if (collection.root.empty()) collection.root = default_api_root;
  if (!taxii::is_root_name(collection.root))
    return fail(ErrorKind::usage, "the name of an API root has lower-case letters, digits and \"-\"");
  if (collection.title.empty() || !is_printable(collection.title, max_text) ||
      !is_printable(collection.description, max_text))
    return fail(ErrorKind::usage, "a collection needs a title; titles and descriptions are one line");
  if (!collection.alias.empty() && !taxii::is_alias(collection.alias))
    return fail(ErrorKind::usage, "an alias has letters, digits, \"-\", \"_\" and \".\", and is no UUID");
  PARLEY_TRY(const auto reader, node.store().snapshot());
  PARLEY_TRY(const std::vector<TaxiiCollection> there, list_collections(*reader));
  if (there.size() >= max_taxii_collections)
    return fail(ErrorKind::conflict, "this node has as many collections as it can have");
  for (const TaxiiCollection& other : there)
    if (!collection.alias.empty() && other.root == collection.root && other.alias == collection.alias)
      return fail(ErrorKind::conflict, "the alias " + collection.alias + " is taken in this API root");
  collection.id = taxii::make_identifier(node.entropy());
  PARLEY_CHECK(save(node, collections_kind, collection.id, collection.to_json()));
  return collection;
}

Result<TaxiiCollection> find_collection(const state::Reader& reader, std::string_view name) {
  PARLEY_TRY(const std::vector<TaxiiCollection> all, list_collections(reader));
  const TaxiiCollection* found = nullptr;
  for (const TaxiiCollection& one : all) {
    if (one.id == name) return one;
    if (one.alias != name && one.title != name) continue;
    if (found != nullptr)
      return fail(ErrorKind::usage, "several collections are called " + std::string(name) + "; use the id");
    found = &one;
  }
  if (found == nullptr)
    return fail(ErrorKind::not_found, "there is no collection " + std::string(name) +
                                          "; `parley taxii collection list` shows them");
  return *found;
}

Result<std::pair<TaxiiCaller, NewSecrets>> add_caller(Node& node, const CallerRequest& request) {
  if (!is_caller_name(request.name))
    return fail(ErrorKind::usage, "a name has at most 128 characters, no \":\" and no control characters");
  PARLEY_TRY(const auto reader, node.store().snapshot());
  PARLEY_TRY(const std::vector<TaxiiCaller> there, list_callers(*reader));
  TaxiiCaller caller;
  const auto known = std::ranges::find(there, request.name, &TaxiiCaller::name);
  if (known != there.end()) {
    caller = *known;
  } else if (there.size() >= max_taxii_callers) {
    return fail(ErrorKind::conflict, "this node has as many TAXII users as it can have");
  } else {
    caller.name = request.name;
    caller.created = node.clock().now();
  }
  if (caller.revoked) {  // what it had before is gone
    caller.password.clear();
    caller.token.clear();
    caller.certificate.clear();
    caller.rights.clear();
    caller.revoked = false;
  }
  for (const std::string& text : request.collections) {
    PARLEY_TRY(const auto right, parse_right(text));
    PARLEY_TRY(const TaxiiCollection collection, find_collection(*reader, right.first));
    caller.rights[collection.id] = right.second;
  }
  if (!request.misp.empty()) {
    if (request.misp != "r" && request.misp != "w" && request.misp != "rw")
      return fail(ErrorKind::usage, "a right to MISP is r, w or rw");
    PARLEY_TRY(const auto right, parse_right("misp:" + request.misp));
    caller.rights[std::string(misp_right)] = right.second;
  }
  if (!request.organisation.empty()) {
    std::string uuid;
    append_lower(uuid, request.organisation);
    if (!misp_sync::is_uuid(uuid))
      return fail(ErrorKind::usage, "an organisation is named by its UUID in MISP");
    caller.organisation = uuid;
  }
  NewSecrets secrets;
  if (request.with_password || !request.password.empty()) {
    std::string password = request.password;
    if (password.empty()) {
      password = to_base64url(node.entropy().array<18>());
      secrets.password = password;
    }
    PARLEY_TRY(caller.password, crypto::hash_password(password, node.entropy()));
  }
  if (request.with_token) {
    // More than 230 random bits need no slow hash.
    secrets.token = make_token(node.entropy());
    caller.token = to_hex(crypto::sha256(as_bytes(secrets.token)));
  }
  if (!request.certificate.empty()) {
    const Result<Bytes> hash = from_hex(request.certificate);
    if (!hash || hash->size() != 32)
      return fail(ErrorKind::usage,
                  "a certificate is named by the SHA-256 of its DER, 64 hexadecimal digits");
    caller.certificate = to_hex(*hash);
  }
  if (caller.password.empty() && caller.token.empty() && caller.certificate.empty())
    return fail(ErrorKind::usage, "give it --password, --token or --certificate");
  PARLEY_CHECK(save(node, callers_kind, caller.name, caller.to_json()));
  return std::pair{std::move(caller), std::move(secrets)};
}

Result<TaxiiCaller> revoke_caller(Node& node, std::string_view name) {
  PARLEY_TRY(const auto document, load_json(node, {callers_kind, name}));
  if (!document) return fail(ErrorKind::not_found, "there is no TAXII user " + std::string(name));
  PARLEY_TRY(TaxiiCaller caller, TaxiiCaller::from_json(document->body));
  caller.revoked = true;
  PARLEY_CHECK(save(node, callers_kind, name, caller.to_json()));
  return caller;
}

Result<CollectionFill> CollectionFill::begin(Node& node, std::string_view name, CollectionRule rule) {
  if (rule.empty())
    return fail(ErrorKind::usage, "say what belongs into it: --source, --type, --label, --id or --all");
  PARLEY_TRY(const auto reader, node.store().snapshot());
  PARLEY_TRY(TaxiiCollection collection, find_collection(*reader, name));
  CollectionFill fill(node, std::move(collection), std::move(rule));
  PARLEY_TRY(const std::vector<state::StoredSource> sources, reader->list_sources());
  for (const state::StoredSource& source : sources)
    fill.sources_.emplace(source.id.value(), source.latest.name);
  // The rule first: what an import stores from now on joins by it, and the walk finds all that was before.
  if (std::ranges::find(fill.collection_.rules, fill.rule_) == fill.collection_.rules.end()) {
    fill.collection_.rules.push_back(fill.rule_);
    fill.report_.rule_is_new = true;
    PARLEY_CHECK(save(node, collections_kind, fill.collection_.id, fill.collection_.to_json()));
  }
  return fill;
}

Result<std::optional<FillReport>> CollectionFill::step() {
  constexpr std::size_t at_once = 2'000;
  std::vector<state::StoredContent> contents;
  {
    // Gone before the commit: what somebody reads is not copied out of the write-ahead file, which would
    // grow with every step.
    PARLEY_TRY(const auto reader, node_->store().snapshot());
    PARLEY_TRY(contents, reader->list_contents(after_, at_once));
  }
  intel::StixReader stix;
  for (const state::StoredContent& one : contents) {
    after_ = one.content;
    ++report_.looked_at;
    const auto source = sources_.find(one.object.source.value());
    if (!rule_.wants(source == sources_.end() ? std::string_view() : source->second, one.object.type,
                     one.object.labels, one.object.id))
      continue;
    const Result<intel::StixObject> object = stix.read(one.object.raw);
    if (object && object->id == one.object.id) waiting_.push_back(member_of(*object));
  }
  const bool done = contents.size() < at_once;
  if (!done && waiting_.size() < commit_members_) return std::nullopt;
  PARLEY_CHECK(state::write(node_->store(), done ? state::Durability::synced : state::Durability::buffered,
                            [&](state::Transaction& transaction) -> Result<void> {
                              PARLEY_TRY(
                                  const state::MemberCounts counts,
                                  transaction.add_members(collection_.id, waiting_, node_->clock().now()));
                              report_.added += counts.added;
                              report_.unchanged += counts.unchanged;
                              PARLEY_CHECK(transaction.add_counter("taxii/fills", 1));
                              return {};
                            }));
  waiting_.clear();
  if (!done) return std::nullopt;
  return report_;
}

std::string caller_origin(std::string_view caller) {
  return "taxii:" + std::string(caller);
}

}  // namespace parley::exchange
