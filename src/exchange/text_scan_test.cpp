#include "exchange/text_scan.hpp"

#include <gmock/gmock.h>

#include "exchange/object_facts.hpp"
#include "exchange/two_nodes_fixture.hpp"

namespace parley::exchange {
namespace {

using testing::Contains;
using testing::IsEmpty;

std::vector<std::string> found(std::string_view text) {
  std::vector<std::string> out;
  for (const intel::Selector& selector : selectors_in_text(text)) out.push_back(selector_text(selector));
  return out;
}

TEST(TextScan, finds_values_however_they_stand_in_a_sentence) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"see example.org.", "domain-name:example.org"},
      {"see (example.org)", "domain-name:example.org"},
      {"\"example.org\"", "domain-name:example.org"},
      {"[link](https://example.org/a)", "domain-name:example.org"},
      {"hxxp://example[.]org/path", "url:http://example.org/path"},
      {"hxxp://example[.]org/path", "domain-name:example.org"},
      {"https://user@a.b.example.org:8443/x", "domain-name:b.example.org"},
      {"http://192.0.2.7/x", "ipv4-addr:192.0.2.7"},
      {"http://[2001:db8::1]/x", "ipv6-addr:2001:db8::1"},
      {"from 192[.]0[.]2[.]7, then", "ipv4-addr:192.0.2.7"},
      {"mail to user@example.org!", "email-addr:user@example.org"},
      {"mail to user@example.org!", "domain-name:example.org"},
      {"d41d8cd98f00b204e9800998ecf8427e;", "file:md5:d41d8cd98f00b204e9800998ecf8427e"},
      {"[domain-name:value = 'example.org']", "domain-name:example.org"},
      {"key=example.org&x", "domain-name:example.org"},
      {"-d41d8cd98f00b204e9800998ecf8427e-", "file:md5:d41d8cd98f00b204e9800998ecf8427e"},
  };
  for (const auto& [text, selector] : cases) EXPECT_THAT(found(text), Contains(selector)) << text;
}

TEST(TextScan, finds_ids_however_they_stand_in_a_sentence) {
  const std::string id = "tool--00000000-0000-4000-8000-000000000001";
  for (const std::string& text : {id, "see " + id + ".", "(" + id + ")", "x=" + id + "&y", "see-" + id,
                                  std::string("TOOL--00000000-0000-4000-8000-000000000001")})
    EXPECT_THAT(ids_in_text(text), Contains(id)) << text;
  for (const char* text : {"a -- b", "tool--", "--00000000-0000-4000-8000-000000000001", "tool--1234",
                           "tool--00000000-0000-4000-8000-00000000000"})
    EXPECT_THAT(ids_in_text(text), IsEmpty()) << text;
}

TEST(TextScan, a_megabyte_of_dashes_is_looked_at_once) {
  std::string text;
  while (text.size() < (1U << 20)) text += "a--00000000-0000-4000-8000-0000000000zz";
  EXPECT_THAT(ids_in_text(text), IsEmpty());
  EXPECT_THAT(ids_in_text(std::string(1U << 20, '-')), IsEmpty());
}

TEST(TextScan, plain_words_are_no_selectors) {
  EXPECT_THAT(found("nothing to see here, move on!"), IsEmpty());
}

TEST(TextScan, what_is_told_apart_at_a_glance_is_no_selector) {
  constexpr std::string_view characters = "0123456789abcdefABCDEFxyzXYZ-_.";
  const std::vector<std::string> starts = {"",  "AS",  "as1",  "cve-", "CVE-2026-", "1",
                                           "3", "bc1", "DE89", "00-",  "GB29"};
  std::uint32_t random = 7;
  const auto next = [&](std::size_t below) {
    random = random * 1'664'525 + 1'013'904'223;
    return (random >> 8) % below;
  };
  for (int round = 0; round < 20'000; ++round) {
    std::string word = starts[next(starts.size())];
    const std::size_t of = round % 2 == 0 ? 10 : characters.size();  // digits alone, or all
    for (std::size_t size = next(70); word.size() < size;) word += characters[next(of)];
    if (!is_plain_word(word)) continue;
    const auto guess = intel::guess_selector(word);
    EXPECT_FALSE(guess && *guess) << word;
  }
  for (const char* word : {"sandbox", "2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00Z",
                           "external_references", "indicator--00000000-0000-4000-8000-000000000001"})
    EXPECT_TRUE(is_plain_word(word)) << word;
  for (const char* word :
       {"example.org", "AS64500", "CVE-2026-1234", "00-00-5e-00-53-01", "DE89370400440532013000",
        "d41d8cd98f00b204e9800998ecf8427e", "a__org", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"})
    EXPECT_FALSE(is_plain_word(word)) << word;
}

TEST(TextScan, reports_where_a_held_value_stands_and_leaves_out_the_objects_own) {
  TwoNodes nodes;
  TwoNodes::hold(nodes.alpha, {{intel::SelectorType::domain_name, "a.example.org"},
                               {intel::SelectorType::domain_name, "b.example.org"}});
  const auto reader = nodes.alpha.store->snapshot();
  ASSERT_TRUE(reader);
  TextScanner scanner(**reader, nodes.alpha.node->policy(), "");
  const auto json = encoding::parse_json(
      R"({"id":"x a.example.org","description":"a.example.org c.example.org","list":[{"t":"b.example.org"}],)"
      R"("b.example.org":1})");
  ASSERT_TRUE(json);
  const auto hits = scanner.scan(*json, {{intel::SelectorType::domain_name, "a.example.org"}});
  ASSERT_TRUE(hits) << hits.error().text();
  ASSERT_EQ(hits->size(), 2U);
  EXPECT_EQ((*hits)[0].property, "/list/0/t");
  EXPECT_EQ((*hits)[1].property, "/b.example.org");
  EXPECT_EQ((*hits)[0].selector, "domain-name:b.example.org");
  EXPECT_EQ((*hits)[0].marking.tlp, intel::TlpLevel::green);
}

TEST(TextScan, gives_up_on_more_words_than_it_may_look_at) {
  TwoNodes nodes;
  const auto reader = nodes.alpha.store->snapshot();
  TextScanner scanner(**reader, nodes.alpha.node->policy(), "");
  std::string text;
  for (std::size_t i = 0; i < max_text_words; ++i) text += "x ";
  EXPECT_FALSE(scanner.scan(encoding::Json::object({{"description", text}}), {}));
}

}  // namespace
}  // namespace parley::exchange
