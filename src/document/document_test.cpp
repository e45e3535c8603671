#include "document/document.hpp"

#include <gtest/gtest.h>

#include <string>

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
