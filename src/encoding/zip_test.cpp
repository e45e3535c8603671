#include "encoding/zip.hpp"

#include <gtest/gtest.h>

namespace parley::encoding {
namespace {

std::vector<ZipMember> small() {
  return {{"README.txt", to_bytes("hello\n")}, {"a/b-1.jws", {}}, {"z.bin", Bytes(300, 0x5a)}};
}

TEST(Zip, reads_what_it_writes) {
  const auto archive = write_zip(small());
  ASSERT_TRUE(archive);
  const auto members = read_zip(*archive);
  ASSERT_TRUE(members) << members.error().text();
  EXPECT_EQ(*members, small());
}

TEST(Zip, writes_an_empty_archive_as_its_end_record_alone) {
  const auto archive = write_zip({});
  ASSERT_TRUE(archive);
  EXPECT_EQ(to_hex(*archive), "504b0506000000000000000000000000000000000000");
  EXPECT_TRUE(read_zip(*archive));
}

TEST(Zip, writes_the_crc_that_every_reader_checks) {
  // CRC-32 of "123456789" is 0xCBF43926 (the check value of the algorithm), little-endian in the header.
  const auto archive = write_zip(std::vector<ZipMember>{{"x", to_bytes("123456789")}});
  ASSERT_TRUE(archive);
  EXPECT_EQ(to_hex(BytesView(*archive).subspan(14, 4)), "2639f4cb");
  const auto one = write_zip(std::vector<ZipMember>{{"x", to_bytes("a")}});
  EXPECT_EQ(to_hex(BytesView(*one).subspan(14, 4)), "43beb7e8");
}

TEST(Zip, gives_a_changed_byte_anywhere_another_content_or_refuses_it) {
  const Bytes archive = *write_zip(small());
  for (std::size_t i = 0; i < archive.size(); ++i) {
    for (const int bit : {0, 5, 7}) {
      Bytes changed = archive;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ 1U << bit);
      const auto members = read_zip(changed);
      // The checksum catches a changed content; a changed name may only be read as the same name nowhere.
      if (members) {
        EXPECT_NE(*members, small()) << "byte " << i;
      }
    }
  }
}

TEST(Zip, refuses_names_that_lead_elsewhere) {
  for (const char* name : {"", "/etc/passwd", "../x", "a/../b", "a/./b", "a//b", "a/", "a\\b", ".hidden",
                           "c:x", "a b", "a/.b", "\xc3\xa4", "x\n"}) {
    EXPECT_FALSE(is_zip_name(name)) << name;
    EXPECT_FALSE(write_zip(std::vector<ZipMember>{{name, {}}})) << name;
  }
  EXPECT_FALSE(write_zip(std::vector<ZipMember>{{std::string("a\0b", 3), {}}}));
  EXPECT_TRUE(is_zip_name("statements/00-agreement.jws"));
}

TEST(Zip, refuses_a_path_outside_that_another_program_wrote) {
  Bytes archive = *write_zip(std::vector<ZipMember>{{"aa/x", to_bytes("1")}});
  for (std::size_t i = 0; i + 4 <= archive.size(); ++i)
    if (as_text(BytesView(archive).subspan(i, 4)) == "aa/x") archive[i] = archive[i + 1] = '.';
  EXPECT_FALSE(read_zip(archive));
}

TEST(Zip, refuses_two_members_of_one_name_also_by_case_and_as_folder) {
  EXPECT_FALSE(write_zip(std::vector<ZipMember>{{"a", {}}, {"a", {}}}));
  EXPECT_FALSE(write_zip(std::vector<ZipMember>{{"a", {}}, {"A", {}}}));
  EXPECT_FALSE(write_zip(std::vector<ZipMember>{{"a", {}}, {"a/b", {}}}));
  EXPECT_FALSE(write_zip(std::vector<ZipMember>{{"a/b", {}}, {"A", {}}}));
  EXPECT_TRUE(write_zip(std::vector<ZipMember>{{"a/b", {}}, {"ab", {}}, {"a-b", {}}}));
}

TEST(Zip, refuses_compressed_members_and_what_stands_around_the_archive) {
  Bytes archive = *write_zip(small());
  Bytes compressed = archive;
  compressed[8] = 8;  // deflate
  EXPECT_FALSE(read_zip(compressed));
  Bytes longer = archive;
  longer.push_back(0);
  EXPECT_FALSE(read_zip(longer));
  Bytes prefixed{0};
  append(prefixed, archive);
  EXPECT_FALSE(read_zip(prefixed));
  for (std::size_t size = 0; size < archive.size(); ++size)
    EXPECT_FALSE(read_zip(BytesView(archive).first(size))) << size;
}

TEST(Zip, keeps_its_limits) {
  ZipLimits limits;
  limits.max_members = 2;
  EXPECT_FALSE(write_zip(small(), limits));
  EXPECT_FALSE(read_zip(*write_zip(small()), limits));
  limits = {};
  limits.max_bytes = 300;
  EXPECT_FALSE(write_zip(small(), limits));
  EXPECT_FALSE(read_zip(*write_zip(small()), limits));
  limits = {};
  limits.max_name_bytes = 8;
  EXPECT_FALSE(read_zip(*write_zip(small()), limits));
}

TEST(Zip, refuses_a_member_that_claims_more_bytes_than_there_are) {
  Bytes archive = *write_zip(small());
  archive[18] = archive[19] = archive[20] = archive[21] = 0xff;  // four gigabytes, as a bomb would say
  EXPECT_FALSE(read_zip(archive));
}

}  // namespace
}  // namespace parley::encoding
