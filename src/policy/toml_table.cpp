#include "policy/toml_table.hpp"

#include <fmt/format.h>

namespace parley::policy {

void TomlTable::reject(std::string_view key, std::string why) {
  if (error_) return;
  const toml::node* node = key.empty() ? nullptr : table_->get(key);
  const toml::source_position at = node != nullptr ? node->source().begin : table_->source().begin;
  std::string where = fmt::format("line {}", at.line);
  if (!path_.empty() || !key.empty())
    where += fmt::format(", {}{}{}", path_, path_.empty() || key.empty() ? "" : ".", key);
  error_ = Error{ErrorKind::bad_input, std::move(why), std::move(where), {}};
}

const toml::node* TomlTable::take(std::string_view key) {
  asked_.emplace(key);
  return table_->get(key);
}

std::string TomlTable::text(std::string_view key) {
  const toml::node* node = take(key);
  if (node == nullptr) return {};
  if (const auto* value = node->as_string()) {
    if (value->get().empty()) reject(key, "must not be empty; leave the key out instead");
    return value->get();
  }
  reject(key, "must be a text in quotes");
  return {};
}

std::optional<bool> TomlTable::boolean(std::string_view key) {
  const toml::node* node = take(key);
  if (node == nullptr) return std::nullopt;
  if (const auto* value = node->as_boolean()) return value->get();
  reject(key, "must be true or false");
  return std::nullopt;
}

std::optional<std::int64_t> TomlTable::integer(std::string_view key) {
  const toml::node* node = take(key);
  if (node == nullptr) return std::nullopt;
  if (const auto* value = node->as_integer()) return value->get();
  reject(key, "must be a whole number");
  return std::nullopt;
}

std::vector<std::string> TomlTable::list(std::string_view key, const toml::node& node) {
  std::vector<std::string> out;
  const toml::array* array = node.as_array();
  if (array == nullptr) {
    reject(key, "must be a list of texts");
    return out;
  }
  for (const toml::node& element : *array) {
    const auto* value = element.as_string();
    if (value == nullptr || value->get().empty()) {
      reject(key, "must be a list of texts, none of them empty");
      return {};
    }
    out.push_back(value->get());
  }
  return out;
}

std::vector<std::string> TomlTable::texts(std::string_view key) {
  const toml::node* node = take(key);
  return node == nullptr ? std::vector<std::string>{} : list(key, *node);
}

const toml::table* TomlTable::table(std::string_view key) {
  const toml::node* node = take(key);
  if (node == nullptr) return nullptr;
  if (const toml::table* table = node->as_table()) return table;
  reject(key, "must be a table");
  return nullptr;
}

std::vector<const toml::table*> TomlTable::tables(std::string_view key) {
  std::vector<const toml::table*> out;
  const toml::node* node = take(key);
  if (node == nullptr) return out;
  const toml::array* array = node->as_array();
  if (array != nullptr)
    for (const toml::node& element : *array)
      if (const toml::table* table = element.as_table()) out.push_back(table);
  if (array == nullptr || out.size() != array->size())
    reject(key, "must be written as [[" + std::string(key) + "]]");
  return out;
}

std::vector<std::pair<std::string, std::vector<std::string>>> TomlTable::all_texts() {
  std::vector<std::pair<std::string, std::vector<std::string>>> out;
  for (const auto& [key, node] : *table_) {
    asked_.emplace(key.str());
    out.emplace_back(std::string(key.str()), list(key.str(), node));
  }
  return out;
}

Result<void> TomlTable::finish() {
  if (!error_)
    for (const auto& [key, node] : *table_)
      if (!asked_.contains(key.str())) {
        reject(key.str(), "unknown key; a rule that is misspelt would be off without anybody seeing it");
        break;
      }
  if (error_) return std::unexpected<Error>(*error_);
  return {};
}

namespace {

// TOML 1.0 has no place for them, not even in a remark; toml++ lets some pass and asserts that others are not
// there.
Result<void> check_control_characters(std::string_view text) {
  std::size_t line = 1;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t' && c != '\r' && c != '\n') || byte == 0x7f)
      return fail(ErrorKind::bad_input, "a control character", "line " + std::to_string(line));
    if (c == '\n') ++line;
  }
  return {};
}

}  // namespace

Result<toml::table> parse_toml(std::string_view text) {
  PARLEY_CHECK(check_control_characters(text));
  try {
    toml::parse_result parsed = toml::parse(text);
    if (parsed) return std::move(parsed).table();
    const toml::parse_error& error = parsed.error();
    return fail(ErrorKind::bad_input, std::string(error.description()),
                fmt::format("line {}, column {}", error.source().begin.line, error.source().begin.column));
  } catch (const TomlAssertion&) {
    return fail(ErrorKind::bad_input, "this is not TOML, in a way that the parser has no words for");
  }
}

}  // namespace parley::policy
