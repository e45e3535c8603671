#include "intel/warninglist.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "base/ascii.hpp"
#include "encoding/ip_address.hpp"
#include "intel/range_table.hpp"
#include "intel/regex_list.hpp"
#include "intel/selector_kind.hpp"
#include "intel/substring_table.hpp"
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

/// Of one entry; longer ones are no part of any value.
constexpr std::size_t max_substring_bytes = 4'096;

constexpr std::uint8_t whole(SelectorType type) {
  return static_cast<std::uint8_t>(type);
}

struct Range {
  bool ipv4 = false;
  RangeTable::Range range;
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

enum class Matching { string, substring, hostname, cidr, regex };

/// One list, read completely before anything of it enters the index.
struct ParsedList {
  std::string name;
  Matching matching = Matching::string;
  TypeSet types = 0;
  std::vector<std::pair<std::uint8_t, std::string>> values;
  std::vector<Range> ranges;
  std::vector<std::string> substrings;
  RegexList expressions;
  std::size_t ignored = 0;
};

Result<Matching> parse_matching(const std::string& word, const std::string& name) {
  if (word == "string") return Matching::string;
  if (word == "substring") return Matching::substring;
  if (word == "hostname") return Matching::hostname;
  if (word == "cidr") return Matching::cidr;
  if (word == "regex") return Matching::regex;
  return fail(
      ErrorKind::bad_input,
      fmt::format("the warninglist \"{}\" is of no kind that MISP knows; string, substring, hostname, "
                  "cidr or regex",
                  name));
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
    const auto all = [](const std::string& word) { return word == "ALL"; };
    if (std::ranges::none_of(*words, all)) {
      for (const std::string& word : *words)
        for (const SelectorType type : types_of_kind(word)) types |= bit(type);
      return types;
    }
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

void read_substring(ParsedList& parsed, std::string_view entry) {
  const std::string_view text = trim(entry);
  if (text.empty() || text.size() > max_substring_bytes || parsed.types == 0)
    ++parsed.ignored;
  else
    parsed.substrings.emplace_back(text);
}

Result<void> read_expression(ParsedList& parsed, std::string_view entry, std::size_t number) {
  const Result<void> added = parsed.expressions.add(entry);
  if (added) return {};
  return fail(ErrorKind::bad_input,
              fmt::format("the warninglist \"{}\" has a regular expression that cannot be applied in linear "
                          "time (entry {}): {}; leave the list out, or that entry",
                          parsed.name, number, added.error().message));
}

Result<void> read_entry(ParsedList& parsed, std::string_view entry, std::size_t number, std::string& value) {
  switch (parsed.matching) {
    case Matching::string:
      read_string(parsed, entry, value);
      return {};
    case Matching::substring:
      read_substring(parsed, entry);
      return {};
    case Matching::hostname:
      read_hostname(parsed, entry, value);
      return {};
    case Matching::cidr:
      read_range(parsed, entry);
      return {};
    case Matching::regex:
      return read_expression(parsed, entry, number);
  }
  return {};
}

Result<ParsedList> parse_list(const encoding::Json& list) {
  PARLEY_TRY(std::string name, list.string_member("name"));
  if (name.empty()) return fail(ErrorKind::bad_input, "a warninglist has an empty name");
  if (name.size() > 512) return fail(ErrorKind::bad_input, "a warninglist has a name of more than 512 bytes");
  ParsedList parsed;
  parsed.name = std::move(name);
  PARLEY_TRY(auto kind, list.optional_string_member("type"));
  PARLEY_TRY(parsed.matching, parse_matching(kind.value_or("string"), parsed.name));
  PARLEY_TRY(parsed.types, parse_types(list, parsed.name));
  auto entries = list.array_member("list");
  if (!entries)
    return fail(ErrorKind::bad_input,
                fmt::format("the warninglist \"{}\" has no array named list", parsed.name));
  std::string value;
  std::size_t number = 0;
  for (const encoding::Json& entry : **entries) {
    ++number;
    if (const std::string* text = entry.if_string())
      PARLEY_CHECK(read_entry(parsed, *text, number, value));
    else
      ++parsed.ignored;  // numbers stand for things that are no selectors
  }
  if (const Result<void> built = parsed.expressions.build(); !built)
    return fail(ErrorKind::bad_input,
                fmt::format("the warninglist \"{}\" cannot be applied: {}; leave it out", parsed.name,
                            built.error().message));
  return parsed;
}

}  // namespace

struct WarninglistSet::Index {
  WarninglistLimits limits;
  std::vector<std::pair<std::string, TypeSet>> lists;  // name, types it holds for
  ValueTable values;
  std::map<SelectorType, RangeTable> ranges;  // of addresses of a type, by themselves and in URLs
  std::map<SelectorType, SubstringTable> substrings;
  std::vector<std::pair<std::uint16_t, RegexList>> expressions;  // of list
  std::size_t substring_bytes = 0;
  std::size_t expression_count = 0;
  std::size_t entries = 0;
  std::size_t ignored = 0;

  // Tables over all lists are built when they are first asked after an `add`.
  std::atomic<bool> is_built{true};
  std::mutex building;

  /// Keeps the smallest list number: the list that was added first.
  struct First {
    std::uint16_t list = UINT16_MAX;
    void offer(std::optional<std::uint16_t> found) {
      if (found) list = std::min(list, *found);
    }
  };

  void build() {
    if (is_built.load(std::memory_order_acquire)) return;
    const std::lock_guard lock(building);
    if (is_built.load(std::memory_order_relaxed)) return;
    for (auto& [type, table] : ranges) table.build();
    for (auto& [type, table] : substrings) table.build();
    is_built.store(true, std::memory_order_release);
  }

  void match_suffixes(First& first, std::uint8_t tag, std::string_view name) const {
    for (;;) {
      first.offer(values.find(tag, name));
      const std::size_t dot = name.find('.');
      if (dot == std::string_view::npos) return;
      name.remove_prefix(dot + 1);
    }
  }

  RangeTable::Lists ranges_of(std::string_view address) const {
    const auto found = [&](SelectorType type, const AddressBytes& bytes) {
      const auto table = ranges.find(type);
      return table == ranges.end() ? RangeTable::Lists{} : table->second.find(bytes);
    };
    if (const auto v4 = encoding::parse_ipv4(address))
      return found(SelectorType::ipv4_addr, address_bytes(*v4));
    if (const auto v6 = encoding::parse_ipv6(address)) return found(SelectorType::ipv6_addr, *v6);
    return {};
  }

  void match_substrings(First& first, const Selector& selector) const {
    const auto table = substrings.find(selector.type);
    if (table != substrings.end()) first.offer(table->second.find(selector.value));
  }

  void match_expressions(First& first, const Selector& selector) const {
    for (const auto& [list, all] : expressions) {
      if (list >= first.list) return;
      if ((lists[list].second & bit(selector.type)) != 0 && all.matches(selector.value)) first.offer(list);
    }
  }

  Result<void> check_room(const ParsedList& parsed) const {
    const auto too_many = [&](std::string_view what, std::size_t limit) {
      return fail(ErrorKind::bad_input,
                  fmt::format("with the warninglist \"{}\" there are more than {} {} in all", parsed.name,
                              limit, what));
    };
    if (lists.size() >= limits.max_lists)
      return fail(ErrorKind::bad_input,
                  fmt::format("the warninglist \"{}\" is one too many; {} are the limit", parsed.name,
                              limits.max_lists));
    if (count(parsed) > limits.max_entries - entries) return too_many("entries", limits.max_entries);
    if (bytes(parsed) > limits.max_substring_bytes - substring_bytes)
      return too_many("bytes of substrings", limits.max_substring_bytes);
    if (parsed.expressions.size() > limits.max_expressions - expression_count)
      return too_many("regular expressions", limits.max_expressions);
    return {};
  }
  static std::size_t count(const ParsedList& parsed) {
    return parsed.values.size() + parsed.ranges.size() + parsed.substrings.size() + parsed.expressions.size();
  }
  static std::size_t bytes(const ParsedList& parsed) {
    std::size_t sum = 0;
    for (const std::string& text : parsed.substrings) sum += text.size();
    return sum;
  }

  void take(ParsedList&& parsed) {
    const auto number = static_cast<std::uint16_t>(lists.size());
    for (const auto& [tag, value] : parsed.values) values.insert(tag, value, number);
    for (Range& range : parsed.ranges) {
      const SelectorType type = range.ipv4 ? SelectorType::ipv4_addr : SelectorType::ipv6_addr;
      range.range.list = number;
      range.range.for_addresses = (parsed.types & bit(type)) != 0;
      range.range.for_urls = (parsed.types & bit(SelectorType::url)) != 0;
      ranges[type].add(range.range);
    }
    if (!parsed.substrings.empty())
      for (const SelectorType type : all_selector_types())
        if ((parsed.types & bit(type)) != 0)
          for (const std::string& text : parsed.substrings) substrings[type].add(text, number);
    entries += count(parsed);
    ignored += parsed.ignored;
    substring_bytes += bytes(parsed);
    expression_count += parsed.expressions.size();
    if (parsed.expressions.size() > 0) expressions.emplace_back(number, std::move(parsed.expressions));
    lists.emplace_back(std::move(parsed.name), parsed.types);
    is_built = false;
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
  PARLEY_CHECK(index_->check_room(parsed));
  index_->take(std::move(parsed));
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
  index_->build();
  const Index& index = *index_;
  Index::First first;
  first.offer(index.values.find(whole(selector.type), selector.value));
  switch (selector.type) {
    case SelectorType::domain_name:
      index.match_suffixes(first, suffix_for_domains, selector.value);
      break;
    case SelectorType::ipv4_addr:
    case SelectorType::ipv6_addr:
      first.offer(index.ranges_of(selector.value).for_addresses);
      break;
    case SelectorType::url: {
      std::string_view host = host_of_canonical_url(selector.value);
      first.offer(index.ranges_of(host).for_urls);
      if (host.ends_with('.')) host.remove_suffix(1);
      index.match_suffixes(first, suffix_for_urls, host);
      break;
    }
    default:
      break;
  }
  index.match_substrings(first, selector);
  index.match_expressions(first, selector);
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
