#include "log_file/wal_format.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace parley::log_file {
namespace {

/// The hexadecimal blocks of docs/spec/storage.md, in their order.
std::vector<Bytes> blocks_of_the_document() {
  std::ifstream in(std::string(PARLEY_SOURCE_DIR) + "/docs/spec/storage.md");
  const std::string text(std::istreambuf_iterator<char>(in), {});
  std::vector<Bytes> out;
  std::size_t at = 0;
  for (;;) {
    const std::size_t begin = text.find("```\n", at);
    if (begin == std::string::npos) return out;
    const std::size_t end = text.find("```", begin + 4);
    std::string hex = text.substr(begin + 4, end - begin - 4);
    std::erase_if(hex, [](char c) { return c == ' ' || c == '\n'; });
    const auto bytes = from_hex(hex);
    EXPECT_TRUE(bytes) << hex;
    out.push_back(bytes.value_or(Bytes{}));
    at = end + 3;
  }
}

Salt salt() {
  Salt out;
  out.fill(0x5A);
  return out;
}

TEST(WalFormat, writes_and_reads_the_example_of_the_document) {
  const std::vector<Bytes> blocks = blocks_of_the_document();
  ASSERT_EQ(blocks.size(), 2U);
  EXPECT_EQ(make_wal_header(salt()), blocks[0]);
  EXPECT_EQ(parse_wal_header(blocks[0]), salt());
  const std::vector<Bytes> entries = {to_bytes("hello")};
  EXPECT_EQ(make_record(salt(), first_chain(blocks[0]), log::TreeSize(0), entries, as_bytes("checkpoint")),
            blocks[1]);
  const auto header = parse_record_header(salt(), blocks[1]);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->entries, 1U);
  EXPECT_EQ(header->first_index, 0U);
  EXPECT_EQ(header->entries_bytes, 7U);
  EXPECT_EQ(header->checkpoint_bytes, 10U);
  EXPECT_EQ(header->record_bytes(), blocks[1].size());
}

TEST(WalFormat, a_header_with_any_bit_changed_or_under_another_salt_is_none) {
  const Bytes record = make_record(salt(), Chain{}, log::TreeSize(9), {}, as_bytes("c"));
  ASSERT_TRUE(parse_record_header(salt(), record));
  for (std::size_t bit = 0; bit < record_header_bytes * 8; ++bit) {
    Bytes changed = record;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    EXPECT_FALSE(parse_record_header(salt(), changed)) << "bit " << bit;
  }
  EXPECT_FALSE(parse_record_header(Salt{}, record));
  const Bytes file = make_wal_header(salt());
  for (std::size_t bit = 0; bit < file.size() * 8; ++bit) {
    Bytes changed = file;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    EXPECT_FALSE(parse_wal_header(changed)) << "bit " << bit;
  }
}

TEST(WalFormat, the_chain_covers_what_came_before) {
  const Bytes record = make_record(salt(), Chain{}, log::TreeSize(0), {}, as_bytes("c"));
  Chain other{};
  other[31] = 1;
  const Bytes after_another = make_record(salt(), other, log::TreeSize(0), {}, as_bytes("c"));
  EXPECT_NE(record, after_another);
  EXPECT_TRUE(std::equal(record.begin(), record.end() - chain_bytes, after_another.begin()));
}

}  // namespace
}  // namespace parley::log_file
