#include <fmt/format.h>

#include <algorithm>

#include "crypto/hash.hpp"
#include "policy/rules.hpp"
#include "policy/toml_table.hpp"
#include "policy/what_if.hpp"

namespace parley::policy {

namespace {

constexpr std::int64_t max_approvals = 16;

Result<void> read_peers(TomlTable& file, Policy::Rules& rules) {
  std::size_t number = 0;
  for (const toml::table* entry : file.tables("peer")) {
    TomlTable table(*entry, fmt::format("peer[{}]", ++number));
    PeerRule rule;
    rule.name = table.text("name");
    rule.origin = table.text("origin");
    if (rule.name.empty() && rule.origin.empty()) table.reject("", "a peer needs a name or an origin");
    const std::string tlp = table.text("tlp");
    const std::optional<intel::TlpLevel> level = intel::parse_tlp(tlp);
    if (!level)
      table.reject("tlp",
                   "needs the strictest TLP level that may go there: clear, green, amber or amber+strict");
    else if (*level == intel::TlpLevel::red)
      table.reject("tlp",
                   "RED is for named persons and cannot be a ceiling for a peer; at most amber+strict");
    else
      rule.tlp = *level;
    if (const std::string pap = table.text("pap"); !pap.empty()) {
      rule.pap = intel::parse_pap(pap);
      if (!rule.pap) table.reject("pap", "must be clear, green, amber or red");
    }
    // Two entries for one peer: which of them holds would depend on their order.
    for (const PeerRule& other : rules.peers)
      if ((!rule.origin.empty() && rule.origin == other.origin) ||
          (!rule.name.empty() && rule.name == other.name && (rule.origin.empty() || other.origin.empty())))
        table.reject("", "this peer has an entry above");
    PARLEY_CHECK(table.finish());
    rules.peers.push_back(std::move(rule));
  }
  return {};
}

Result<void> read_callers(TomlTable& file, Policy::Rules& rules) {
  std::size_t number = 0;
  for (const toml::table* entry : file.tables("taxii")) {
    TomlTable table(*entry, fmt::format("taxii[{}]", ++number));
    PeerRule rule;
    rule.name = table.text("caller");
    if (rule.name.empty()) table.reject("caller", "needs the name of a TAXII user");
    const std::optional<intel::TlpLevel> level = intel::parse_tlp(table.text("tlp"));
    if (!level)
      table.reject("tlp",
                   "needs the strictest TLP level that it may see: clear, green, amber or amber+strict");
    else if (*level == intel::TlpLevel::red)
      table.reject("tlp", "RED is for named persons and cannot be a ceiling; at most amber+strict");
    else
      rule.tlp = *level;
    if (const std::string pap = table.text("pap"); !pap.empty()) {
      rule.pap = intel::parse_pap(pap);
      if (!rule.pap) table.reject("pap", "must be clear, green, amber or red");
    }
    const bool is_url = rule.name.starts_with("https://");
    rule.push.peer = table.text("peer");
    if (!rule.push.peer.empty() && !is_url)
      table.reject("peer", "says whose collection a URL is; this caller is none");
    rule.push.standing = table.boolean("standing").value_or(false);
    if (rule.push.standing && !is_url)
      table.reject("standing", "is about pushes, so the caller must be the URL of a collection");
    for (const PeerRule& other : rules.callers)
      if (other.name == rule.name) table.reject("caller", "this caller has an entry above");
    PARLEY_CHECK(table.finish());
    rules.callers.push_back(std::move(rule));
  }
  return {};
}

Result<void> read_off_limits(TomlTable& file, Policy::Rules& rules) {
  const toml::table* section = file.table("off_limits");
  if (section == nullptr) return {};
  TomlTable table(*section, "off_limits");
  for (std::string& label : table.texts("labels")) rules.off_labels.insert(lower_ascii(label));
  for (std::string& type : table.texts("types")) rules.off_types.insert(std::move(type));
  for (const std::string& value : table.texts("values")) {
    const Result<std::string> canonical = canonical_rule_value(value);
    if (canonical)
      rules.off_values.insert(*canonical);
    else
      table.reject("values", canonical.error().message);
  }
  for (std::string& actor : table.texts("actors")) rules.off_actors.insert(lower_ascii(actor));
  return table.finish();
}

Result<void> read_open_cases(TomlTable& file, Policy::Rules& rules) {
  const toml::table* section = file.table("open_cases");
  if (section == nullptr) return {};
  TomlTable table(*section, "open_cases");
  for (std::string& label : table.texts("labels")) rules.case_labels.insert(lower_ascii(label));
  for (std::string& name : table.texts("match")) rules.match_cases.insert(lower_ascii(name));
  for (std::string& name : table.texts("release")) rules.release_cases.insert(lower_ascii(name));
  return table.finish();
}

Result<void> read_strip(TomlTable& file, Policy::Rules& rules) {
  const toml::table* section = file.table("strip");
  if (section == nullptr) return {};
  TomlTable table(*section, "strip");
  for (auto& [type, properties] : table.all_texts()) {
    for (const std::string& property : properties)
      if (is_kept_property(property)) table.reject(type, "cannot be stripped: " + property);
    rules.strip[type] = std::move(properties);
  }
  return table.finish();
}

Result<void> read_approvals_of(TomlTable& section, std::string_view act, Approvals& out) {
  const toml::table* entry = section.table(act);
  if (entry == nullptr) return {};
  TomlTable table(*entry, fmt::format("approvals.{}", act));
  const std::optional<std::int64_t> count = table.integer("count");
  if (!count)
    table.reject("count", "needs the number of officers who must agree");
  else if (*count < 0 || *count > max_approvals)
    table.reject("count", fmt::format("must be from 0 to {}", max_approvals));
  else
    out.count = static_cast<std::uint32_t>(*count);
  out.units = table.texts("units");
  std::sort(out.units.begin(), out.units.end());
  if (std::adjacent_find(out.units.begin(), out.units.end()) != out.units.end())
    table.reject("units", "a unit is named twice");
  out.different_units = table.boolean("different_units").value_or(true);
  if (out.different_units && !out.units.empty() && out.units.size() < out.count)
    table.reject("count",
                 "more officers of different units than there are units: nothing could ever be approved");
  return table.finish();
}

Result<void> read_approvals(TomlTable& file, Policy::Rules& rules) {
  const toml::table* section = file.table("approvals");
  if (section == nullptr) return {};
  TomlTable table(*section, "approvals");
  PARLEY_CHECK(read_approvals_of(table, "match", rules.match_approvals));
  PARLEY_CHECK(read_approvals_of(table, "release", rules.release_approvals));
  PARLEY_CHECK(read_approvals_of(table, "export", rules.export_approvals));
  return table.finish();
}

Result<void> read_top(TomlTable& file, Policy::Rules& rules) {
  const std::optional<std::int64_t> version = file.integer("version");
  if (!version)
    file.reject("version", "a policy begins with: version = 1");
  else if (*version != 1)
    file.reject("version", fmt::format("this program reads version 1, not {}", *version));
  rules.purposes = file.texts("purposes");
  const std::string text = file.text("free_text");
  if (!text.empty() && text != "deny" && text != "strip") file.reject("free_text", "must be deny or strip");
  rules.strip_free_text = text == "strip";
  PARLEY_CHECK(read_peers(file, rules));
  PARLEY_CHECK(read_callers(file, rules));
  PARLEY_CHECK(read_off_limits(file, rules));
  PARLEY_CHECK(read_open_cases(file, rules));
  PARLEY_CHECK(read_strip(file, rules));
  PARLEY_CHECK(read_approvals(file, rules));
  PARLEY_CHECK(read_match_rules(file, rules.match));
  std::size_t number = 0;
  for (const toml::table* entry : file.tables("test")) {
    TomlTable table(*entry, fmt::format("test[{}]", ++number));
    PARLEY_TRY(WhatIf test, read_what_if(table));
    rules.test_names.push_back(test.name);
    rules.tests.push_back(std::move(test));
  }
  return file.finish();
}

}  // namespace

bool is_kept_property(std::string_view property) {
  for (const std::string_view kept :
       {"type", "id", "spec_version", "created", "modified", "object_marking_refs", "granular_markings"})
    if (property == kept) return true;
  return false;
}

std::string lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

Result<std::string> canonical_rule_value(std::string_view text) {
  // The type name may itself hold a colon ("file:sha256:…"), so the longest known type in front decides.
  for (std::size_t colon = text.rfind(':'); colon != std::string_view::npos && colon > 0;
       colon = text.rfind(':', colon - 1)) {
    const std::optional<intel::SelectorType> type = intel::parse_selector_type(text.substr(0, colon));
    if (!type) continue;
    Result<intel::Selector> selector = intel::canonical_selector(*type, text.substr(colon + 1));
    if (!selector) return std::unexpected<Error>(std::move(selector).error());
    return rule_value(*selector);
  }
  return fail(ErrorKind::bad_input,
              "a value is written as type:value, such as \"domain-name:example.org\": " + std::string(text));
}

std::string rule_value(const intel::Selector& selector) {
  return std::string(intel::type_name(selector.type)) + ":" + selector.value;
}

Result<Policy::Rules> parse_rules(std::string_view text) {
  if (text.size() > Policy::max_bytes)
    return fail(ErrorKind::bad_input, fmt::format("a policy has at most {} bytes", Policy::max_bytes));
  PARLEY_TRY(const toml::table table, parse_toml(text));
  Policy::Rules rules;
  rules.hash = crypto::sha256(as_bytes(text));
  TomlTable file(table, "");
  PARLEY_CHECK(read_top(file, rules));
  return rules;
}

}  // namespace parley::policy
