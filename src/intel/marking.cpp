#include "intel/marking.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace parley::intel {
namespace {

struct KnownLevel {
  TlpLevel level;
  std::string_view name;
  std::string_view label;
  std::string_view tlp2_id;
  std::string_view tlp1_id;  // empty: TLP 1.0 has no such level
};

// STIX 2.1 section 7.2.1.4 (TLP 1.0) and the TLP 2.0 extension definition.
constexpr std::array<KnownLevel, 5> known_levels{{
    {TlpLevel::clear, "clear", "TLP:CLEAR", "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
     "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"},
    {TlpLevel::green, "green", "TLP:GREEN", "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
     "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"},
    {TlpLevel::amber, "amber", "TLP:AMBER", "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
     "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"},
    {TlpLevel::amber_strict, "amber+strict", "TLP:AMBER+STRICT",
     "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003", ""},
    {TlpLevel::red, "red", "TLP:RED", "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
     "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"},
}};

const KnownLevel& known(TlpLevel level) {
  return known_levels.at(static_cast<std::size_t>(level));
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_without_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view without_prefix(std::string_view text, std::string_view word) {
  if (text.size() > word.size() && equal_without_case(text.substr(0, word.size()), word) &&
      (text[word.size()] == ':' || text[word.size()] == '-'))
    text.remove_prefix(word.size() + 1);
  return text;
}

template <class Level>
std::optional<Level> stricter(std::optional<Level> a, std::optional<Level> b) {
  if (!a) return b;
  if (!b) return a;
  return std::max(*a, *b);
}

}  // namespace

Marking strictest(const Marking& a, const Marking& b) {
  return Marking{.tlp = stricter(a.tlp, b.tlp),
                 .pap = stricter(a.pap, b.pap),
                 .unknown = a.unknown || b.unknown,
                 .statement = a.statement || b.statement};
}

std::string_view tlp_name(TlpLevel level) {
  return known(level).name;
}

std::string_view tlp_label(TlpLevel level) {
  return known(level).label;
}

std::optional<TlpLevel> parse_tlp(std::string_view text) {
  text = without_prefix(text, "tlp");
  for (const KnownLevel& entry : known_levels)
    if (equal_without_case(text, entry.name)) return entry.level;
  if (equal_without_case(text, "white")) return TlpLevel::clear;
  // The enumerator as configuration files write it, and the blank that some exporters put.
  if (equal_without_case(text, "amber_strict") || equal_without_case(text, "amber-strict") ||
      equal_without_case(text, "amber strict"))
    return TlpLevel::amber_strict;
  return std::nullopt;
}

std::optional<PapLevel> parse_pap(std::string_view text) {
  text = without_prefix(text, "pap");
  if (equal_without_case(text, "clear") || equal_without_case(text, "white")) return PapLevel::clear;
  if (equal_without_case(text, "green")) return PapLevel::green;
  if (equal_without_case(text, "amber")) return PapLevel::amber;
  if (equal_without_case(text, "red")) return PapLevel::red;
  return std::nullopt;
}

std::string_view tlp_marking_id(TlpLevel level) {
  return known(level).tlp2_id;
}

std::optional<std::string_view> tlp1_marking_id(TlpLevel level) {
  const std::string_view id = known(level).tlp1_id;
  if (id.empty()) return std::nullopt;
  return id;
}

std::optional<TlpLevel> tlp_of_marking_id(std::string_view id) {
  if (id.empty()) return std::nullopt;
  for (const KnownLevel& entry : known_levels)  // nearly always in lower case
    if (id == entry.tlp2_id || id == entry.tlp1_id) return entry.level;
  for (const KnownLevel& entry : known_levels)
    if (equal_without_case(id, entry.tlp2_id) || equal_without_case(id, entry.tlp1_id)) return entry.level;
  return std::nullopt;
}

std::string make_tlp_definition(TlpLevel level) {
  const KnownLevel& entry = known(level);
  std::string out = R"({"type":"marking-definition","spec_version":"2.1","id":")";
  out += entry.tlp2_id;
  out += R"(","created":"2022-10-01T00:00:00.000Z","name":")";
  out += entry.label;
  out +=
      R"(","extensions":{"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d":{"extension_type":"property-extension","tlp_2_0":")";
  out += entry.name;
  out += R"("}}})";
  return out;
}

}  // namespace parley::intel
