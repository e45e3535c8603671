#include "intel/warninglist.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "encoding/json.hpp"
#include "intel/range_table.hpp"
#include "intel/substring_table.hpp"

namespace parley::intel {
namespace {

std::optional<std::string> hit(const WarninglistSet& lists, SelectorType type, std::string_view value) {
  return lists.hit(canonical_selector(type, value).value());
}

constexpr std::string_view resolvers = R"({"name":"resolvers","type":"cidr","version":1,"description":"x",
  "list":["192.0.2.53","198.51.100.0/25","2001:db8:53::/48","203.0.113.77/24"],"matching_attributes":["ip-dst","ip-src"]})";
constexpr std::string_view sites =
    R"({"name":"sites","type":"hostname","list":["example.com","B\u00fccher.example"],
  "matching_attributes":["domain","hostname","url"]})";
constexpr std::string_view hashes = R"({"name":"empty files","type":"string",
  "list":["D41D8CD98F00B204E9800998ECF8427E","da39a3ee5e6b4b0d3255bfef95601890afd80709", "not a hash", 5],
  "matching_attributes":["md5","filename|sha1"]})";

TEST(Warninglist, string_matches_the_whole_canonical_value_of_its_types) {
  WarninglistSet lists;
  ASSERT_TRUE(lists.add_text(hashes, "a.json"));
  EXPECT_EQ(hit(lists, SelectorType::file_md5, "d41d8cd98f00b204e9800998ecf8427e"), "empty files");
  EXPECT_EQ(hit(lists, SelectorType::file_sha1, "da39a3ee5e6b4b0d3255bfef95601890afd80709"), "empty files");
  EXPECT_EQ(hit(lists, SelectorType::file_md5, "900150983cd24fb0d6963f7d28e17f72"), std::nullopt);
  EXPECT_EQ(lists.entries(), 2U);
  EXPECT_EQ(lists.ignored_entries(), 2U);
}

TEST(Warninglist, hostname_matches_the_name_and_all_below_by_label) {
  WarninglistSet lists;
  ASSERT_TRUE(lists.add_text(sites, "a.json"));
  EXPECT_EQ(hit(lists, SelectorType::domain_name, "example.com"), "sites");
  EXPECT_EQ(hit(lists, SelectorType::domain_name, "a.b.EXAMPLE.com."), "sites");
  EXPECT_EQ(hit(lists, SelectorType::domain_name, "notexample.com"), std::nullopt);
  EXPECT_EQ(hit(lists, SelectorType::domain_name, "example.com.example.org"), std::nullopt);
  EXPECT_EQ(hit(lists, SelectorType::domain_name, "www.xn--bcher-kva.example"), "sites");
  EXPECT_EQ(hit(lists, SelectorType::email_addr, "user@example.com"), std::nullopt);
}

TEST(Warninglist, hostname_matches_the_host_of_a_url_only_when_the_list_holds_for_urls) {
  WarninglistSet lists;
  ASSERT_TRUE(lists.add_text(sites, "a.json"));
  EXPECT_EQ(hit(lists, SelectorType::url, "https://user:pass@www.example.com:8443/path?@evil.example"),
            "sites");
  EXPECT_EQ(hit(lists, SelectorType::url, "http://example.com./"), "sites");
  EXPECT_EQ(hit(lists, SelectorType::url, "http://example.org/?u=http://example.com/"), std::nullopt);
  EXPECT_EQ(hit(lists, SelectorType::url, "http://example.com@example.org/"), std::nullopt);
  WarninglistSet names_only;
  ASSERT_TRUE(names_only.add_text(
      R"({"name":"n","type":"hostname","list":["example.com"],"matching_attributes":["hostname"]})",
      "b.json"));
  EXPECT_EQ(hit(names_only, SelectorType::url, "http://example.com/"), std::nullopt);
  EXPECT_EQ(hit(names_only, SelectorType::domain_name, "example.com"), "n");
}

TEST(Warninglist, cidr_matches_addresses_inside_the_range) {
  WarninglistSet lists;
  ASSERT_TRUE(lists.add_text(resolvers, "a.json"));
  EXPECT_EQ(hit(lists, SelectorType::ipv4_addr, "192.0.2.53"), "resolvers");
  EXPECT_EQ(hit(lists, SelectorType::ipv4_addr, "192.0.2.54"), std::nullopt);
  EXPECT_EQ(hit(lists, SelectorType::ipv4_addr, "198.51.100.127"), "resolvers");
  EXPECT_EQ(hit(lists, SelectorType::ipv4_addr, "198.51.100.128"), std::nullopt);
  EXPECT_EQ(hit(lists, SelectorType::ipv4_addr, "203.0.113.1"), "resolvers");
  EXPECT_EQ(hit(lists, SelectorType::ipv6_addr, "2001:db8:53:ffff::1"), "resolvers");
  EXPECT_EQ(hit(lists, SelectorType::ipv6_addr, "2001:db8:54::1"), std::nullopt);
  EXPECT_EQ(hit(lists, SelectorType::ipv6_addr, "::ffff:192.0.2.53"), std::nullopt);
  EXPECT_EQ(hit(lists, SelectorType::url, "http://192.0.2.53/"), std::nullopt);  // not for URLs
}

TEST(Warninglist, cidr_matches_the_address_in_a_url_when_the_list_holds_for_urls) {
  WarninglistSet lists;
  ASSERT_TRUE(
      lists.add_text(R"({"name":"all","type":"cidr","list":["0.0.0.0/0","2001:db8::/32"]})", "a.json"));
  EXPECT_EQ(hit(lists, SelectorType::url, "http://0xC0.0.2.1:80/"), "all");
  EXPECT_EQ(hit(lists, SelectorType::url, "http://[2001:db8::1]:8080/"), "all");
  EXPECT_EQ(hit(lists, SelectorType::url, "http://example.org/"), std::nullopt);
}

TEST(Warninglist, of_several_hits_names_the_list_that_was_added_first) {
  for (const bool turned : {false, true}) {
    WarninglistSet lists;
    const std::string a = R"({"name":"a","type":"hostname","list":["org"," example.org"]})";
    const std::string b = R"({"name":"b","type":"string","list":["www.example.org"]})";
    ASSERT_TRUE(lists.add_text(turned ? b : a, "1"));
    ASSERT_TRUE(lists.add_text(turned ? a : b, "2"));
    EXPECT_EQ(hit(lists, SelectorType::domain_name, "www.example.org"), turned ? "b" : "a");
  }
}

TEST(Warninglist, a_refused_list_is_named_and_changes_nothing) {
  WarninglistSet lists;
  ASSERT_TRUE(lists.add_text(sites, "a.json"));
  for (const std::string_view bad :
       {R"({"name":"odd one","type":"regex","list":["^a", "(?=b)c"]})",
        R"({"name":"odd one","type":"regex","list":["(a)\\1"]})",
        R"({"name":"odd one","type":"regex","list":["(a{1000}){1000}"]})",
        R"({"name":"odd one","type":"regex","list":["/a/x"]})",
        R"({"name":"odd one","type":"colour","list":[]})", R"({"name":"odd one","type":"cidr"})",
        R"({"name":"odd one","type":"cidr","list":{}})",
        R"({"name":"odd one","list":[],"matching_attributes":[1]})"}) {
    const auto added = lists.add_text(bad, "odd.json");
    ASSERT_FALSE(added) << bad;
    EXPECT_EQ(added.error().kind, ErrorKind::bad_input);
    EXPECT_NE(added.error().message.find("odd one"), std::string::npos) << added.error().message;
    EXPECT_NE(added.error().text().find("odd.json"), std::string::npos);
  }
  for (const std::string_view bad :
       {"", "[]", "null", R"({"type":"cidr","list":[]})", R"({"name":"","list":[]})", "{"})
    EXPECT_FALSE(lists.add_text(bad, "odd.json")) << bad;
  EXPECT_EQ(lists.lists(), 1U);
  EXPECT_EQ(hit(lists, SelectorType::domain_name, "example.com"), "sites");
}

TEST(Warninglist, bounds_hold) {
  WarninglistSet lists({.max_lists = 2, .max_entries = 3});
  EXPECT_TRUE(lists.add_text(R"({"name":"a","type":"cidr","list":["192.0.2.1","192.0.2.2"]})", "1"));
  EXPECT_FALSE(lists.add_text(R"({"name":"b","type":"cidr","list":["192.0.2.3","192.0.2.4"]})", "2"));
  EXPECT_EQ(hit(lists, SelectorType::ipv4_addr, "192.0.2.3"), std::nullopt);
  EXPECT_TRUE(lists.add_text(R"({"name":"c","type":"cidr","list":["192.0.2.5"]})", "3"));
  const auto third = lists.add_text(R"({"name":"d","type":"cidr","list":[]})", "4");
  ASSERT_FALSE(third);
  EXPECT_NE(third.error().message.find("\"d\""), std::string::npos);
}

TEST(Warninglist, bounds_of_substrings_and_expressions_hold) {
  WarninglistSet lists({.max_substring_bytes = 5, .max_expressions = 1});
  EXPECT_TRUE(lists.add_text(R"({"name":"a","type":"substring","list":["abc"]})", "1"));
  EXPECT_FALSE(lists.add_text(R"({"name":"b","type":"substring","list":["def"]})", "2"));
  EXPECT_TRUE(lists.add_text(R"({"name":"c","type":"substring","list":["de"]})", "3"));
  EXPECT_TRUE(lists.add_text(R"({"name":"d","type":"regex","list":["x"]})", "4"));
  EXPECT_FALSE(lists.add_text(R"({"name":"e","type":"regex","list":["y"]})", "5"));
  EXPECT_FALSE(
      lists.add_text(R"({"name":"f","type":"regex","list":[")" + std::string(5'000, 'x') + R"("]})", "6"));
  EXPECT_EQ(lists.lists(), 3U);
}

TEST(Warninglist, substring_matches_anywhere_in_the_value_of_its_types_whatever_the_case) {
  WarninglistSet lists;
  ASSERT_TRUE(lists.add_text(
      R"({"name":"s","type":"substring","list":["Mailer.example","ab","bcd","", " 2001:db8: "],
          "matching_attributes":["email-src","domain","ip-src"]})",
      "a.json"));
  EXPECT_EQ(lists.entries(), 4U);
  EXPECT_EQ(hit(lists, SelectorType::email_addr, "someone@x.mailer.example"), "s");
  EXPECT_EQ(hit(lists, SelectorType::domain_name, "xmailer.example.org"), "s");
  EXPECT_EQ(hit(lists, SelectorType::domain_name, "mailer.org"), std::nullopt);
  EXPECT_EQ(hit(lists, SelectorType::domain_name, "xbcdx.org"), "s")
      << "after the broken beginning of another";
  EXPECT_EQ(hit(lists, SelectorType::ipv6_addr, "2001:db8::1"), "s");
  EXPECT_EQ(hit(lists, SelectorType::url, "http://mailer.example/ab"), std::nullopt) << "not for URLs";
}

TEST(Warninglist, regex_matches_the_canonical_value_with_the_flags_of_the_expression) {
  WarninglistSet lists;
  ASSERT_TRUE(lists.add_text(R"({"name":"r","type":"regex","list":["/^noc@.*\\.org$/i", "#^a/b#", "c{2}d"],
    "matching_attributes":["email-src","user-account","domain"]})",
                             "a.json"));
  EXPECT_EQ(hit(lists, SelectorType::email_addr, "NOC@example.org"), "r");
  EXPECT_EQ(hit(lists, SelectorType::email_addr, "xnoc@example.org"), std::nullopt);
  EXPECT_EQ(hit(lists, SelectorType::domain_name, "accd.example"), "r");
  EXPECT_EQ(hit(lists, SelectorType::domain_name, "acd.example"), std::nullopt);
}

TEST(Warninglist, of_hits_of_several_kinds_names_the_list_that_was_added_first) {
  const std::vector<std::string> kinds = {R"({"name":"regex","type":"regex","list":["^www"]})",
                                          R"({"name":"substring","type":"substring","list":["w.ex"]})",
                                          R"({"name":"hostname","type":"hostname","list":["example.org"]})",
                                          R"({"name":"string","type":"string","list":["www.example.org"]})"};
  for (std::size_t first = 0; first < kinds.size(); ++first) {
    WarninglistSet lists;
    for (std::size_t i = 0; i < kinds.size(); ++i)
      ASSERT_TRUE(lists.add_text(kinds[(first + i) % kinds.size()], "x"));
    const auto name = hit(lists, SelectorType::domain_name, "www.example.org");
    ASSERT_TRUE(name);
    EXPECT_NE(kinds[first].find("\"" + *name + "\""), std::string::npos) << *name;
  }
}

TEST(Warninglist, ranges_answer_as_a_search_through_all_of_them_does) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 60; ++round) {
    RangeTable table;
    std::vector<RangeTable::Range> ranges;
    for (std::uint16_t i = 0; i < random() % 40; ++i) {
      RangeTable::Range range;
      range.prefix[0] = static_cast<std::uint8_t>(random() % 2 * 255);
      range.prefix[15] = static_cast<std::uint8_t>(random() % 2 * 255);
      range.prefix[random() % 16] ^= static_cast<std::uint8_t>(random());
      constexpr std::array<std::uint8_t, 10> lengths = {0, 1, 7, 8, 9, 63, 64, 65, 127, 128};
      range.length = lengths[random() % lengths.size()];
      range.list = i;
      range.for_addresses = random() % 3 != 0;
      range.for_urls = random() % 3 != 0;
      ranges.push_back(range);
    }
    std::ranges::shuffle(ranges, random);
    for (const auto& range : ranges) table.add(range);
    table.build();
    const auto inside = [](const AddressBytes& address, const RangeTable::Range& range) {
      for (unsigned b = 0; b < range.length; ++b)
        if (((address[b / 8] ^ range.prefix[b / 8]) >> (7 - b % 8) & 1) != 0) return false;
      return true;
    };
    for (int k = 0; k < 200; ++k) {
      AddressBytes address{};
      if (!ranges.empty()) address = ranges[random() % ranges.size()].prefix;
      if (random() % 2 == 0) address[random() % 16] ^= static_cast<std::uint8_t>(1U << random() % 8);
      if (k == 0) address.fill(0xFF);
      if (k == 1) address.fill(0);
      RangeTable::Lists plain;
      for (const auto& range : ranges) {
        if (!inside(address, range)) continue;
        if (range.for_addresses) plain.for_addresses = std::min(plain.for_addresses, range.list);
        if (range.for_urls) plain.for_urls = std::min(plain.for_urls, range.list);
      }
      ASSERT_EQ(table.find(address), plain);
    }
  }
}

TEST(Warninglist, substrings_answer_as_a_search_for_each_of_them_does) {
  std::mt19937_64 random(2);
  const auto text = [&](std::size_t longest) {
    std::string out;
    for (std::size_t i = random() % (longest + 1); i > 0; --i) out += "abA\xC3"[random() % 4];
    return out;
  };
  const auto folded = [](std::string s) {
    for (char& c : s) c = c == 'A' ? 'a' : c;
    return s;
  };
  for (int round = 0; round < 200; ++round) {
    SubstringTable table;
    std::vector<std::string> texts;
    for (std::size_t i = random() % 12; i > 0; --i) texts.push_back(text(5));
    for (std::size_t i = 0; i < texts.size(); ++i) table.add(texts[i], static_cast<std::uint16_t>(i));
    table.build();
    for (int k = 0; k < 50; ++k) {
      const std::string value = text(12);
      std::uint16_t plain = SubstringTable::none;
      for (std::size_t i = texts.size(); i-- > 0;)
        if (!texts[i].empty() && folded(value).find(folded(texts[i])) != std::string::npos)
          plain = static_cast<std::uint16_t>(i);
      ASSERT_EQ(table.find(value), plain) << value;
    }
  }
}

TEST(Warninglist, an_empty_set_holds_nothing_back) {
  const WarninglistSet lists;
  EXPECT_EQ(hit(lists, SelectorType::domain_name, "example.com"), std::nullopt);
  EXPECT_EQ(hit(lists, SelectorType::ipv4_addr, "192.0.2.1"), std::nullopt);
  EXPECT_EQ(hit(lists, SelectorType::url, "http://192.0.2.1/"), std::nullopt);
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Warninglist, the_published_lists_of_the_kinds_substring_and_regex_do_what_they_say) {
  const std::filesystem::path folder = PARLEY_SOURCE_DIR "/tests/vectors/warninglists";
  WarninglistSet lists;
  std::size_t substrings = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string text = read_file(entry.path());
    const auto added = lists.add_text(text, entry.path().filename().string());
    ASSERT_TRUE(added) << added.error().text();
    const auto json = encoding::parse_json(text).value();
    if (*json.find("type") != encoding::Json("substring")) continue;
    // Each of its entries, as a value of its own and inside one.
    const auto types = json.strings_member("matching_attributes").value();
    const bool mails = std::ranges::find(types, "email-src") != types.end();
    for (const encoding::Json& one : **json.array_member("list")) {
      const std::string value = mails ? "a.person@" + *one.if_string() : *one.if_string();
      const auto selector = guess_selector(value);
      ASSERT_TRUE(selector && *selector) << value;
      ASSERT_TRUE(lists.hit(**selector)) << value;
      ++substrings;
    }
  }
  EXPECT_EQ(lists.lists(), 5U);
  EXPECT_EQ(substrings, 8'368U);
  const std::string contacts = "Common contact e-mail addresses";
  EXPECT_EQ(hit(lists, SelectorType::email_addr, "abuse@example.org"), contacts);
  EXPECT_EQ(hit(lists, SelectorType::email_addr, "Security@example.org"), contacts);
  EXPECT_EQ(hit(lists, SelectorType::email_addr, "person@example.org"), std::nullopt);
  const std::string numbers = "Unattributed phone number.";
  EXPECT_EQ(lists.hit({SelectorType::phone, "+12125550123"}), numbers);
  EXPECT_EQ(lists.hit({SelectorType::phone, "+4607017406050"}), numbers);
  EXPECT_EQ(lists.hit({SelectorType::phone, "+12125560223"}), std::nullopt);
  EXPECT_EQ(hit(lists, SelectorType::url, "https://www.hybrid-analysis.com/sample/1"),
            "List of known domains used by automated malware analysis services & security vendors");
  EXPECT_EQ(hit(lists, SelectorType::url, "https://0-mail.com/"), std::nullopt) << "not for URLs";
}

// The shipped samples, end to end below storage. The numbers are those of tests/e2e/plain_intersection.py,
// which shares no code with this.

std::set<Selector> held_after(const WarninglistSet& lists, const std::filesystem::path& folder,
                              std::size_t& refused) {
  std::set<Selector> kept;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".txt") continue;
    std::ifstream file(entry.path());
    std::string line;
    while (std::getline(file, line)) {
      const auto selector = guess_selector(line);
      if (!selector) ++refused;
      if (selector && *selector && !lists.hit(**selector)) kept.insert(**selector);
    }
  }
  return kept;
}

TEST(Samples, give_what_the_outside_oracle_computes) {
  const std::filesystem::path samples = PARLEY_SOURCE_DIR "/data/samples";
  WarninglistSet lists;
  for (const auto& entry : std::filesystem::directory_iterator(samples / "warninglists")) {
    const auto added = lists.add_text(read_file(entry.path()), entry.path().filename().string());
    EXPECT_TRUE(added) << added.error().text();
  }
  EXPECT_EQ(lists.lists(), 27U);
  std::size_t refused = 0;
  const auto unit42 = held_after(lists, samples / "unit42", refused);
  const auto tweetfeed = held_after(lists, samples / "tweetfeed", refused);
  EXPECT_EQ(unit42.size(), 9023U);
  EXPECT_EQ(tweetfeed.size(), 9048U);
  EXPECT_EQ(refused, 1U);  // "inkspace-org.top{victim}sso.net"
  std::vector<Selector> both;
  std::ranges::set_intersection(unit42, tweetfeed, std::back_inserter(both));
  EXPECT_EQ(both.size(), 530U);
}

}  // namespace
}  // namespace parley::intel
