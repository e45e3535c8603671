#include "intel/csv_columns.hpp"

#include <gtest/gtest.h>

namespace parley::intel {
namespace {

using Row = std::vector<std::string>;

TEST(CsvColumns, are_found_by_name_whatever_the_case_and_the_separator) {
  const auto columns =
      read_csv_header(Row{"First Seen", " IOC_Type ", "IOC Value", "last-seen", "TLP", "Comments"});
  ASSERT_TRUE(columns);
  EXPECT_EQ(columns->first_seen, 0U);
  EXPECT_EQ(columns->type, 1U);
  EXPECT_EQ(columns->value, 2U);
  EXPECT_EQ(columns->last_seen, 3U);
  EXPECT_EQ(columns->tlp, 4U);
  EXPECT_EQ(columns->comment, 5U);
}

TEST(CsvColumns, prefer_a_column_named_value_to_one_named_for_a_type) {
  EXPECT_EQ(read_csv_header(Row{"domain", "value"})->value, 1U);
  EXPECT_EQ(read_csv_header(Row{"# domain", "note"})->value, 0U);
}

TEST(CsvColumns, are_absent_when_the_first_row_is_data_or_unknown) {
  EXPECT_FALSE(read_csv_header(Row{"example.org", "value"}));
  EXPECT_FALSE(read_csv_header(Row{"colour", "type"}));
  EXPECT_FALSE(read_csv_header(Row{}));
}

TEST(CsvColumns, give_the_item_of_a_row) {
  const auto columns = read_csv_header(Row{"value", "type", "first_seen", "tlp", "comment"}).value();
  const auto item =
      read_csv_row(columns, Row{"example[.]org", "hostname", "2026-01-02", "amber", "seen, twice"}).value();
  EXPECT_EQ(item.selector, (Selector{SelectorType::domain_name, "example.org"}));
  EXPECT_EQ(item.first_seen, "2026-01-02");
  EXPECT_EQ(item.last_seen, "");
  EXPECT_EQ(item.tlp, "amber");
  EXPECT_EQ(item.comment, "seen, twice");
  EXPECT_EQ(read_csv_row(columns, Row{"192.0.2.1", ""}).value().selector.type, SelectorType::ipv4_addr);
  EXPECT_EQ(read_csv_row(columns, Row{"192.0.2.1"}).value().tlp, "");
}

TEST(CsvColumns, refuse_rows_that_say_nothing) {
  const auto columns = read_csv_header(Row{"comment", "value", "type"}).value();
  EXPECT_FALSE(read_csv_row(columns, Row{"short"}));
  EXPECT_FALSE(read_csv_row(columns, Row{"", "", ""}));
  EXPECT_FALSE(read_csv_row(columns, Row{"", "example.org", "colour"}));
  EXPECT_FALSE(read_csv_row(columns, Row{"", "example.org", "sha256"}));
}

TEST(CsvColumns, without_a_header_take_the_first_cell_that_is_a_selector) {
  EXPECT_EQ(guess_csv_row(Row{"17", "seen", "hxxp://example[.]org/a", "example.net"}).value().selector.value,
            "http://example.org/a");
  EXPECT_FALSE(guess_csv_row(Row{"17", "", "seen"}));
}

}  // namespace
}  // namespace parley::intel
