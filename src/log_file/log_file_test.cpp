#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "log/log_conformance.hpp"
#include "log_file/file_log.hpp"
#include "log_file/simulated_disk.hpp"
#include "log_file/wal_format.hpp"

namespace parley::log_file {
namespace {

/// Counts up: enough for a salt.
class CountingEntropy final : public Entropy {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (auto& byte : out) byte = next_++;
  }

 private:
  std::uint8_t next_ = 1;
};

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "parley-log-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::filesystem::path path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class DirectoryHome final : public log::LogHome {
 public:
  Result<std::unique_ptr<log::Log>> open() override {
    PARLEY_TRY(std::unique_ptr<log::Log> log, log_file::open(directory_.path() / "ledger", entropy_));
    return log;
  }

 private:
  TemporaryDirectory directory_;
  CountingEntropy entropy_;
};

class SimulatedHome final : public log::LogHome {
 public:
  Result<std::unique_ptr<log::Log>> open() override {
    PARLEY_TRY(std::unique_ptr<log::Log> log, log_file::open(disk_.disk(), entropy_));
    return log;
  }

 private:
  SimulatedDisk disk_{1};
  CountingEntropy entropy_;
};

}  // namespace
}  // namespace parley::log_file

namespace parley::log {
INSTANTIATE_TEST_SUITE_P(
    log_file, LogConformance,
    testing::Values(LogDriver{"directory", [] { return std::make_unique<log_file::DirectoryHome>(); }},
                    LogDriver{"simulated", [] { return std::make_unique<log_file::SimulatedHome>(); }}),
    [](const auto& param) { return param.param.name; });
}  // namespace parley::log

namespace parley::log_file {
namespace {

std::string entry_text(std::uint64_t index) {
  return "entry " + std::to_string(index) + std::string(index * 37 % 900, '.');
}

/// Appends `count` entries that tell their index, with a checkpoint that tells the size.
Result<log::LeafIndex> append_some(log::Log& log, std::uint64_t count) {
  std::vector<Bytes> entries;
  const std::uint64_t size = log.size().value();
  for (std::uint64_t i = 0; i < count; ++i) entries.push_back(to_bytes(entry_text(size + i)));
  return log.append(entries, as_bytes("size " + std::to_string(size + count)));
}

/// The log is a prefix of what `append_some` writes, with the checkpoint of its size.
void expect_whole(const log::Log& log) {
  const std::uint64_t size = log.size().value();
  for (std::uint64_t i = 0; i < size; ++i) {
    const auto entry = log.entry(log::LeafIndex(i));
    ASSERT_TRUE(entry) << entry.error().text();
    ASSERT_EQ(as_text(*entry), entry_text(i));
  }
  if (size > 0) {
    ASSERT_EQ(as_text(log.last_checkpoint()), "size " + std::to_string(size));
  }
}

TEST(FileLog, what_was_acknowledged_survives_every_power_cut_and_nothing_is_half_there) {
  int cut = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    SimulatedDisk disk(seed);
    std::mt19937_64 random(seed);
    CountingEntropy entropy;
    std::uint64_t acknowledged = 0;
    for (int life = 0; life < 4; ++life) {
      auto log = open(disk.disk(), entropy);
      ASSERT_TRUE(log) << "seed " << seed << ": " << log.error().text();
      if ((*log)->recovery().cut_bytes > 0) ++cut;
      ASSERT_GE((*log)->size().value(), acknowledged) << "seed " << seed;
      expect_whole(**log);
      acknowledged = (*log)->size().value();
      for (std::uint64_t step = random() % 4; step > 0; --step) {
        const auto index = append_some(**log, random() % 4);
        ASSERT_TRUE(index);
        acknowledged = (*log)->size().value();
      }
      // The cut comes in the middle of an append: its write is out, its sync is not.
      disk.faults().fail_sync_in = 0;
      ASSERT_FALSE(append_some(**log, 1 + random() % 3));
      log->reset();
      disk.power_cut();
    }
  }
  EXPECT_GT(cut, 100) << "the simulated cuts tear too little to show anything";
}

TEST(FileLog, a_log_made_during_a_power_cut_can_be_made_again) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SimulatedDisk disk(seed);
    CountingEntropy entropy;
    disk.faults().fail_sync_in = 1 + static_cast<int>(seed % 2);
    const bool made = open(disk.disk(), entropy).has_value();
    disk.power_cut();
    auto log = open(disk.disk(), entropy);
    ASSERT_TRUE(log) << "seed " << seed << ": " << log.error().text();
    EXPECT_EQ((*log)->size().value(), 0U);
    EXPECT_TRUE(made || append_some(**log, 2));
  }
}

TEST(FileLog, a_failed_sync_is_not_acknowledged_and_the_log_takes_nothing_more_until_opened_again) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SimulatedDisk disk(seed);
    CountingEntropy entropy;
    auto log = open(disk.disk(), entropy);
    ASSERT_TRUE(log);
    ASSERT_TRUE(append_some(**log, 3));
    disk.faults().fail_sync_in = 0;
    const auto failed = append_some(**log, 2);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, ErrorKind::internal);
    EXPECT_EQ((*log)->size().value(), 3U);
    EXPECT_TRUE((*log)->needs_audit());
    const auto refused = append_some(**log, 1);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
    log->reset();

    // Opened on the same running kernel, whose memory still shows the bytes that never reached the disk.
    auto again = open(disk.disk(), entropy);
    ASSERT_TRUE(again) << again.error().text();
    ASSERT_GE((*again)->size().value(), 3U);
    expect_whole(**again);
    ASSERT_TRUE(append_some(**again, 2));
    const std::uint64_t acknowledged = (*again)->size().value();
    again->reset();
    disk.power_cut();
    auto last = open(disk.disk(), entropy);
    ASSERT_TRUE(last) << "seed " << seed << ": " << last.error().text();
    EXPECT_EQ((*last)->size().value(), acknowledged) << "seed " << seed;
    expect_whole(**last);
  }
}

TEST(FileLog, a_full_disk_and_a_short_write_are_clear_errors_and_the_log_opens_again) {
  for (const bool full : {true, false}) {
    SimulatedDisk disk(7);
    CountingEntropy entropy;
    auto log = open(disk.disk(), entropy);
    ASSERT_TRUE(log);
    ASSERT_TRUE(append_some(**log, 3));
    if (full)
      disk.faults().full_at = disk.node(wal_name).seen.size() + 10;
    else
      disk.faults().fail_write_in = 0;
    const auto failed = append_some(**log, 2);
    ASSERT_FALSE(failed);
    EXPECT_THAT(failed.error().message, testing::HasSubstr(full ? "No space left" : "Input/output error"));
    EXPECT_TRUE((*log)->needs_audit());
    log->reset();
    disk.faults() = {};
    auto again = open(disk.disk(), entropy);
    ASSERT_TRUE(again) << again.error().text();
    EXPECT_EQ((*again)->size().value(), 3U);
    EXPECT_GT((*again)->recovery().cut_bytes, 0U);
    EXPECT_EQ(disk.node("wal.cut").durable.size(), (*again)->recovery().cut_bytes);
    EXPECT_TRUE(append_some(**again, 1));
    expect_whole(**again);
  }
}

TEST(FileLog, damage_is_an_error_wherever_a_whole_record_follows_it) {
  SimulatedDisk disk(3);
  CountingEntropy entropy;
  {
    auto log = open(disk.disk(), entropy);
    ASSERT_TRUE(log);
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(append_some(**log, 2));
  }
  const Bytes good = disk.node(wal_name).durable;
  const Bytes last = [&] {
    SimulatedDisk three(3);
    CountingEntropy same;
    auto log = open(three.disk(), same);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(append_some(**log, 2));
    log->reset();
    return three.node(wal_name).durable;
  }();
  ASSERT_LT(last.size(), good.size());
  for (std::size_t at = 0; at < good.size(); ++at) {
    Bytes bad = good;
    bad[at] ^= 0x40;
    disk.node(wal_name).seen = disk.node(wal_name).durable = bad;
    auto log = open(disk.disk(), entropy);
    if (at < last.size()) {
      ASSERT_FALSE(log) << "byte " << at;
      EXPECT_THAT(log.error().message, testing::HasSubstr("damaged"));
      ASSERT_EQ(disk.node(wal_name).durable, bad) << "the damaged file was changed";
    } else {
      // Nothing tells damage to the last record from a torn append: it is cut, kept and reported.
      ASSERT_TRUE(log) << "byte " << at;
      EXPECT_EQ((*log)->size().value(), 6U);
      EXPECT_EQ((*log)->recovery().cut_bytes, good.size() - last.size());
      expect_whole(**log);
    }
  }
}

TEST(FileLog, every_truncation_gives_a_prefix) {
  SimulatedDisk disk(3);
  CountingEntropy entropy;
  {
    auto log = open(disk.disk(), entropy);
    ASSERT_TRUE(log);
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(append_some(**log, 2));
  }
  const Bytes good = disk.node(wal_name).durable;
  for (std::size_t size = 0; size < good.size(); ++size) {
    disk.node(wal_name).seen = disk.node(wal_name).durable =
        Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
    auto log = open(disk.disk(), entropy);
    ASSERT_TRUE(log) << "size " << size << ": " << log.error().text();
    EXPECT_LT((*log)->size().value(), 6U);
    expect_whole(**log);
  }
}

TEST(FileLog, an_entry_that_rots_after_opening_is_not_handed_out) {
  SimulatedDisk disk(5);
  CountingEntropy entropy;
  auto log = open(disk.disk(), entropy);
  ASSERT_TRUE(log);
  ASSERT_TRUE(append_some(**log, 2));
  disk.node(wal_name).seen[wal_header_bytes + record_header_bytes + 3] ^= 1;
  EXPECT_EQ((*log)->entry(log::LeafIndex(0)).error().kind, ErrorKind::internal);
  EXPECT_TRUE((*log)->entry(log::LeafIndex(1)));
}

TEST(FileLog, a_second_owner_of_the_directory_gets_a_clear_error) {
  const TemporaryDirectory directory;
  CountingEntropy entropy;
  auto first = open(directory.path(), entropy);
  ASSERT_TRUE(first);
  const auto second = open(directory.path(), entropy);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::conflict);
  EXPECT_THAT(second.error().message, testing::HasSubstr("another process"));
  first->reset();
  EXPECT_TRUE(open(directory.path(), entropy));
}

TEST(FileLog, a_file_that_is_no_log_is_left_alone) {
  const TemporaryDirectory directory;
  const std::string text(500, 'x');
  std::ofstream(directory.path() / wal_name) << text;
  CountingEntropy entropy;
  const auto log = open(directory.path(), entropy);
  ASSERT_FALSE(log);
  EXPECT_THAT(log.error().message, testing::HasSubstr("no ledger"));
  std::ifstream in(directory.path() / wal_name);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), text);
}

TEST(FileLog, files_are_for_the_owner_alone) {
  const TemporaryDirectory directory;
  CountingEntropy entropy;
  ASSERT_TRUE(open(directory.path() / "ledger", entropy));
  using std::filesystem::perms;
  const perms others = perms::group_all | perms::others_all;
  EXPECT_EQ(std::filesystem::status(directory.path() / "ledger").permissions() & others, perms::none);
  EXPECT_EQ(std::filesystem::status(directory.path() / "ledger" / wal_name).permissions() & others,
            perms::none);
}

}  // namespace
}  // namespace parley::log_file
