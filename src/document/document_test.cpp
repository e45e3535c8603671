#include "document/document.hpp"

#include <gtest/gtest.h>

#include <string>

#include "document/mail.hpp"
#include "intel/utf8.hpp"

namespace parley::document {
namespace {

Result<Document> read(std::string_view bytes, const DocumentLimits& limits = {}) {
  return read_text(as_bytes(bytes), limits);
}

TEST(Text, is_read_in_the_encodings_that_it_comes_in) {
  EXPECT_EQ(read("a\xC3\xA4")->text, "a\xC3\xA4");
  EXPECT_EQ(read("\xEF\xBB\xBF"
                 "a")
                ->text,
            "a");
  EXPECT_EQ(read(std::string_view("\xFF\xFE"
                                  "a\0\x3D\xD8\x00\xDE",
                                  8))
                ->text,
            "a\xF0\x9F\x98\x80");
  EXPECT_EQ(read(std::string_view("\xFE\xFF\0a\xD8\x3D", 6))->text, "a\xEF\xBF\xBD");
  const auto latin = read("M\xFCller \x80");
  ASSERT_TRUE(latin);
  EXPECT_EQ(latin->text, "M\xC3\xBCller \xE2\x82\xAC");
  EXPECT_EQ(latin->warnings.size(), 1U);
}

TEST(Text, that_is_none_is_refused) {
  const auto binary = read(std::string_view("MZ\0\0", 4));
  ASSERT_FALSE(binary);
  EXPECT_NE(binary.error().message.find("NUL"), std::string::npos);
  DocumentLimits limits;
  limits.max_text_bytes = 3;
  EXPECT_TRUE(read("abc", limits));
  EXPECT_FALSE(read("abcd", limits));
}

TEST(Mail, is_read_without_what_carries_it) {
  const std::string head =
      "Received: from mx.example.com\r\n\tby mail.example.net\r\nFrom: Kim <kim@example.org>\r\n"
      "Subject: please block\r\nMIME-Version: 1.0\r\n";
  const auto quoted =
      read(head +
           "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
           "> hxxp://evil[.]example[.]com/a=3D1&lo=\r\nng=3D2\r\n> Gr=C3=BC=C3=9Fe =zz\r\n");
  ASSERT_TRUE(quoted);
  EXPECT_EQ(quoted->text, "please block\n> hxxp://evil[.]example[.]com/a=1&long=2\r\n> Grüße =zz\r\n");
  EXPECT_EQ(quoted->warnings.size(), 1U);
  const auto parts =
      read(head +
           "Content-Type: multipart/mixed; boundary=\"x y\"\r\n\r\npreamble\r\n"
           "--x y\r\nContent-Type: multipart/alternative;\r\n boundary=z\r\n\r\n"
           "--z\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
           "Content-Transfer-Encoding: base64\r\n\r\nTfxs\r\nbGVy\r\n"
           "--z\r\nContent-Type: text/html\r\n\r\n<p>M\r\n--z--\r\n"
           "--x y\r\nContent-Type: application/zip\r\n\r\nUEsD\r\n"
           "--x y\r\nContent-Type: text/csv\r\nContent-Disposition: attachment\r\n\r\na,b\r\n--x y--\r\n");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->text, "please block\nMüller\n");
  EXPECT_EQ(parts->warnings.size(), 2U);
  const auto html = read(head + "Content-Type: text/html\n\n<b>a</b>");
  EXPECT_EQ(html->text, "please block\n<b>a</b>\n");
  EXPECT_EQ(html->warnings.size(), 2U);
  // What looks like one and was never sent is read as it stands; what is broken is read as far as it goes.
  EXPECT_FALSE(is_mail("From: CERT Alpha\nTo: all\nSubject: block\n\nevil[.]example[.]org\n"));
  EXPECT_FALSE(is_mail("Received: a note\nand a line\n\n"));
  EXPECT_EQ(
      read("From: a\nDate: b\nMessage-ID: c\nContent-Type: multipart/mixed; boundary=\n\n--\n\n\n")->text,
      "");
  EXPECT_TRUE(intel::is_utf8(read("From: a\nDate: b\nMessage-ID: c\nContent-Type: text/plain; charset=utf-8\n"
                                  "Content-Transfer-Encoding: quoted-printable\n\n=FF=00=")
                                 ->text));
}

TEST(Kind, is_seen_in_the_first_bytes_and_the_name) {
  EXPECT_EQ(guess_kind(as_bytes("%PDF-1.7\n"), "a.txt"), Kind::pdf);
  EXPECT_EQ(guess_kind(as_bytes("  <!DOCTYPE html>"), "a"), Kind::html);
  EXPECT_EQ(guess_kind(as_bytes("text"), "a.HTML"), Kind::html);
  EXPECT_EQ(guess_kind(as_bytes("<b> is bold"), "a.md"), Kind::text);
  EXPECT_EQ(parse_kind("pdf"), Kind::pdf);
  EXPECT_FALSE(parse_kind("doc"));
}

TEST(Document, is_handed_over_whole) {
  Document document;
  document.title = "A \"title\"";
  document.text = "one\ntwo";
  document.pages = {0, 4};
  document.links = {{0, 3}, {4, 7}};
  document.own_hosts = {"example.org"};
  document.warnings = {"odd"};
  const auto back = parse_document(write_document(document));
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(write_document(*back), write_document(document));
}

TEST(Document, of_a_reader_that_lies_is_refused) {
  const auto refused = [](std::string_view bytes, const DocumentLimits& limits = {}) {
    return !parse_document(bytes, limits).has_value();
  };
  const std::string tail = R"("own_hosts":[],"warnings":[],"bytes":3})"
                           "\nabc";
  EXPECT_FALSE(refused(R"({"title":"","pages":[0,3],"links":[[0,1],[2,3]],)" + tail));
  EXPECT_TRUE(refused(R"({"title":"","pages":[4],"links":[],)" + tail));
  EXPECT_TRUE(refused(R"({"title":"","pages":[2,1],"links":[],)" + tail));
  EXPECT_TRUE(refused(R"({"title":"","pages":[],"links":[[2,1]],)" + tail));
  EXPECT_TRUE(refused(R"({"title":"","pages":[],"links":[[0,2],[1,3]],)" + tail));
  EXPECT_TRUE(refused(R"({"title":"","pages":[],"links":[[0]],)" + tail));
  EXPECT_TRUE(refused(R"({"title":"","pages":[],"links":[],"own_hosts":[],"warnings":[],"bytes":3})"
                      "\nab"));
  EXPECT_TRUE(refused(R"({"title":"","pages":[],"links":[],"own_hosts":[],"warnings":[],"bytes":1})"
                      "\n\xFF"));
  EXPECT_TRUE(refused("abc"));
  DocumentLimits few;
  few.max_pages = 1;
  EXPECT_TRUE(refused(R"({"title":"","pages":[0,3],"links":[],)" + tail, few));
  few.max_text_bytes = 2;
  EXPECT_TRUE(refused(R"({"title":"","pages":[],"links":[],)" + tail, few));
}

}  // namespace
}  // namespace parley::document
