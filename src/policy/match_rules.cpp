#include "policy/match_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "policy/toml_table.hpp"

namespace parley::policy {

namespace {

/// A set may hold at most this part of all values: whoever wants them all needs hundreds of runs, each of
/// which counts.
constexpr std::uint64_t least_sets_for_all = 256;

/// What the messages of a set of so many items can hold at most: caps are held against that, and the cells of
/// a store (docs/spec/matching.md) are a tenth more than the items.
constexpr std::uint64_t of_set(std::uint64_t items) {
  return items + (items + 9) / 10;
}

struct Enumerable {
  intel::SelectorType type;
  std::uint64_t domain;
  std::uint64_t cap;
};
constexpr Enumerable enumerable[] = {
    {intel::SelectorType::ipv4_addr, std::uint64_t{1} << 32, of_set(1U << 20)},
    {intel::SelectorType::autonomous_system, std::uint64_t{1} << 17, std::uint64_t{1} << 9},
    {intel::SelectorType::phone, 100'000'000, of_set(1U << 16)},
    {intel::SelectorType::card_bin, 1'000'000, of_set(1U << 10)},
    {intel::SelectorType::cve, std::uint64_t{1} << 19, std::uint64_t{1} << 11},
};

const Enumerable* find_enumerable(intel::SelectorType type) {
  for (const Enumerable& one : enumerable)
    if (one.type == type) return &one;
  return nullptr;
}

std::uint64_t count_at(TomlTable& table, std::string_view key) {
  const std::optional<std::int64_t> count = table.integer(key);
  if (!count) return 0;
  if (*count < 1) table.reject(key, "must be at least 1; leave it out for no limit");
  return static_cast<std::uint64_t>(std::max<std::int64_t>(*count, 0));
}

std::optional<intel::SelectorType> type_at(TomlTable& table, const std::string& name) {
  const std::optional<intel::SelectorType> type = intel::parse_selector_type(name);
  if (!type) table.reject("type", "needs the name of a selector type, such as ipv4-addr");
  return type;
}

Result<void> read_cap(TomlTable& table, MatchRules& out) {
  const std::optional<intel::SelectorType> type = type_at(table, table.text("type"));
  TypeCap cap;
  cap.max_set = count_at(table, "max_set");
  if (cap.max_set == 0) table.reject("max_set", "needs the most items of the type that a set may hold");
  cap.reason = table.text("reason");
  if (cap.reason.empty()) table.reject("reason", "needs a sentence: why so many and no more");
  if (type) {
    const Enumerable* known = find_enumerable(*type);
    if (known != nullptr && cap.max_set > known->domain / least_sets_for_all)
      table.reject("max_set",
                   fmt::format("{} has about {} values: a set may hold at most {} of them, or a few "
                               "matches show all that you hold",
                               intel::type_name(*type), known->domain, known->domain / least_sets_for_all));
    if (!out.caps.emplace(*type, std::move(cap)).second) table.reject("type", "this type has a cap above");
  }
  return table.finish();
}

Result<void> read_budget(TomlTable& table, MatchRules& out) {
  const std::string name = table.text("type");
  TypeBudget budget;
  budget.per_peer = count_at(table, "per_peer");
  budget.all_peers = count_at(table, "all_peers");
  if (budget.per_peer == 0 && budget.all_peers == 0)
    table.reject("", "a budget needs per_peer, all_peers or both");
  const std::int64_t days = table.integer("days").value_or(1);
  if (days < 1 || days > max_budget_days) table.reject("days", fmt::format("from 1 to {}", max_budget_days));
  budget.days = static_cast<std::uint32_t>(days);
  if (name == "*") {
    if (out.every_type) table.reject("type", "\"*\" has a budget above");
    out.every_type = budget;
  } else if (const auto type = type_at(table, name)) {
    if (!out.budgets.emplace(*type, budget).second) table.reject("type", "this type has a budget above");
  }
  return table.finish();
}

}  // namespace

std::optional<std::uint64_t> enumerable_domain(intel::SelectorType type) {
  const Enumerable* known = find_enumerable(type);
  if (known == nullptr) return std::nullopt;
  return known->domain;
}

std::optional<TypeCap> MatchRules::cap(intel::SelectorType type) const {
  if (const auto named = caps.find(type); named != caps.end()) return named->second;
  const Enumerable* known = find_enumerable(type);
  if (known == nullptr) return std::nullopt;
  return TypeCap{
      known->cap,
      fmt::format("{} has only about {} values, so whoever may ask about many of them learns all that "
                  "you hold; this is the cap while policy.toml names none",
                  intel::type_name(type), known->domain)};
}

TypeBudget MatchRules::budget(intel::SelectorType type) const {
  if (const auto named = budgets.find(type); named != budgets.end()) return named->second;
  if (every_type) return *every_type;
  if (find_enumerable(type) == nullptr) return {};
  const std::uint64_t most = cap(type)->max_set;
  return {4 * most, 16 * most, 1};
}

Result<void> read_match_rules(TomlTable& file, MatchRules& out) {
  const toml::table* section = file.table("match");
  if (section == nullptr) return {};
  TomlTable table(*section, "match");
  const std::string least = table.text("least_security");
  if (!least.empty() && least != "semi-honest" && least != "malicious")
    table.reject("least_security", "must be semi-honest or malicious");
  out.malicious_only = least == "malicious";
  for (std::string& peer : table.texts("unpublished")) out.unpublished.insert(std::move(peer));
  std::size_t number = 0;
  for (const toml::table* entry : table.tables("cap")) {
    TomlTable one(*entry, fmt::format("match.cap[{}]", ++number));
    PARLEY_CHECK(read_cap(one, out));
  }
  number = 0;
  for (const toml::table* entry : table.tables("budget")) {
    TomlTable one(*entry, fmt::format("match.budget[{}]", ++number));
    PARLEY_CHECK(read_budget(one, out));
  }
  return table.finish();
}

}  // namespace parley::policy
