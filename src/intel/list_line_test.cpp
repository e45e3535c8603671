#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "intel/refang.hpp"
#include "intel/selector.hpp"

namespace parley::intel {
namespace {

std::string guessed(std::string_view line) {
  const auto selector = guess_selector(line);
  if (!selector) return "refused";
  return *selector ? std::string(type_name((*selector)->type)) + " " + (*selector)->value : "skipped";
}

TEST(ListLine, skips_blank_lines_and_comments) {
  for (const std::string_view line : {"", "   ", "\r\n", "# example.org", "; example.org", "// example.org",
                                      "\xEF\xBB\xBF# example.org", "  # indented"})
    EXPECT_EQ(guessed(line), "skipped") << line;
}

TEST(ListLine, decides_each_type_the_same_way_every_time) {
  const std::vector<std::pair<std::string, std::string>> lines = {
      {"192.0.2.1", "ipv4-addr 192.0.2.1"},
      {"192.0.2.1/32", "ipv4-addr 192.0.2.1"},
      {"192.0.2.1:8443", "ipv4-addr 192.0.2.1"},
      {"2001:DB8::1", "ipv6-addr 2001:db8::1"},
      {"[2001:db8::1]:443", "ipv6-addr 2001:db8::1"},
      {"[2001:db8::1]", "ipv6-addr 2001:db8::1"},
      {"00:00:5E:00:53:01", "mac-addr 00:00:5e:00:53:01"},
      {"example.org", "domain-name example.org"},
      {"example.org:8080", "domain-name example.org"},
      {"example.org/", "domain-name example.org"},
      {"\xEF\xBB\xBF"
       "example.org",
       "domain-name example.org"},
      {"Example.org. # seen in May", "domain-name example.org"},
      {"\"example.org\",", "domain-name example.org"},
      {"<user@example.org>", "email-addr user@example.org"},
      {"mailto:user@example.org", "email-addr user@example.org"},
      {"https://user@example.org/", "url https://user@example.org/"},
      {"http://192.0.2.1:8080", "url http://192.0.2.1:8080/"},
      {"http:\\\\example.org\\a", "url http://example.org/a"},
      {"900150983cd24fb0d6963f7d28e17f72", "file:md5 900150983cd24fb0d6963f7d28e17f72"},
      {"A9993E364706816ABA3E25717850C26C9CD0D89D", "file:sha1 a9993e364706816aba3e25717850c26c9cd0d89d"},
      {std::string(64, 'a'), "file:sha256 " + std::string(64, 'a')},
      {std::string(128, '0'), "file:sha512 " + std::string(128, '0')},
      {"AS64496", "autonomous-system 64496"},
      {"cve-2021-44228", "cve CVE-2021-44228"},
      {"GB29 NWBK 6016 1331 9268 19", "iban GB29NWBK60161331926819"},
      {"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "btc 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"},
      {"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "btc bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"},
  };
  for (const auto& [line, expected] : lines) EXPECT_EQ(guessed(line), expected) << line;
}

TEST(ListLine, refuses_what_is_no_selector_and_says_what_to_do) {
  for (const std::string_view line :
       {"hello", "hello world", "64496", "192.0.2.0/24", "192.0.2.256", "192.0.2.1/path", "example.org/path",
        "tcp://example.org:80", "user@", "-", "2001:db8::/32", "00005e005301", "CVE-2021", "a b.example",
        "GB28NWBK60161331926819", "550e8400-e29b-41d4-a716-446655440000", "example.org example.net"})
    EXPECT_EQ(guessed(line), "refused") << line;
  EXPECT_NE(guess_selector("example.org/path").error().message.find("http://"), std::string::npos);
  EXPECT_NE(guess_selector("192.0.2.0/24").error().message.find("range"), std::string::npos);
  EXPECT_EQ(guessed(std::string(9000, 'a')), "refused");
}

/// Vectors that only make sense inside running text, not as the one value of a line: encoded URLs that must
/// be found first, and words of prose that an extractor would have to pass over.
bool is_about_free_text(std::string_view kind) {
  return kind == "url (hex)" || kind == "url (pct)" || kind == "url (b64)" || kind == "none?" ||
         kind == "none (reference)";
}

TEST(Refang, knows_the_common_defangings) {
  const std::vector<std::pair<std::string, std::string>> types = {
      {"url", "url "},        {"domain", "domain-name "}, {"domain?", "domain-name "}, {"ipv4", "ipv4-addr "},
      {"ipv6", "ipv6-addr "}, {"email", "email-addr "},   {"email?", "email-addr "},
  };
  std::ifstream file(PARLEY_SOURCE_DIR "/tests/vectors/refang.tsv");
  std::string line;
  int checked = 0;
  int free_text = 0;
  while (std::getline(file, line)) {
    if (line.starts_with('#')) continue;
    const std::size_t first = line.find('\t');
    const std::size_t second = line.find('\t', first + 1);
    const std::string input = line.substr(0, first);
    const std::string kind = line.substr(first + 1, second - first - 1);
    std::string value = line.substr(second + 1);
    if (is_about_free_text(kind)) {
      ++free_text;
      continue;
    }
    ++checked;
    const std::string got = guessed(input);
    if (input.starts_with("tcp://")) {
      EXPECT_EQ(got, "refused");  // no special scheme: not in selector/1
    } else if (kind == "ipv4+port") {
      EXPECT_EQ(got, "ipv4-addr " + value.substr(0, value.find('|')));
    } else if (kind == "none") {
      // In a list a digest of zeros and a dotted word stand alone on purpose; the others are nothing.
      EXPECT_EQ(got, input.starts_with("0000") ? "file:sha1 " + input
                     : input == "e.g.This"     ? "domain-name e.g.this"
                                               : "refused");
    } else if (kind.starts_with("md5") || kind.starts_with("none (rfc1918)") ||
               kind.starts_with("ipv4 (warning")) {
      EXPECT_TRUE(got.ends_with(" " + input))
          << input << " gave " << got;  // warninglists hold these back later
    } else {
      bool known = false;
      for (const auto& [name, prefix] : types) {
        if (name != kind) continue;
        known = true;
        EXPECT_EQ(got, prefix + value) << input;
      }
      EXPECT_TRUE(known) << kind;
    }
  }
  EXPECT_EQ(checked, 39);
  EXPECT_EQ(free_text, 7);
}

TEST(Refang, leaves_plain_values_alone) {
  for (const std::string_view plain :
       {"example.org", "http://example.org/a(1)/b[2].html", "https://example.org/?q={x}", "192.0.2.1",
        "2001:db8::1", "user@example.org", "http://[2001:db8::1]:80/", "GB29 NWBK 6016", "a dotted line"})
    EXPECT_EQ(refang(plain), plain);
}

TEST(Refang, is_idempotent_on_nested_and_half_written_brackets) {
  for (const std::string_view value :
       {"example[[.]]org", "example[.][.]org", "[[[[[[[[[[[[.]]]]]]]]]]]]", "a[ dot ]b", "hxxps[:]//a[.]b",
        "\\\\.\\.", "hxxphxxp://x", "http__http__a", "a (.) b dot c", "[dot", "http:// http:// a .b",
        "(at)[at]{at}"}) {
    const std::string once = refang(value);
    EXPECT_EQ(refang(once), once) << value;
  }
}

}  // namespace
}  // namespace parley::intel
