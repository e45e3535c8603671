#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "state_sqlite/background_fixture.hpp"
#include "state_sqlite/connection.hpp"
#include "state_sqlite/sqlite_store.hpp"

namespace parley::state_sqlite {
namespace {

class WriteAheadFile : public testing::Test {
 protected:
  static constexpr std::uintmax_t pages = 160;
  static constexpr std::uintmax_t page_bytes = 8'192;

  WriteAheadFile() {
    std::string pattern = (std::filesystem::temp_directory_path() / "parley-wal-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~WriteAheadFile() override {
    store.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  void open_with(std::shared_ptr<Background> background) {
    store.reset();
    store = open(file(),
                 {.checkpoint_pages = static_cast<std::uint32_t>(pages), .background = std::move(background)})
                .value();
  }
  std::filesystem::path file() const { return directory_ / "state.sqlite"; }
  std::uintmax_t bytes() const { return std::filesystem::file_size(file().string() + "-wal"); }
  std::uintmax_t main_bytes() const { return std::filesystem::file_size(file()); }

  /// One document of about so many pages, and a counter.
  void put(std::size_t document_pages, state::Durability durability = state::Durability::buffered) {
    const Bytes body(document_pages * page_bytes, static_cast<std::uint8_t>(count));
    ASSERT_TRUE(state::write(*store, durability, [&](state::Transaction& t) -> Result<void> {
      PARLEY_CHECK(t.put_document({"d", std::to_string(count)}, BytesView(body), state::DocumentVersion(0)));
      PARLEY_TRY(const std::int64_t counted, t.add_counter("n", 1));
      EXPECT_EQ(counted, count + 1);
      if (within) within();
      return {};
    }));
    ++count;
  }

  /// A transaction that writes nothing.
  void wish_it_empty() {
    ASSERT_TRUE(state::write(*store, state::Durability::buffered,
                             [](state::Transaction&) -> Result<void> { return {}; }));
  }
  void put_until_begun(const StepBackground& beside, int times) {
    for (int i = 0; i < 100 && beside.begun < times; ++i) put(20);
    ASSERT_EQ(beside.begun, times);
  }

  void expect_all_there() {
    const auto snapshot = store->snapshot().value();
    EXPECT_EQ(snapshot->counter("n").value(), count);
    for (std::int64_t n = 0; n < count; ++n) {
      const auto document = snapshot->get_document({"d", std::to_string(n)}).value();
      ASSERT_TRUE(document) << n;
      EXPECT_EQ(document->body.front(), static_cast<std::uint8_t>(n));
    }
    const auto connection = Connection::open(file().string(), Connection::Mode::reader, nullptr).value();
    auto check = connection->prepare("PRAGMA integrity_check").value();
    ASSERT_TRUE(check.step());
    EXPECT_EQ(check.text(0), "ok");
  }

  std::unique_ptr<state::Store> store;
  std::int64_t count = 0;
  std::function<void()> within;  ///< what happens while a transaction is open

 private:
  std::filesystem::path directory_;
};

TEST_F(WriteAheadFile, is_copied_beside_the_writer_who_copies_the_rest_so_that_it_begins_anew) {
  const auto beside = std::make_shared<StepBackground>();
  open_with(beside);
  put_until_begun(*beside, 1);
  EXPECT_GE(bytes(), pages * page_bytes);
  const std::uintmax_t before = main_bytes();
  put(1);
  EXPECT_EQ(main_bytes(), before) << "nobody has copied yet";
  beside->step();
  EXPECT_GT(main_bytes(), before + (pages - 20) * page_bytes);
  put(1);  // copies itself what little there is
  EXPECT_EQ(beside->begun, 1);
  EXPECT_EQ(beside->waited, 0);
  const std::uintmax_t full = bytes();
  for (int i = 0; i < 20; ++i) put(1);
  EXPECT_EQ(bytes(), full) << "it is written from its beginning again";
  expect_all_there();
}

// SQLite before 3.51.3 may damage the database when copying begins beside a writer while all is copied.
TEST_F(WriteAheadFile, is_never_copied_beside_the_writer_when_nothing_is_left_of_it) {
  const auto beside = std::make_shared<StepBackground>();
  open_with(beside);
  put_until_begun(*beside, 1);
  beside->step();
  put(1);
  for (int i = 0; i < 3; ++i) wish_it_empty();
  EXPECT_EQ(beside->begun, 1);
  put_until_begun(*beside, 2);
  beside->step();
  for (int i = 0; i < 3; ++i) wish_it_empty();
  EXPECT_EQ(beside->begun, 2);
  expect_all_there();
}

TEST_F(WriteAheadFile, is_copied_beside_the_writer_each_time_that_it_has_grown) {
  const auto beside = std::make_shared<StepBackground>();
  open_with(beside);
  for (int cycle = 1; cycle <= 5; ++cycle) {
    put(static_cast<std::size_t>(cycle));  // so that it is longer each time
    const std::uintmax_t before = main_bytes();
    put_until_begun(*beside, cycle);
    EXPECT_EQ(main_bytes(), before) << "the writer has copied " << cycle;
    beside->step();
  }
  EXPECT_LE(bytes(), 2 * pages * page_bytes);
  expect_all_there();
}

// As a node that serves does it: for a moment nobody reads, and then a snapshot is kept again.
TEST_F(WriteAheadFile, begins_anew_behind_a_wish_though_a_snapshot_is_kept_all_the_time) {
  const auto beside = std::make_shared<StepBackground>();
  open_with(beside);
  std::unique_ptr<state::Reader> snapshot;
  for (int i = 0; i < 200; ++i) {
    put(2);
    beside->step();
    snapshot.reset();
    wish_it_empty();
    snapshot = store->snapshot().value();
  }
  EXPECT_LE(bytes(), 2 * pages * page_bytes) << "little comes between two wishes";
  for (int i = 0; i < 150; ++i) {
    put(15);
    put(15);
    beside->step();
    snapshot.reset();
    wish_it_empty();
    snapshot = store->snapshot().value();
  }
  EXPECT_LE(bytes(), 9 * pages * page_bytes);
  snapshot.reset();
  expect_all_there();
}

TEST_F(WriteAheadFile, goes_on_being_copied_while_more_comes_than_the_writer_would_copy) {
  const auto beside = std::make_shared<StepBackground>();
  open_with(beside);
  within = [&] { beside->step(); };
  for (int i = 0; i < 60; ++i) put(40);
  EXPECT_GT(beside->begun, 40);
  EXPECT_EQ(beside->waited, 0);
  EXPECT_LE(bytes(), 9 * pages * page_bytes) << "in the end the writer copies";
  expect_all_there();
}

TEST_F(WriteAheadFile, stays_bounded_though_the_copying_is_slow) {
  const auto beside = std::make_shared<StepBackground>();
  open_with(beside);
  for (int i = 0; i < 150; ++i) put(30);
  EXPECT_GE(beside->waited, 2);
  EXPECT_LE(bytes(), 9 * pages * page_bytes);
  expect_all_there();
}

TEST_F(WriteAheadFile, waits_for_a_snapshot_and_is_copied_when_that_is_gone) {
  const auto beside = std::make_shared<ThreadBackground>();
  open_with(beside);
  put(1);
  auto snapshot = store->snapshot().value();
  for (int i = 0; i < 60; ++i) put(40);
  EXPECT_EQ(snapshot->counter("n").value(), 1);
  EXPECT_GT(bytes(), 60 * 40 * page_bytes);
  snapshot.reset();
  for (int i = 0; i < 3; ++i) put(1);
  beside->wait();
  put(1);
  put(1);
  EXPECT_GT(main_bytes(), 60 * 40 * page_bytes);
  expect_all_there();
}

TEST_F(WriteAheadFile, is_whole_when_a_thread_copies_it_under_writers_and_readers) {
  open_with(std::make_shared<ThreadBackground>());
  for (int i = 0; i < 400; ++i) {
    put(static_cast<std::size_t>(1 + i % 37),
        i % 5 == 0 ? state::Durability::synced : state::Durability::buffered);
    if (i % 10 == 0) {
      const auto snapshot = store->snapshot().value();
      put(3);
      EXPECT_EQ(snapshot->counter("n").value(), count - 1);
    }
  }
  EXPECT_LE(bytes(), 9 * pages * page_bytes);
  expect_all_there();
  open_with(nullptr);
  expect_all_there();
}

}  // namespace
}  // namespace parley::state_sqlite
