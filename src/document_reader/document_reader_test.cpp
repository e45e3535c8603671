#include <gtest/gtest.h>

#include <string>

#include "document_reader/html.hpp"
#include "document_reader/pdf.hpp"
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

/// A PDF file of one page with a line of text, its cross-references right.
std::string small_pdf(const std::string& line) {
  const std::string content = "BT /F1 12 Tf 72 720 Td (" + line + ") Tj ET";
  const std::vector<std::string> objects = {
      "<< /Type /Catalog /Pages 2 0 R >>",
      "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
      std::string("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R ") +
          "/Resources << /Font << /F1 5 0 R >> >> >>",
      "<< /Length " + std::to_string(content.size()) + " >>\nstream\n" + content + "\nendstream",
      "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
      "<< /Title (A report) >>"};
  std::string out = "%PDF-1.4\n";
  std::vector<std::size_t> offsets;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    offsets.push_back(out.size());
    out += std::to_string(i + 1) + " 0 obj\n" + objects[i] + "\nendobj\n";
  }
  const std::size_t table = out.size();
  out += "xref\n0 " + std::to_string(objects.size() + 1) + "\n0000000000 65535 f \n";
  for (const std::size_t offset : offsets) {
    const std::string digits = std::to_string(offset);
    out += std::string(10 - digits.size(), '0') + digits + " 00000 n \n";
  }
  return out + "trailer\n<< /Size " + std::to_string(objects.size() + 1) +
         " /Root 1 0 R /Info 6 0 R >>\nstartxref\n" + std::to_string(table) + "\n%%EOF\n";
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

}  // namespace
}  // namespace parley::document
