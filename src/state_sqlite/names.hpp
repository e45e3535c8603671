#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "state_sqlite/connection.hpp"

namespace parley::state_sqlite {

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

/// Texts that repeat, each stored once: the table `name`. Numbers begin at 1 and never change. What was seen
/// is kept in memory, at most `max_cached` of them.
class Names {
 public:
  static constexpr std::size_t max_cached = 20'000;

  explicit Names(Connection& connection) : connection_(connection) {}

  Result<std::optional<std::int64_t>> find(std::string_view text);
  Result<std::int64_t> add(std::string_view text);
  Result<std::string> text(std::int64_t id);
  Result<void> append_text(std::int64_t id, std::string& out);
  /// After a rollback: what was added is gone.
  void forget();

 private:
  void remember(std::int64_t id, std::string_view text);
  Connection& connection_;
  std::unordered_map<std::string, std::int64_t, TextHash, std::equal_to<>> ids_;
  std::unordered_map<std::int64_t, std::string> texts_;
};

/// Sets of labels, each stored once: the table `label_set`. 0 is the empty set and has no row.
class LabelSets {
 public:
  explicit LabelSets(Connection& connection) : connection_(connection) {}

  /// `labels` sorted, each once.
  Result<std::int64_t> add(const std::vector<std::string>& labels);
  /// Valid until the next call of `labels` or `forget`.
  Result<const std::vector<std::string>*> labels(std::int64_t id);
  /// The set of what is in either.
  Result<std::int64_t> unite(std::int64_t a, std::int64_t b);
  void forget() {
    sets_.clear();
    ids_.clear();
  }

 private:
  /// What is remembered of sets by their content: most objects of a file have one of few small sets.
  static constexpr std::size_t max_cached_ids = 4'096;
  static constexpr std::size_t max_cached_bytes = 1'024;

  Connection& connection_;
  std::unordered_map<std::int64_t, std::vector<std::string>> sets_;
  std::unordered_map<std::string, std::int64_t, TextHash, std::equal_to<>> ids_;  // by the stored form
};

}  // namespace parley::state_sqlite
