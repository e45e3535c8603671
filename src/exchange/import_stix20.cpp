#include "exchange/import_stix20.hpp"

#include <algorithm>
#include <utility>

#include "crypto/hash.hpp"
#include "exchange/taxii_rules.hpp"
#include "state/store.hpp"
#include "stix/convert_20.hpp"

namespace parley::exchange {

namespace {

constexpr std::string_view originals = "stix20_originals";
/// A snapshot keeps old pages of the store on the disk: a new one now and then.
constexpr std::size_t objects_a_snapshot = 1'000;

std::string key_of(std::string_view raw) {
  return to_hex(crypto::sha256(as_bytes(raw)));
}

/// An observable as STIX 2.1 has it, handled as what it was a part of.
std::optional<intel::StixObject> read_observable(intel::StixReader& reader, const intel::StixObject& from,
                                                 const std::string& raw) {
  Result<intel::StixObject> out = reader.read(raw);
  if (!out) return std::nullopt;  // it is none in STIX 2.1; the original has it
  out->marking = from.marking;
  if (out->marking.pap && *out->marking.pap != intel::PapLevel::clear) out->marking.unknown = true;
  out->labels = from.labels;
  out->unpublished = from.unpublished;
  out->selectors.clear();
  return std::move(*out);
}

}  // namespace

Result<std::string> Stix20Converter::convert(intel::StixObject& object,
                                             std::vector<intel::StixObject>& observables) {
  if (!is_stix20(object) || object.type.starts_with("x-misp-")) return std::string();
  PARLEY_TRY(const bool stored, is_stored(object));
  if (stored) return std::string();
  const Result<stix::Converted> converted = stix::convert_20(object.raw);
  if (!converted || converted->objects.empty()) return std::string();
  Result<intel::StixObject> made = reader_.read(converted->objects.back());
  if (!made || made->id != object.id) return std::string();
  for (std::size_t i = 0; i + 1 < converted->objects.size(); ++i)
    if (auto one = read_observable(reader_, object, converted->objects[i]))
      observables.push_back(std::move(*one));
  object.refs = std::move(made->refs);
  object.spec_version = "2.1";
  return std::exchange(object.raw, std::move(made->raw));
}

Result<bool> Stix20Converter::is_stored(const intel::StixObject& object) {
  if (!snapshot_ || ++since_snapshot_ >= objects_a_snapshot) {
    PARLEY_TRY(snapshot_, store_->snapshot());
    since_snapshot_ = 0;
  }
  PARLEY_TRY(const std::vector<state::StoredObject> versions, snapshot_->find_versions(object.id));
  return std::ranges::any_of(versions, [&](const state::StoredObject& one) { return one.raw == object.raw; });
}

Result<void> keep_original(state::Transaction& transaction, std::string_view raw, std::string_view original) {
  const std::string id = key_of(raw);
  const state::DocumentKey key{originals, id};
  PARLEY_TRY(const auto before, transaction.get_document(key));
  if (before) return {};
  PARLEY_CHECK(transaction.put_document(key, as_bytes(original), state::DocumentVersion(0)));
  return {};
}

Result<std::optional<std::string>> original_of(const state::Reader& reader, std::string_view raw) {
  PARLEY_TRY(const auto document, reader.get_document({originals, key_of(raw)}));
  if (!document) return std::optional<std::string>();
  return std::optional<std::string>(std::string(as_text(document->body)));
}

Result<void> erase_original(state::Transaction& transaction, std::string_view raw) {
  PARLEY_CHECK(transaction.erase_document({originals, key_of(raw)}));
  return {};
}

}  // namespace parley::exchange
