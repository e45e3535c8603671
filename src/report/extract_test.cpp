#include "report/extract.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "intel/warninglist.hpp"

namespace parley::report {
namespace {

std::string shown(const Candidate& one) {
  std::string out(intel::type_name(one.selector.type));
  out += " " + one.selector.value;
  if (one.hold != Hold::none) out += " (" + std::string(hold_name(one.hold)) + ")";
  return out;
}

/// Every candidate of a text, joined by " | ".
std::string found(std::string_view text, const ExtractOptions& options = {}) {
  std::string out;
  for (const Candidate& one : extract(text, options)) {
    EXPECT_LT(one.begin, one.end);
    EXPECT_LE(one.end, text.size());
    if (!out.empty()) out += " | ";
    out += shown(one);
  }
  return out;
}

TEST(Extract, reads_every_vector_of_refanging_inside_a_sentence) {
  std::ifstream file(PARLEY_SOURCE_DIR "/tests/vectors/refang.tsv");
  std::string line;
  int checked = 0;
  while (std::getline(file, line)) {
    if (line.starts_with('#')) continue;
    const std::size_t first = line.find('\t');
    const std::size_t second = line.find('\t', first + 1);
    const std::string input = line.substr(0, first);
    const std::string kind = line.substr(first + 1, second - first - 1);
    const std::string value = line.substr(second + 1);
    ++checked;
    for (const std::string& text : {input, "It spoke to " + input + ", we saw.\n", "(" + input + ")"}) {
      std::string want;
      if (input.starts_with("tcp://"))
        want = "domain-name example.com";  // no URL of selector/1: its host
      else if (kind.starts_with("url"))
        want = "url " + value;
      else if (kind == "domain")
        want = "domain-name " + value;
      else if (kind == "domain?")
        want = "domain-name " + value + " (written_out)";
      else if (kind == "ipv4" || kind == "ipv4 (warninglist)")
        want = "ipv4-addr " + (kind == "ipv4" ? value : input);
      else if (kind == "ipv4+port")
        want = "ipv4-addr " + value.substr(0, value.find('|'));
      else if (kind == "ipv6")
        want = "ipv6-addr " + value;
      else if (kind.starts_with("email"))
        want = "email-addr " + value;
      else if (input.starts_with("version"))
        want = "ipv4-addr 1.2.3.4 (version)";
      else if (input == "invoice.zip" || input == "setup.sh")
        want = "domain-name " + input + " (file_name)";
      else if (input == "System.Net")
        want = "domain-name system.net (code_name)";
      else if (kind.starts_with("md5"))
        want = "file:md5 " + input + " (empty_file)";
      else if (input.starts_with("0000"))
        want = "file:sha1 " + input + " (placeholder)";
      else if (kind.starts_with("none (reference"))
        want = "url " + input + " (reference)";
      else if (kind.starts_with("none (rfc1918"))
        want = "ipv4-addr " + input + " (not_public)";
      EXPECT_EQ(found(text), want) << text << " [" << kind << "]";
    }
  }
  EXPECT_EQ(checked, 46);
}

TEST(Extract, undoes_the_other_forms_that_reports_use) {
  const std::vector<std::pair<std::string, std::string>> lines = {
      {"hxxps[://]a[.]example[.]org[/]b[?]c", "url https://a.example.org/b[?]c"},
      {"h**p://example.org/a", "url http://example.org/a"},
      {"hxxp[:]//192[.]0[.]2[.]7[:]8080/a", "url http://192.0.2.7:8080/a"},
      {"example[[.]]org", "domain-name example.org"},
      {"example_dot_org", "domain-name example.org"},
      {"www[.example[.org", "domain-name www.example.org"},
      {"me_at_example_dot_org", "email-addr me@example.org"},
      {"me [at] example [dot] org", "email-addr me@example.org"},
      {"me(@)example.org", "email-addr me@example.org"},
      {"evil [.] example [.] org", "domain-name evil.example.org"},
      {"2001[:]db8[:]0[:]0[:]0[:]0[:]0[:]1", "ipv6-addr 2001:db8::1"},
      {"[2001:db8::1]:443", "ipv6-addr 2001:db8::1"},
      {"http://[2001:db8::1]:80/a", "url http://[2001:db8::1]/a"},
      {"udp://192.0.2.9:53", "ipv4-addr 192.0.2.9"},
      {"c2=hxxp://example.org/x;", "url http://example.org/x"},
      {"http://example.org/a,http://example.net/b", "url http://example.org/a | url http://example.net/b"},
      {"[here](http://example.org/a_(b))", "url http://example.org/a_(b) (reference)"},
      {"see <http://example.org/a>.", "url http://example.org/a"},
      {"“http://example.org/a”", "url http://example.org/a"},
      {"http:\\\\example[.]org\\a", "url http://example.org/a"},
      {"198.51.100.1-198.51.100.2", "ipv4-addr 198.51.100.1 | ipv4-addr 198.51.100.2"},
      {"bücher[.]example", "domain-name xn--bcher-kva.example"},
      {"example.org:8443", "domain-name example.org"},
      {"mailto:me@example.org?subject=a", "email-addr me@example.org"},
      {"<me@example.org>", "email-addr me@example.org"},
  };
  for (const auto& [text, want] : lines) EXPECT_EQ(found(text), want) << text;
}

TEST(Extract, finds_every_type_of_selector) {
  const std::vector<std::pair<std::string, std::string>> lines = {
      {"CVE-2021-44228, cve-2023-23397.", "cve CVE-2021-44228 | cve CVE-2023-23397"},
      {"AS64496 and ASN64511", "autonomous-system 64496 | autonomous-system 64511"},
      {"00:00:5E:00:53:01", "mac-addr 00:00:5e:00:53:01"},
      {"00-00-5E-00-53-01", "mac-addr 00:00:5e:00:53:01"},
      {"0000.5e00.5301", "mac-addr 00:00:5e:00:53:01"},
      {"pay to GB29 NWBK 6016 1331 9268 19 now", "iban GB29NWBK60161331926819"},
      {"GB29NWBK60161331926819", "iban GB29NWBK60161331926819"},
      {"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "btc 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"},
      {"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "btc bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"},
      {"to 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed.", "eth 0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"},
      {"0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed", ""},
      {"XqktWovjzk8sY8ZH4ouVrq5ASQPEvVA3zf", "dash XqktWovjzk8sY8ZH4ouVrq5ASQPEvVA3zf"},
      {"44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A",
       "xmr 44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"},
      {"MD5:900150983cd24fb0d6963f7d28e17f72", "file:md5 900150983cd24fb0d6963f7d28e17f72"},
      {"A9993E364706816ABA3E25717850C26C9CD0D89D", "file:sha1 a9993e364706816aba3e25717850c26c9cd0d89d"},
      {"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
       "file:sha256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
  };
  for (const auto& [text, want] : lines) EXPECT_EQ(found("x: " + text + "\n"), want) << text;
  std::string print;
  for (int i = 0; i < 32; ++i) print += (i == 0 ? "A" : ":A") + std::string(1, i % 2 == 0 ? '1' : '2');
  EXPECT_TRUE(found(print).starts_with("x509:sha256 a1a2")) << found(print);
}

TEST(Extract, holds_back_what_only_looks_like_a_value_and_says_why) {
  const std::string md5 = "900150983cd24fb0d6963f7d28e17f72";
  const std::vector<std::pair<std::string, std::string>> lines = {
      {"finder.app and terminal.app",
       "domain-name finder.app (file_name) | domain-name terminal.app (file_name)"},
      {"a.py b.pl main.rs readme.md libx.so",
       "domain-name a.py (file_name) | domain-name b.pl (file_name) | domain-name "
       "main.rs (file_name) | domain-name readme.md (file_name) | domain-name "
       "libx.so (file_name)"},
      {"/usr/lib/libc.so.6", ""},
      {"C:\\Users\\a\\notes.md", "domain-name notes.md (file_name)"},
      {"src/net/index.name", "domain-name index.name (file_name)"},
      {"www.urzad.gov.pl", "domain-name www.urzad.gov.pl"},
      {"evil[.]zip", "domain-name evil.zip"},
      {"com.vendor.finder.app", "domain-name com.vendor.finder.app (code_name)"},
      {"It was done.It ran", "domain-name done.it (code_name)"},
      {"window.name(", "domain-name window.name (code_name)"},
      {"v1.2.3.4 Chrome/120.0.0.0 build 10.0.19041.1", "ipv4-addr 120.0.0.0 (version)"},
      {"firmware 192.0.2.5", "ipv4-addr 192.0.2.5 (version)"},
      {"1.3.6.1.4.1.311 and 300.1.1.1", ""},
      {"192.0.2.0/24 2001:db8::/32", "ipv4-addr 192.0.2.0 (range) | ipv6-addr 2001:db8:: (range)"},
      {"127.0.0.1 255.255.255.0 fe80::1",
       "ipv4-addr 127.0.0.1 (not_public) | ipv4-addr 255.255.255.0 (placeholder) | "
       "ipv6-addr fe80::1 (not_public)"},
      {"12:30:45 std::abc a::b 10::20", ""},
      {"550e8400-e29b-41d4-a716-446655440000", ""},
      {"{550e8400-e29b-41d4-a716-446655440000}", ""},
      {"guid 550e8400e29b41d4a716446655440000", "file:md5 550e8400e29b41d4a716446655440000 (identifier)"},
      {"commit a9993e364706816aba3e25717850c26c9cd0d89d",
       "file:sha1 a9993e364706816aba3e25717850c26c9cd0d89d (identifier)"},
      {md5 + ".sh", "file:md5 " + md5 + " | domain-name " + md5 + ".sh (file_name)"},
      {md5 + ".exe", "file:md5 " + md5},
      {"evil.exe report.pdf index.php", ""},
      {"AS400", "autonomous-system 400 (code_name)"},
      {"http://localhost/a http://10.1.2.3/",
       "url http://localhost/a (not_public) | url http://10.1.2.3/ (not_public)"},
      {"look at example.org", "domain-name example.org"},
      {"hosted at example[.]org", "domain-name example.org"},
      {"the dot com boom", "domain-name the.com (written_out)"},
      {"(see above) e.g. this, i.e. that; etc.", ""},
      {"git@example.org:a/b.git", "email-addr git@example.org (reference)"},
  };
  for (const auto& [text, want] : lines) EXPECT_EQ(found(text), want) << text;
}

TEST(Extract, puts_together_what_is_broken_over_lines) {
  const std::string sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  const std::string md5 = "900150983cd24fb0d6963f7d28e17f72";
  const std::string sha1 = "a9993e364706816aba3e25717850c26c9cd0d89d";
  const auto broken = [](const std::string& value, std::size_t width, const std::string& by) {
    std::string out;
    for (std::size_t at = 0; at < value.size(); at += width)
      out += (at == 0 ? "" : by) + value.substr(at, width);
    return out;
  };
  const std::string two_hashes = "file:sha256 " + sha256 + " | file:sha1 " + sha1;
  for (const std::string by : {"\n", "\r\n", "-\n", "  \n    "}) {
    EXPECT_EQ(found("SHA-256 " + broken(sha256, 48, by) + " dropper"), "file:sha256 " + sha256) << by;
    std::string both = broken(sha256, 30, by);
    both += "\n";
    both += broken(sha1, 30, by);
    EXPECT_EQ(found(both), two_hashes) << by;
  }
  // The first piece is a hash itself: both are told, the longer one is a guess.
  EXPECT_EQ(found(broken(sha256, 40, "\n")),
            "file:sha1 " + sha256.substr(0, 40) + " | file:sha256 " + sha256 + " (wrapped)");
  // A list of hashes is a list, a memory dump is one.
  EXPECT_EQ(found(md5 + "\n" + md5 + "\n" + sha1 + "\n"),
            "file:md5 " + md5 + " | file:md5 " + md5 + " | file:sha1 " + sha1);
  EXPECT_EQ(found("00112233aabbccdd\n44556677eeff0011\n8899aabb22334455\nccddeeff66778899\n"), "");
  EXPECT_EQ(found(sha256.substr(0, 48) + "\n\n" + sha256.substr(48)), "");
  EXPECT_EQ(found("C2 hxxps://evil[.]example[.]org/dl/\n  update.exe now"),
            "url https://evil.example.org/dl/ | url https://evil.example.org/dl/update.exe (wrapped)");
  EXPECT_EQ(found("C2 http://evil.example.org/a?b=\n1f3"),
            "url http://evil.example.org/a?b= | url http://evil.example.org/a?b=1f3 (wrapped)");
  EXPECT_EQ(found("at http://evil.example.org/\nThe end.\nhttp://a.example.org/\nhttp://b.example.org/1"),
            "url http://evil.example.org/ | url http://a.example.org/ | url http://b.example.org/1");
}

TEST(Extract, holds_back_links_to_sources) {
  EXPECT_EQ(found("see https://securelist.com/a and https://evil.example.org/"),
            "url https://securelist.com/a (reference) | url https://evil.example.org/");
  EXPECT_EQ(found("hxxps://securelist[.]com/a"), "url https://securelist.com/a");
  // A report that defangs means what it does not defang as a link.
  EXPECT_EQ(found("C2 evil[.]example[.]org, see https://blog.example.net/post"),
            "domain-name evil.example.org | url https://blog.example.net/post (reference)");
  EXPECT_EQ(
      found("C2 http://evil.example.org/a\n\n## References\n- http://blog.example.net/post\n\n## Indicators\n"
            "http://c2.example.org/b\n"),
      "url http://evil.example.org/a | url http://blog.example.net/post (reference) | url "
      "http://c2.example.org/b");
  ExtractOptions linked;
  linked.links = {{4, 24}};
  EXPECT_EQ(found("see http://example.org/a and http://example.org/b", linked),
            "url http://example.org/a (reference) | url http://example.org/b");
  linked.links[0].chosen = false;
  EXPECT_EQ(found("see http://example.org/a", linked), "url http://example.org/a");
  ExtractOptions options;
  options.own_hosts = {"cert.example.net"};
  EXPECT_EQ(found("http://www.cert.example.net/a example.org", options),
            "url http://www.cert.example.net/a (reference) | domain-name example.org");
}

TEST(Extract, reads_the_words_for_dot_and_at_of_other_languages) {
  EXPECT_EQ(found("facture[arobase]evil[point]example.net, a(arroba)evil(punto)example.net"),
            "email-addr facture@evil.example.net | email-addr a@evil.example.net");
  EXPECT_EQ(found("почта: hacker[собака]evil[точка]example[точка]org"), "email-addr hacker@evil.example.org");
}

TEST(Extract, takes_no_link_for_one_to_a_source_that_leads_where_none_stands) {
  EXPECT_EQ(
      found("evil[.]example[.]org https://example.net/post ftp://example.net/a http://192.0.2.1/a "
            "http://example.net:8080/a http://u:p@example.net/a http://exampleexample22.onion/"),
      "domain-name evil.example.org | url https://example.net/post (reference) | url ftp://example.net/a | "
      "url http://192.0.2.1/a | url http://example.net:8080/a | url http://u:p@example.net/a | "
      "url http://exampleexample22.onion/");
}

TEST(Extract, ends_what_goes_on_in_the_next_line_where_every_value_ends) {
  EXPECT_EQ(found("hxxps://evil[.example.org/?b=-\n1f3`x-y\n"),
            "url https://evil.example.org/?b=- | url https://evil.example.org/?b=-1f3 (wrapped)");
  EXPECT_EQ(found("https://evil.example.org/a/\n\"b\""), "url https://evil.example.org/a/");
}

TEST(Extract, tells_hashes_of_other_things_and_names_of_other_networks) {
  EXPECT_EQ(found("ja3;e7d705a3286e19ea42f587b344ee6865"),
            "file:md5 e7d705a3286e19ea42f587b344ee6865 (identifier)");
  EXPECT_EQ(found("Imphash: e7d705a3286e19ea42f587b344ee6865"),
            "file:md5 e7d705a3286e19ea42f587b344ee6865 (identifier)");
  EXPECT_EQ(found("http://expyuzz4wqqyqhjn.onion/a"), "url http://expyuzz4wqqyqhjn.onion/a");
  EXPECT_EQ(found("Example GmbH & Co.KG, EXAMPLE.ORG"),
            "domain-name co.kg (code_name) | domain-name example.org");
  EXPECT_EQ(found("[1] https://example.com/a/\n[2] https://example.com/b/\n3. that\n"),
            "url https://example.com/a/ | url https://example.com/b/");
}

TEST(Extract, tells_where_links_lead_that_show_something_else) {
  const auto linked = [](std::string_view text, std::string target) {
    ExtractOptions options;
    options.own_hosts = {"cert.example.net"};
    options.links = {{0, text.size(), std::move(target)}};
    return found(text, options);
  };
  EXPECT_EQ(linked("click here", "http://evil.example.org/a"), "url http://evil.example.org/a (link_target)");
  EXPECT_EQ(linked("click here", "hxxp://evil[.]example[.]org/a"), "url http://evil.example.org/a");
  EXPECT_EQ(linked("our post", "https://www.cert.example.net/a"),
            "url https://www.cert.example.net/a (reference)");
  // A value whose link leads to its host is put forward with where it leads; a page about it is not.
  EXPECT_EQ(linked("evil[.]example[.]org", "http://evil.example.org/"),
            "domain-name evil.example.org | url http://evil.example.org/");
  EXPECT_EQ(linked("evil[.]example[.]org", "https://lookup.example.com/evil.example.org"),
            "domain-name evil.example.org | url https://lookup.example.com/evil.example.org (link_target)");
  EXPECT_EQ(linked("hxxp://evil.example.org/a", "http://evil.example.org/a"),
            "url http://evil.example.org/a");
  EXPECT_EQ(linked("me@example.org", "mailto:me@example.org?subject=x"), "email-addr me@example.org");
  EXPECT_EQ(linked("write", "mailto:me@example.org?subject=x"), "email-addr me@example.org (link_target)");
  EXPECT_EQ(linked("nowhere", "example"), "");
  ExtractOptions picture;
  picture.links = {{2, 2, "http://evil.example.org/"}};
  const auto candidates = extract("ab", picture);
  ASSERT_EQ(candidates.size(), 1U);
  EXPECT_TRUE(candidates[0].from_link);
}

TEST(Extract, asks_the_warninglists_and_names_the_list) {
  intel::WarninglistSet lists;
  ASSERT_TRUE(lists.add_text(
      R"({"name": "resolvers", "type": "string", "list": ["8.8.8.8"], "matching_attributes": ["ip-dst"]})",
      "x"));
  ExtractOptions options;
  options.warninglists = &lists;
  const auto candidates = extract("8.8.8.8 192.0.2.1", options);
  ASSERT_EQ(candidates.size(), 2U);
  EXPECT_EQ(candidates[0].hold, Hold::warninglist);
  EXPECT_EQ(candidates[0].note, "resolvers");
  EXPECT_EQ(candidates[1].hold, Hold::none);
}

TEST(Extract, tells_the_bytes_of_the_text_that_hold_the_value) {
  const std::string text =
      "Sie fanden „me (at) example [dot] org“ und hxxp[:]//example[.]org[/]a, 198.51.100[.]7:8443.";
  std::vector<std::string> written;
  for (const Candidate& one : extract(text)) {
    written.push_back(text.substr(one.begin, one.end - one.begin));
    EXPECT_TRUE(one.defanged) << written.back();
  }
  EXPECT_EQ(written, (std::vector<std::string>{"me (at) example [dot] org", "hxxp[:]//example[.]org[/]a",
                                               "198.51.100[.]7"}));
  EXPECT_EQ(extract("192.0.2.7:8443")[0].note, "port 8443");
}

TEST(Extract, survives_bytes_that_are_no_text_and_bounds_what_it_gives) {
  std::string text;
  for (int i = 0; i < 70'000; ++i) text.push_back(static_cast<char>(i * 7919 % 256));
  static_cast<void>(extract(text));
  static_cast<void>(extract(std::string(200'000, '[')));
  static_cast<void>(extract(std::string(200'000, '.')));
  static_cast<void>(extract(std::string(200'000, 'a')));
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "192.0.2." + std::to_string(i % 200 + 1) + " ";
  ExtractOptions options;
  options.max_candidates = 10;
  EXPECT_EQ(extract(many, options).size(), 10U);
}

}  // namespace
}  // namespace parley::report
