#include "encoding/csv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace parley::encoding {
namespace {

using testing::HasSubstr;
using Fields = std::vector<std::string>;

struct Outcome {
  std::vector<Fields> rows;
  std::vector<std::uint64_t> lines;
  std::vector<std::string> rejects;  // "where: message"
};

/// Reads the text in chunks of this size; a reader must not care.
Outcome read(std::string_view text, std::size_t chunk, char delimiter = ',', CsvLimits limits = {}) {
  CsvReader reader(delimiter, limits);
  Outcome outcome;
  CsvRow row;
  const auto drain = [&] {
    for (;;) {
      const auto got = reader.next(row);
      if (got && !*got) return;
      if (got) {
        outcome.rows.push_back(row.fields);
        outcome.lines.push_back(row.line);
      } else {
        EXPECT_EQ(got.error().kind, ErrorKind::bad_input);
        outcome.rejects.push_back(got.error().text());
      }
    }
  };
  for (std::size_t at = 0; at < text.size(); at += chunk) {
    reader.feed(text.substr(at, chunk));
    drain();
  }
  reader.finish();
  drain();
  return outcome;
}

/// The outcome, after checking that it is the same for every chunk size.
Outcome read_all_ways(std::string_view text, CsvLimits limits = {}) {
  const Outcome whole = read(text, text.size() + 1, ',', limits);
  for (const std::size_t chunk : {1, 2, 3, 5, 7}) {
    const Outcome pieces = read(text, chunk, ',', limits);
    EXPECT_EQ(pieces.rows, whole.rows) << text;
    EXPECT_EQ(pieces.lines, whole.lines) << text;
    EXPECT_EQ(pieces.rejects, whole.rejects) << text;
  }
  return whole;
}

TEST(Csv, reads_what_rfc_4180_shows) {
  EXPECT_EQ(read_all_ways("aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n").rows,
            (std::vector<Fields>{{"aaa", "bbb", "ccc"}, {"zzz", "yyy", "xxx"}}));
  EXPECT_EQ(read_all_ways("aaa,bbb").rows, (std::vector<Fields>{{"aaa", "bbb"}}));
  EXPECT_EQ(read_all_ways("\"aaa\",\"b \r\nbb\",\"ccc\"\r\nzzz").rows,
            (std::vector<Fields>{{"aaa", "b \r\nbb", "ccc"}, {"zzz"}}));
  EXPECT_EQ(read_all_ways("\"aaa\",\"b\"\"bb\"").rows, (std::vector<Fields>{{"aaa", "b\"bb"}}));
  EXPECT_EQ(read_all_ways(",,\n\"\"\n,").rows, (std::vector<Fields>{{"", "", ""}, {""}, {"", ""}}));
}

TEST(Csv, takes_mixed_line_ends_and_counts_lines) {
  const Outcome outcome = read_all_ways("a\r\nb\nc\rd\r\r\ne\n\n\"x\r\ny\rz\n\"\nf");
  EXPECT_EQ(outcome.rows, (std::vector<Fields>{{"a"}, {"b"}, {"c"}, {"d"}, {"e"}, {"x\r\ny\rz\n"}, {"f"}}));
  EXPECT_EQ(outcome.lines, (std::vector<std::uint64_t>{1, 2, 3, 4, 6, 8, 12}));
}

TEST(Csv, drops_a_byte_order_mark_at_the_start_only) {
  EXPECT_EQ(read_all_ways("\xEF\xBB\xBF"
                          "a,b")
                .rows,
            (std::vector<Fields>{{"a", "b"}}));
  EXPECT_EQ(read_all_ways("\xEF\xBB\xBF\"a\"").rows, (std::vector<Fields>{{"a"}}));
  EXPECT_EQ(read_all_ways("a\n\xEF\xBB\xBF"
                          "b")
                .rows,
            (std::vector<Fields>{{"a"},
                                 {"\xEF\xBB\xBF"
                                  "b"}}));
  EXPECT_EQ(read_all_ways("\xEF\xBB").rows, (std::vector<Fields>{{"\xEF\xBB"}}));
  EXPECT_TRUE(read_all_ways("\xEF\xBB\xBF").rows.empty());
}

TEST(Csv, rejects_a_row_with_a_nul_and_goes_on) {
  const std::string text("a,b\nc\0c,d\n\"e\0\n\",f\ng,h\n", 22);
  const Outcome outcome = read_all_ways(text);
  EXPECT_EQ(outcome.rows, (std::vector<Fields>{{"a", "b"}, {"g", "h"}}));
  ASSERT_EQ(outcome.rejects.size(), 2U);
  EXPECT_TRUE(outcome.rejects[0].starts_with("line 2: ")) << outcome.rejects[0];
  EXPECT_TRUE(outcome.rejects[1].starts_with("line 3: ")) << outcome.rejects[1];
}

TEST(Csv, reports_an_unterminated_quote_where_it_began) {
  const Outcome outcome = read_all_ways("a,b\nc,d\ne,\"f\ng,h\ni,j\n");
  EXPECT_EQ(outcome.rows, (std::vector<Fields>{{"a", "b"}, {"c", "d"}}));
  ASSERT_EQ(outcome.rejects.size(), 1U);
  EXPECT_TRUE(outcome.rejects[0].starts_with("line 3: ")) << outcome.rejects[0];
  EXPECT_NE(outcome.rejects[0].find("never closed"), std::string::npos);
}

TEST(Csv, rejects_text_behind_a_closing_quote_and_goes_on) {
  const Outcome outcome = read_all_ways("\"a\"b,c\nd,e\n");
  EXPECT_EQ(outcome.rows, (std::vector<Fields>{{"d", "e"}}));
  ASSERT_EQ(outcome.rejects.size(), 1U);
  EXPECT_TRUE(outcome.rejects[0].starts_with("line 1: "));
}

TEST(Csv, keeps_a_quote_inside_an_unquoted_field) {
  EXPECT_EQ(read_all_ways("a\"b,c\"\n").rows, (std::vector<Fields>{{"a\"b", "c\""}}));
}

TEST(Csv, bounds_fields_rows_and_their_number) {
  const CsvLimits limits{.max_field_bytes = 4, .max_row_bytes = 6, .max_fields = 3};
  const Outcome outcome = read_all_ways("1234,56\n12345\n123,456,7\na,b,c,d\n\"12\n45\"\n,,\nok\n", limits);
  EXPECT_EQ(outcome.rows, (std::vector<Fields>{{"1234", "56"}, {"", "", ""}, {"ok"}}));
  ASSERT_EQ(outcome.rejects.size(), 4U);
  EXPECT_NE(outcome.rejects[0].find("line 2: a field is longer than 4 bytes"), std::string::npos);
  EXPECT_NE(outcome.rejects[1].find("line 3: the row is longer than 6 bytes"), std::string::npos);
  EXPECT_NE(outcome.rejects[2].find("line 4: the row has more than 3 fields"), std::string::npos);
  EXPECT_NE(outcome.rejects[3].find("line 5: a field"), std::string::npos);
}

TEST(Csv, gives_the_first_defect_as_the_reason_however_it_is_cut) {
  const CsvLimits limits{.max_field_bytes = 6, .max_row_bytes = 10, .max_fields = 4};
  const std::string long_then_nul = std::string("abcdefgh") + '\0' + "\n";
  const std::string nul_then_long = std::string("abc") + '\0' + "efghijk\n";
  const std::string row_then_nul = std::string("abcd,efgh,ijkl") + '\0' + "\n";
  for (std::size_t chunk = 1; chunk <= long_then_nul.size(); ++chunk) {
    EXPECT_THAT(read(long_then_nul, chunk, ',', limits).rejects.at(0), HasSubstr("longer than 6 bytes"));
    EXPECT_THAT(read(nul_then_long, chunk, ',', limits).rejects.at(0), HasSubstr("NUL"));
    EXPECT_THAT(read(row_then_nul, chunk, ',', limits).rejects.at(0), HasSubstr("longer than 10 bytes"));
  }
}

TEST(Csv, is_empty_when_the_file_is) {
  for (const std::string_view text : {"", "\n", "\r\n\r\n", "\r"}) {
    EXPECT_TRUE(read_all_ways(text).rows.empty());
    EXPECT_TRUE(read_all_ways(text).rejects.empty());
  }
}

TEST(Csv, guesses_the_delimiter_from_the_first_line) {
  EXPECT_EQ(guess_csv_delimiter("value,type,comment"), ',');
  EXPECT_EQ(guess_csv_delimiter("value;type;\"a,b,c,d\""), ';');
  EXPECT_EQ(guess_csv_delimiter("value\ttype"), '\t');
  EXPECT_EQ(guess_csv_delimiter("value|type|x,y"), '|');
  EXPECT_EQ(guess_csv_delimiter("value"), ',');
  EXPECT_EQ(read("a;\"b;c\"\n", 3, ';').rows, (std::vector<Fields>{{"a", "b;c"}}));
}

RC_GTEST_PROP(Csv, reads_back_what_it_wrote, (std::vector<Fields> rows)) {
  const char delimiter = *rc::gen::element(',', ';', '\t');
  const auto field = rc::gen::container<std::string>(
      rc::gen::element(',', ';', '\t', '"', '\r', '\n', 'a', ' ', '\xEF', '\xBB', '\xBF'));
  std::string text;
  for (Fields& row : rows) {
    for (std::string& value : row) value = *field;
    if (row.empty()) row.emplace_back();
    append_csv_row(text, row, delimiter);
  }
  for (const std::size_t chunk : {std::size_t{1}, std::size_t{4}, text.size() + 1}) {
    const Outcome outcome = read(text, chunk, delimiter);
    RC_ASSERT(outcome.rejects.empty());
    RC_ASSERT(outcome.rows == rows);
  }
}

}  // namespace
}  // namespace parley::encoding
