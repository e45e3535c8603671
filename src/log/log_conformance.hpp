#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "log/log.hpp"

/// What every driver of `log::Log` must do. A driver's test says how to open one:
///
///   INSTANTIATE_TEST_SUITE_P(file, LogConformance, testing::Values(LogDriver{"file", make_home}));
namespace parley::log {

/// One place where a log lives: opening it again after the last one is gone finds the same log.
class LogHome {
 public:
  virtual ~LogHome() = default;
  virtual Result<std::unique_ptr<Log>> open() = 0;
};

struct LogDriver {
  std::string name;
  std::function<std::unique_ptr<LogHome>()> make;
};

inline std::ostream& operator<<(std::ostream& out, const LogDriver& driver) {
  return out << driver.name;
}

class LogConformance : public testing::TestWithParam<LogDriver> {
 protected:
  void SetUp() override {
    home_ = GetParam().make();
    reopen();
  }
  void reopen() {
    log_.reset();
    auto opened = home_->open();
    ASSERT_TRUE(opened) << opened.error().text();
    log_ = std::move(*opened);
  }
  void append(const std::vector<std::string>& entries, std::string_view checkpoint) {
    std::vector<Bytes> bytes;
    for (const std::string& entry : entries) bytes.push_back(to_bytes(entry));
    const std::uint64_t before = log_->size().value();
    const auto index = log_->append(bytes, as_bytes(checkpoint));
    ASSERT_TRUE(index) << index.error().text();
    EXPECT_EQ(index->value(), before);
  }
  /// The log holds exactly these.
  void expect(const std::vector<std::string>& entries, std::string_view checkpoint) {
    ASSERT_EQ(log_->size().value(), entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const auto entry = log_->entry(LeafIndex(i));
      ASSERT_TRUE(entry) << entry.error().text();
      EXPECT_EQ(as_text(*entry), entries[i]);
    }
    EXPECT_EQ(as_text(log_->last_checkpoint()), checkpoint);
    EXPECT_EQ(log_->entry(LeafIndex(entries.size())).error().kind, ErrorKind::not_found);
  }

  std::unique_ptr<LogHome> home_;
  std::unique_ptr<Log> log_;
};

TEST_P(LogConformance, a_new_log_is_empty_and_stays_so_when_opened_again) {
  expect({}, "");
  reopen();
  expect({}, "");
}

TEST_P(LogConformance, entries_and_their_checkpoint_are_there_after_opening_again) {
  append({"one", "two"}, "checkpoint of 2");
  append({"three"}, "checkpoint of 3");
  expect({"one", "two", "three"}, "checkpoint of 3");
  reopen();
  expect({"one", "two", "three"}, "checkpoint of 3");
  append({"four"}, "checkpoint of 4");
  reopen();
  expect({"one", "two", "three", "four"}, "checkpoint of 4");
}

TEST_P(LogConformance, a_checkpoint_alone_replaces_the_last) {
  append({"one"}, "checkpoint of 1");
  append({}, "checkpoint of 1, cosigned");
  reopen();
  expect({"one"}, "checkpoint of 1, cosigned");
}

TEST_P(LogConformance, entries_of_every_length_up_to_the_limit_come_back) {
  const std::vector<std::string> entries = {"", "x", std::string(256, 'a'), std::string(max_entry_bytes, 'b'),
                                            std::string("\0\xF0PWR\0", 6)};
  append(entries, "checkpoint");
  expect(entries, "checkpoint");
  reopen();
  expect(entries, "checkpoint");
}

TEST_P(LogConformance, an_entry_over_the_limit_is_refused_and_changes_nothing) {
  append({"one"}, "first");
  const std::vector<Bytes> entries = {to_bytes("fits"), Bytes(max_entry_bytes + 1)};
  const auto index = log_->append(entries, as_bytes("second"));
  ASSERT_FALSE(index);
  EXPECT_EQ(index.error().kind, ErrorKind::bad_input);
  EXPECT_EQ(index.error().where, "entry 1");
  EXPECT_FALSE(log_->needs_audit());
  expect({"one"}, "first");
  append({"two"}, "second");
  reopen();
  expect({"one", "two"}, "second");
}

TEST_P(LogConformance, an_append_without_a_checkpoint_or_with_a_huge_one_is_refused) {
  const std::vector<Bytes> entries = {to_bytes("one")};
  EXPECT_EQ(log_->append(entries, {}).error().kind, ErrorKind::bad_input);
  EXPECT_EQ(log_->append(entries, Bytes(max_checkpoint_bytes + 1)).error().kind, ErrorKind::bad_input);
  EXPECT_TRUE(log_->append(entries, Bytes(max_checkpoint_bytes)));
  EXPECT_EQ(log_->size().value(), 1U);
}

TEST_P(LogConformance, more_entries_than_one_append_takes_are_refused) {
  std::vector<Bytes> entries(max_entries_per_append + 1);
  EXPECT_EQ(log_->append(entries, as_bytes("c")).error().kind, ErrorKind::bad_input);
  entries.pop_back();
  EXPECT_TRUE(log_->append(entries, as_bytes("c")));
  reopen();
  EXPECT_EQ(log_->size().value(), max_entries_per_append);
}

TEST_P(LogConformance, leaf_hashes_are_those_of_rfc_6962) {
  append({"", "L123456"}, "checkpoint");
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(to_hex(log_->leaf_hash(LeafIndex(0))),
              "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    EXPECT_EQ(to_hex(log_->leaf_hash(LeafIndex(1))),
              "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56");
    reopen();
  }
}

TEST_P(LogConformance, behaves_as_a_list_over_random_appends_and_reopenings) {
  std::mt19937_64 random(6962);
  std::vector<std::string> model;
  std::string checkpoint;
  for (int step = 0; step < 60; ++step) {
    std::vector<std::string> entries(random() % 5);
    for (std::string& entry : entries) {
      entry.resize(random() % 700);
      for (char& c : entry) c = static_cast<char>(random());
    }
    checkpoint = "checkpoint " + std::to_string(step);
    append(entries, checkpoint);
    model.insert(model.end(), entries.begin(), entries.end());
    if (random() % 4 == 0) reopen();
  }
  expect(model, checkpoint);
  reopen();
  expect(model, checkpoint);
}

}  // namespace parley::log
