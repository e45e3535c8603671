#include "intel/warninglist.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "base/ascii.hpp"
#include "encoding/ip_address.hpp"
#include "intel/prefix_table.hpp"
#include "intel/selector_kind.hpp"
#include "intel/url_host.hpp"
#include "intel/value_table.hpp"

namespace parley::intel {
namespace {

using TypeSet = std::uint64_t;  // one bit a selector type

constexpr TypeSet bit(SelectorType type) {
  return TypeSet{1} << static_cast<unsigned>(type);
}

// Tags of the value table: the number of a selector type for whole values, these for names by suffix.
constexpr std::uint8_t suffix_for_domains = 0x80;
constexpr std::uint8_t suffix_for_urls = 0x81;

constexpr std::uint8_t whole(SelectorType type) {
  return static_cast<std::uint8_t>(type);
}

struct Range {
  bool ipv4 = false;
  PrefixTable::Range range;
};

AddressBytes address_bytes(std::uint32_t ipv4) {
  AddressBytes bytes{};
  for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(ipv4 >> (24 - 8 * i) & 0xFF);
  return bytes;
}

/// `192.0.2.0/24`, `2001:db8::/32` or a single address.
std::optional<Range> parse_range(std::string_view entry) {
  const std::size_t slash = entry.find('/');
  Range range;
  if (const auto ipv4 = encoding::parse_ipv4(entry.substr(0, slash))) {
    range.ipv4 = true;
    range.range.prefix = address_bytes(*ipv4);
  } else if (const auto ipv6 = encoding::parse_ipv6(entry.substr(0, slash))) {
    range.range.prefix = *ipv6;
  } else {
    return std::nullopt;
  }
  const unsigned longest = range.ipv4 ? 32 : 128;
  unsigned length = longest;
  if (slash != std::string_view::npos) {
    const std::string_view text = entry.substr(slash + 1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    if (error != std::errc{} || end != text.data() + text.size() || length > longest) return std::nullopt;
  }
  range.range.length = static_cast<std::uint8_t>(length);
  return range;
}

enum class Matching { string, hostname, cidr };

/// One list, read completely before anything of it enters the index.
struct ParsedList {
  std::string name;
  Matching matching = Matching::string;
  TypeSet types = 0;
  std::vector<std::pair<std::uint8_t, std::string>> values;
  std::vector<Range> ranges;
  std::size_t ignored = 0;
};

Result<Matching> parse_matching(const std::string& word, const std::string& name) {
  if (word == "string") return Matching::string;
  if (word == "hostname") return Matching::hostname;
  if (word == "cidr") return Matching::cidr;
  if (word == "substring" || word == "regex")
    return fail(ErrorKind::bad_input,
                fmt::format("the warninglist \"{}\" is of the kind {}, which this version does not apply; "
                            "leave it out",
                            name, word));
  return fail(
      ErrorKind::bad_input,
      fmt::format("the warninglist \"{}\" is of no kind that MISP knows; string, hostname or cidr", name));
}

Result<TypeSet> parse_types(const encoding::Json& list, const std::string& name) {
  TypeSet types = 0;
  const encoding::Json* attributes = list.find("matching_attributes");
  const bool limited = attributes != nullptr && attributes->size() > 0;
  if (limited) {
    auto words = list.strings_member("matching_attributes");
    if (!words)
      return fail(ErrorKind::bad_input,
                  fmt::format("matching_attributes of the warninglist \"{}\" is no list of texts", name));
    for (const std::string& word : *words)
      for (const SelectorType type : types_of_kind(word)) types |= bit(type);
    return types;
  }
  for (const SelectorType type : all_selector_types()) types |= bit(type);
  return types;
}

void read_string(ParsedList& parsed, std::string_view entry, std::string& value) {
  bool used = false;
  for (const SelectorType type : all_selector_types()) {
    if ((parsed.types & bit(type)) == 0 || !is_supported(type)) continue;
    if (!canonical_value(type, entry, value)) continue;
    parsed.values.emplace_back(whole(type), value);
    used = true;
  }
  if (!used) ++parsed.ignored;
}

void read_hostname(ParsedList& parsed, std::string_view entry, std::string& value) {
  const bool for_domains = (parsed.types & bit(SelectorType::domain_name)) != 0;
  const bool for_urls = (parsed.types & bit(SelectorType::url)) != 0;
  if ((!for_domains && !for_urls) || !canonical_value(SelectorType::domain_name, entry, value)) {
    ++parsed.ignored;
    return;
  }
  if (for_domains) parsed.values.emplace_back(suffix_for_domains, value);
  if (for_urls) parsed.values.emplace_back(suffix_for_urls, value);
}

void read_range(ParsedList& parsed, std::string_view entry) {
  if (const auto range = parse_range(trim(entry))) {
    parsed.ranges.push_back(*range);
  } else {
    ++parsed.ignored;
  }
}

Result<ParsedList> parse_list(const encoding::Json& list) {
  PARLEY_TRY(std::string name, list.string_member("name"));
  if (name.empty()) return fail(ErrorKind::bad_input, "a warninglist has an empty name");
  if (name.size() > 512) return fail(ErrorKind::bad_input, "a warninglist has a name of more than 512 bytes");
  ParsedList parsed;
  PARLEY_TRY(auto kind, list.optional_string_member("type"));
  PARLEY_TRY(parsed.matching, parse_matching(kind.value_or("string"), name));
  PARLEY_TRY(parsed.types, parse_types(list, name));
  auto entries = list.array_member("list");
  if (!entries)
    return fail(ErrorKind::bad_input, fmt::format("the warninglist \"{}\" has no array named list", name));
  std::string value;
  for (const encoding::Json& entry : **entries) {
    const std::string* text = entry.if_string();
    if (text == nullptr) {
      ++parsed.ignored;  // numbers stand for things that are no selectors
    } else if (parsed.matching == Matching::string) {
      read_string(parsed, *text, value);
    } else if (parsed.matching == Matching::hostname) {
      read_hostname(parsed, *text, value);
    } else {
      read_range(parsed, *text);
    }
  }
  parsed.name = std::move(name);
  return parsed;
}

}  // namespace

struct WarninglistSet::Index {
  WarninglistLimits limits;
  std::vector<std::pair<std::string, TypeSet>> lists;  // name, types it holds for
  ValueTable values;
  PrefixTable ipv4;
  PrefixTable ipv6;
  std::size_t entries = 0;
  std::size_t ignored = 0;

  /// Keeps the smallest list number: the list that was added first.
  struct First {
    std::uint16_t list = UINT16_MAX;
    void offer(std::optional<std::uint16_t> found) {
      if (found) list = std::min(list, *found);
    }
  };

  void match_suffixes(First& first, std::uint8_t tag, std::string_view name) const {
    for (;;) {
      first.offer(values.find(tag, name));
      const std::size_t dot = name.find('.');
      if (dot == std::string_view::npos) return;
      name.remove_prefix(dot + 1);
    }
  }

  void match_ranges(First& first, SelectorType type, std::string_view address) const {
    const auto offer = [&](std::uint16_t list) {
      if ((lists[list].second & bit(type)) != 0) first.offer(list);
    };
    if (const auto v4 = encoding::parse_ipv4(address)) {
      ipv4.each_containing(address_bytes(*v4), offer);
    } else if (const auto v6 = encoding::parse_ipv6(address)) {
      ipv6.each_containing(*v6, offer);
    }
  }
};

WarninglistSet::WarninglistSet(WarninglistLimits limits) : index_(std::make_unique<Index>()) {
  // The index numbers lists with 16 bits.
  limits.max_lists = std::min<std::size_t>(limits.max_lists, UINT16_MAX - 1);
  index_->limits = limits;
}
WarninglistSet::~WarninglistSet() = default;
WarninglistSet::WarninglistSet(WarninglistSet&&) noexcept = default;
WarninglistSet& WarninglistSet::operator=(WarninglistSet&&) noexcept = default;

Result<void> WarninglistSet::add(const encoding::Json& list) {
  PARLEY_TRY(ParsedList parsed, parse_list(list));
  Index& index = *index_;
  if (index.lists.size() >= index.limits.max_lists)
    return fail(ErrorKind::bad_input, fmt::format("the warninglist \"{}\" is one too many; {} are the limit",
                                                  parsed.name, index.limits.max_lists));
  const std::size_t count = parsed.values.size() + parsed.ranges.size();
  if (count > index.limits.max_entries - index.entries)
    return fail(ErrorKind::bad_input,
                fmt::format("with the warninglist \"{}\" there are more than {} entries in all", parsed.name,
                            index.limits.max_entries));
  const auto number = static_cast<std::uint16_t>(index.lists.size());
  for (const auto& [tag, value] : parsed.values) index.values.insert(tag, value, number);
  std::vector<PrefixTable::Range> ipv4;
  std::vector<PrefixTable::Range> ipv6;
  for (Range& range : parsed.ranges) {
    range.range.list = number;
    (range.ipv4 ? ipv4 : ipv6).push_back(range.range);
  }
  index.ipv4.add(ipv4);
  index.ipv6.add(ipv6);
  index.lists.emplace_back(std::move(parsed.name), parsed.types);
  index.entries += count;
  index.ignored += parsed.ignored;
  return {};
}

Result<void> WarninglistSet::add_text(std::string_view json, std::string_view where) {
  const auto located = [&](Error error) {
    error.where = error.where.empty() ? std::string(where) : fmt::format("{}: {}", where, error.where);
    return std::unexpected<Error>(std::move(error));
  };
  auto list = encoding::parse_json(json);
  if (!list) return located(std::move(list).error());
  auto added = add(*list);
  if (!added) return located(std::move(added).error());
  return {};
}

std::optional<std::string> WarninglistSet::hit(const Selector& selector) const {
  const Index& index = *index_;
  Index::First first;
  first.offer(index.values.find(whole(selector.type), selector.value));
  switch (selector.type) {
    case SelectorType::domain_name:
      index.match_suffixes(first, suffix_for_domains, selector.value);
      break;
    case SelectorType::ipv4_addr:
    case SelectorType::ipv6_addr:
      index.match_ranges(first, selector.type, selector.value);
      break;
    case SelectorType::url: {
      std::string_view host = host_of_canonical_url(selector.value);
      index.match_ranges(first, selector.type, host);
      if (host.ends_with('.')) host.remove_suffix(1);
      index.match_suffixes(first, suffix_for_urls, host);
      break;
    }
    default:
      break;
  }
  if (first.list == UINT16_MAX) return std::nullopt;
  return index.lists[first.list].first;
}

std::size_t WarninglistSet::lists() const {
  return index_->lists.size();
}
std::size_t WarninglistSet::entries() const {
  return index_->entries;
}
std::size_t WarninglistSet::ignored_entries() const {
  return index_->ignored;
}

}  // namespace parley::intel
