#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "policy/toml_parser.hpp"

namespace parley::policy {

namespace toml = ::parley_toml;

/// Parses a TOML 1.0 text; bad input with line and column. Whatever toml++ cannot take is refused before it,
/// so this is safe on bytes from anywhere.
Result<toml::table> parse_toml(std::string_view text);

/// Reads the members of one TOML table, each at most once, and knows which were never asked for: those are
/// unknown keys, and an unknown key is an error, because a rule that is misspelt must not be silently off.
///
/// The first error sticks: reads after it give empty values, and `finish` returns it.
class TomlTable {
 public:
  /// `path` names the table in errors: "peer[2]".
  TomlTable(const toml::table& table, std::string path) : table_(&table), path_(std::move(path)) {}

  std::string text(std::string_view key);
  std::optional<bool> boolean(std::string_view key);
  std::optional<std::int64_t> integer(std::string_view key);
  std::vector<std::string> texts(std::string_view key);
  /// The table under a key; null when it is absent.
  const toml::table* table(std::string_view key);
  /// The array of tables under a key; empty when it is absent.
  std::vector<const toml::table*> tables(std::string_view key);
  /// Every key of the table as a list of texts, for tables whose keys are free.
  std::vector<std::pair<std::string, std::vector<std::string>>> all_texts();

  bool has(std::string_view key) const { return table_->get(key) != nullptr; }
  /// Notes an error at a key of this table, unless there is one already.
  void reject(std::string_view key, std::string why);
  /// The first error, an unknown key included.
  Result<void> finish();

 private:
  const toml::node* take(std::string_view key);
  std::vector<std::string> list(std::string_view key, const toml::node& node);

  const toml::table* table_;
  std::string path_;
  std::set<std::string, std::less<>> asked_;
  std::optional<Error> error_;
};

}  // namespace parley::policy
