#include "intel/warninglist.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

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
       {R"({"name":"odd one","type":"regex","list":["^a"]})",
        R"({"name":"odd one","type":"substring","list":["a"]})",
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

TEST(Warninglist, an_empty_set_holds_nothing_back) {
  const WarninglistSet lists;
  EXPECT_EQ(hit(lists, SelectorType::domain_name, "example.com"), std::nullopt);
  EXPECT_EQ(hit(lists, SelectorType::ipv4_addr, "192.0.2.1"), std::nullopt);
  EXPECT_EQ(hit(lists, SelectorType::url, "http://192.0.2.1/"), std::nullopt);
}

// The shipped samples, end to end below storage. The numbers are those of tests/e2e/plain_intersection.py,
// which shares no code with this.

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

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
