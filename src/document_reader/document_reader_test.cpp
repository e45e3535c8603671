#include <gtest/gtest.h>

#include <string>

#include "document_reader/html.hpp"
#include "document_reader/pdf.hpp"
#include "document_reader/small_pdf.hpp"
#include "intel/utf8.hpp"

namespace parley::document {
namespace {

Document html(std::string_view page, const DocumentLimits& limits = {}) {
  prepare_html(as_bytes(page));
  auto read = read_html(as_bytes(page), limits);
  EXPECT_TRUE(read.has_value());
  return read ? *read : Document();
}

TEST(Html, is_read_as_a_reader_sees_it) {
  const Document page = html(
      "<!doctype html><html><head><title> A report </title><style>p{}</style>"
      "<link rel=canonical href='https://www.blog.example.net/post'></head><body><script>var "
      "a='evil.example.org'</script>"
      "<h1>Indicators</h1><p>It   spoke\nto "
      "<b>evil</b>[.]example.org</p><table><tr><td>a</td><td>b</td></tr></table>"
      "<ul><li>one<li>two</ul><pre>x  y\nz</pre></body></html>");
  EXPECT_EQ(page.title, "A report");
  EXPECT_EQ(page.text, "Indicators\nIt spoke to evil[.]example.org\na\tb\n- one\n- two\nx  y\nz\n");
  EXPECT_EQ(page.own_hosts, std::vector<std::string>{"blog.example.net"});
}

TEST(Html, keeps_where_its_links_stand) {
  const Document page =
      html("<p>see <a href='https://example.net/a'>this <i>post</i></a> and <a name=x>that</a>");
  ASSERT_EQ(page.links.size(), 1U);
  EXPECT_EQ(page.text.substr(page.links[0].begin, page.links[0].end - page.links[0].begin), "this post");
}

TEST(Html, says_where_its_links_lead) {
  const Document page = html(
      "<p><a href=' https://example.net/a\nb '>here</a> <a href='#top'>up</a> <a href='/x:y'>site</a> "
      "<a href='javascript:alert(1)'>run</a> <a href='//cdn.example.net/c'><img src=x></a> "
      "<a href='hxxp://evil[.]example.org/'>that</a><pre><a href='mailto:me@example.org'>mail   </a></pre>");
  std::string told;
  for (const Document::Link& one : page.links)
    told += page.text.substr(one.begin, one.end - one.begin) + "=" + one.target + "|";
  EXPECT_EQ(told,
            "here=https://example.net/ab|=https://cdn.example.net/c|that=hxxp://evil[.]example.org/|"
            "mail=mailto:me@example.org|");
  EXPECT_EQ(link_target("\x01 https://example.net/ \x02"), "https://example.net/");
  const auto again = parse_document(write_document(page));
  ASSERT_TRUE(again) << again.error().text();
  ASSERT_EQ(again->links.size(), page.links.size());
  EXPECT_EQ(again->links[1].target, "https://cdn.example.net/c");
}

TEST(Html, keeps_no_more_targets_than_its_limits_and_says_so) {
  DocumentLimits limits;
  limits.max_targets = 1;
  limits.max_target_bytes = 30;
  const Document page = html(
      "<a href='https://example.net/0123456789012345'>long</a> <a href='https://example.net/'>one</a> "
      "<a href='https://example.org/'>two</a>",
      limits);
  ASSERT_EQ(page.links.size(), 3U);
  EXPECT_EQ(page.links[0].target + "|" + page.links[1].target + "|" + page.links[2].target,
            "|https://example.net/|");
  EXPECT_EQ(page.warnings.size(), 1U);
  Document forged = page;
  forged.links[2].target = "https://example.org/";
  EXPECT_FALSE(parse_document(write_document(forged), limits));
  forged.links[2].target.clear();
  forged.links[0].target = "no address";
  EXPECT_FALSE(parse_document(write_document(forged)));
}

TEST(Html, joins_what_invisible_characters_break) {
  EXPECT_EQ(html("<p>evil&#8203;.exam&shy;ple&#xFEFF;.org").text, "evil.example.org\n");
}

TEST(Html, is_read_in_the_charset_that_it_has) {
  EXPECT_EQ(html("<meta charset=windows-1251><p>\xD9\xE5\xF0").text, "Щер\n");
  EXPECT_EQ(html("<p>M\xFCller").text, "Müller\n");
  EXPECT_EQ(html("<meta charset=utf-8><p>Müller").text, "Müller\n");
  const Document lies = html("<meta charset=utf-8><p>M\xFCller");
  EXPECT_EQ(lies.text, "Müller\n");
  EXPECT_EQ(lies.warnings.size(), 1U);
  const Document unknown = html("<meta charset='x-unheard-of'><p>Müller");
  EXPECT_EQ(unknown.text, "Müller\n");
  EXPECT_EQ(unknown.warnings.size(), 1U);
  EXPECT_EQ(html("<meta charset='utf-8//TRANSLIT\"'><p>a").text, "a\n");
}

TEST(Html, that_is_hostile_takes_neither_stack_nor_room) {
  std::string deep;
  for (int i = 0; i < 20'000; ++i) deep += "<div>";
  EXPECT_EQ(html(deep + "x").text, "x\n");
  EXPECT_EQ(html(std::string_view("<p>a\0b", 6)).text, "a b\n");
  std::string attributes = "<p ";
  for (int i = 0; i < 2'000; ++i) attributes += "a" + std::to_string(i) + "=1 ";
  EXPECT_EQ(html(attributes + ">x").text, "x\n");
  DocumentLimits limits;
  limits.max_text_bytes = 10;
  const Document cut = html("<p>äääääääää", limits);
  EXPECT_LE(cut.text.size(), 10U);
  EXPECT_TRUE(intel::is_utf8(cut.text));
  EXPECT_EQ(cut.warnings.size(), 1U);
  limits.max_file_bytes = 3;
  EXPECT_FALSE(read_html(as_bytes("<p>a"), limits));
}

/// A PDF file of one page with a line of text.
std::string small_pdf(const std::string& line, std::string_view more = {}) {
  return pdf_with("BT /F1 12 Tf 72 720 Td (" + line + ") Tj ET", more);
}

TEST(Pdf, gives_its_text_by_pages) {
  prepare_pdf();
  const auto read = read_pdf(as_bytes(small_pdf("It spoke to evil[.]example.org")));
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->title, "A report");
  EXPECT_NE(read->text.find("It spoke to evil[.]example.org"), std::string::npos) << read->text;
  EXPECT_EQ(read->pages, std::vector<std::size_t>{0});
}

TEST(Pdf, that_is_none_is_refused_with_its_reason) {
  prepare_pdf();
  EXPECT_FALSE(read_pdf(as_bytes("%PDF-1.4\nnothing")));
  EXPECT_FALSE(read_pdf(as_bytes("")));
  const std::string whole = small_pdf("a");
  for (std::size_t cut = 10; cut < whole.size(); cut += 97)
    static_cast<void>(read_pdf(as_bytes(whole.substr(0, cut))));
}

TEST(Pdf, says_where_its_links_lead_and_what_they_show) {
  prepare_pdf();
  const auto link = [](const std::string& area, const std::string& action) {
    return "<< /Type /Annot /Subtype /Link /Rect [" + area + "] /A << /S /URI /URI " + action + " >> >> ";
  };
  const auto read = read_pdf(as_bytes(small_pdf(
      "First some words", "/Annots [ null 7 " + link("0 0 10 10", "(https://example.net/nowhere)") +
                              link("98 715 125 735", "(https://example.net/some)") +
                              link("0 0 9 9", "(#page)") + link("no area", "<FEFF0068003A0078>") + "]")));
  ASSERT_TRUE(read) << read.error().text();
  std::string told;
  for (const Document::Link& one : read->links)
    told += read->text.substr(one.begin, one.end - one.begin) + "=" + one.target + "|";
  EXPECT_EQ(told, "=https://example.net/nowhere|some=https://example.net/some|=h:x|");
  EXPECT_TRUE(parse_document(write_document(*read)));
}

}  // namespace
}  // namespace parley::document
