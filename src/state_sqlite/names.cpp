#include "state_sqlite/names.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/bytes.hpp"
#include "state/limits.hpp"

namespace parley::state_sqlite {

void Names::remember(std::int64_t id, std::string_view text) {
  if (ids_.size() >= max_cached) forget();
  ids_.emplace(text, id);
  texts_.emplace(id, text);
}

void Names::forget() {
  ids_.clear();
  texts_.clear();
}

Result<std::optional<std::int64_t>> Names::find(std::string_view text) {
  if (const auto it = ids_.find(text); it != ids_.end()) return it->second;
  PARLEY_TRY(Lease select, connection_.use("SELECT id FROM name WHERE text = ?1"));
  select->bind(1, text);
  PARLEY_TRY(const bool found, select->step());
  if (!found) return std::nullopt;
  const std::int64_t id = select->integer(0);
  remember(id, text);
  return id;
}

Result<std::int64_t> Names::add(std::string_view text) {
  PARLEY_TRY(const std::optional<std::int64_t> there, find(text));
  if (there) return *there;
  PARLEY_TRY(Lease insert, connection_.use("INSERT INTO name (text) VALUES (?1) RETURNING id"));
  insert->bind(1, text);
  PARLEY_TRY(const bool row, insert->step());
  const std::int64_t id = row ? insert->integer(0) : 0;
  PARLEY_TRY(const bool more, insert->step());
  if (!row || more) return fail(ErrorKind::internal, "the store gave no number to a name");
  remember(id, text);
  return id;
}

Result<std::string> Names::text(std::int64_t id) {
  std::string out;
  PARLEY_CHECK(append_text(id, out));
  return out;
}

Result<void> Names::append_text(std::int64_t id, std::string& out) {
  if (const auto it = texts_.find(id); it != texts_.end()) {
    out += it->second;
    return {};
  }
  PARLEY_TRY(Lease select, connection_.use("SELECT text FROM name WHERE id = ?1"));
  select->bind(1, id);
  PARLEY_TRY(const bool found, select->step());
  if (!found)
    return fail(ErrorKind::internal, "the store is damaged: name " + std::to_string(id) + " is gone");
  const std::string text(select->text(0));
  out += text;
  remember(id, text);
  return {};
}

Result<std::int64_t> LabelSets::add(const std::vector<std::string>& labels) {
  if (labels.empty()) return 0;
  Bytes encoded;
  for (const std::string& label : labels) append_prefixed(encoded, as_bytes(label));
  if (const auto known = ids_.find(as_text(encoded)); known != ids_.end()) return known->second;
  const auto remember = [&](std::int64_t id) {
    if (encoded.size() > max_cached_bytes) return;
    if (ids_.size() >= max_cached_ids) ids_.clear();
    ids_.emplace(as_text(encoded), id);
  };
  {
    PARLEY_TRY(Lease select, connection_.use("SELECT id FROM label_set WHERE labels = ?1"));
    select->bind(1, BytesView(encoded));
    PARLEY_TRY(const bool found, select->step());
    if (found) {
      const std::int64_t id = select->integer(0);
      remember(id);
      return id;
    }
  }
  PARLEY_TRY(Lease insert, connection_.use("INSERT INTO label_set (labels) VALUES (?1) RETURNING id"));
  insert->bind(1, BytesView(encoded));
  PARLEY_TRY(const bool row, insert->step());
  const std::int64_t id = row ? insert->integer(0) : 0;
  PARLEY_TRY(const bool more, insert->step());
  if (!row || more) return fail(ErrorKind::internal, "the store gave no number to a set of labels");
  remember(id);
  return id;
}

Result<const std::vector<std::string>*> LabelSets::labels(std::int64_t id) {
  static const std::vector<std::string> none;
  if (id == 0) return &none;
  if (const auto it = sets_.find(id); it != sets_.end()) return &it->second;
  PARLEY_TRY(Lease select, connection_.use("SELECT labels FROM label_set WHERE id = ?1"));
  select->bind(1, id);
  PARLEY_TRY(const bool found, select->step());
  if (!found)
    return fail(ErrorKind::internal, "the store is damaged: label set " + std::to_string(id) + " is gone");
  std::vector<std::string> labels;
  ByteReader reader(select->blob(0));
  while (!reader.at_end()) {
    PARLEY_TRY(const BytesView label, reader.prefixed(state::max_label_bytes));
    labels.emplace_back(as_text(label));
  }
  if (sets_.size() >= Names::max_cached) sets_.clear();
  return &sets_.emplace(id, std::move(labels)).first->second;
}

Result<std::int64_t> LabelSets::unite(std::int64_t a, std::int64_t b) {
  if (a == b || b == 0) return a;
  if (a == 0) return b;
  PARLEY_TRY(const std::vector<std::string>* left, labels(a));
  const std::vector<std::string> first = *left;
  PARLEY_TRY(const std::vector<std::string>* second, labels(b));
  std::vector<std::string> all;
  std::ranges::set_union(first, *second, std::back_inserter(all));
  return add(all);
}

}  // namespace parley::state_sqlite
