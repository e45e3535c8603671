#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <vector>

#include "exchange/taxii_fixture.hpp"
#include "state_sqlite/background_fixture.hpp"
#include "state_sqlite/sqlite_store.hpp"

// What is read from a snapshot cannot be copied out of SQLite's write-ahead file: whoever keeps one while
// somebody writes makes that file grow until the disk is full.

namespace parley::exchange {
namespace {

/// The parameter: whether the file is copied beside the writer, here at the next moment that somebody looks.
class OnDisk : public testing::TestWithParam<bool> {
 protected:
  OnDisk() {
    std::string pattern = (std::filesystem::temp_directory_path() / "parley-fill-XXXXXX").string();
    directory = ::mkdtemp(pattern.data());
    state_sqlite::Options options;
    options.checkpoint_pages = 16;
    if (GetParam()) options.background = std::make_shared<state_sqlite::ChanceBackground>(7);
    auto watching = std::make_unique<state::WatchedStore>(
        state_sqlite::open(directory / "state.sqlite", options).value());
    watched = watching.get();
    node.node.reset();
    node.store = std::move(watching);
    node.reopen();
    TaxiiCollection collection;
    collection.title = "Indicators";
    collection.alias = "indicators";
    made = add_collection(*node.node, collection).value();
    CallerRequest request;
    request.name = "alice";
    request.with_token = true;
    request.collections = {"indicators"};
    EXPECT_TRUE(add_caller(*node.node, request));
  }
  ~OnDisk() override {
    node.node.reset();
    node.store.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory, ignored);
  }
  std::uintmax_t write_ahead_bytes() const {
    return std::filesystem::file_size(directory / "state.sqlite-wal");
  }
  void put(unsigned first, unsigned count) {
    std::vector<state::NewObject> objects;
    for (unsigned n = first; n < first + count; ++n) {
      state::NewObject one;
      one.id = stix_id("tool", n);
      one.type = "tool";
      one.version = "2025-01-02T00:00:00.000Z";
      one.raw = versioned("tool", n, one.version, green_ref, R"("name":"n")");
      objects.push_back(std::move(one));
    }
    const Result<void> written = state::write(
        *node.store, state::Durability::buffered, [&](state::Transaction& transaction) -> Result<void> {
          PARLEY_TRY(const auto stored, transaction.put_objects(objects));
          EXPECT_EQ(stored.size(), objects.size());
          return {};
        });
    ASSERT_TRUE(written) << written.error().text();
  }

  std::filesystem::path directory;
  MemoryNode node{"CERT Alpha", taxii_rules};
  state::WatchedStore* watched = nullptr;
  TaxiiCollection made;
  intel::WarninglistSet lists;
};

INSTANTIATE_TEST_SUITE_P(Copying, OnDisk, testing::Bool(),
                         [](const auto& tested) { return tested.param ? "BesideTheWriter" : "ByTheWriter"; });

TEST_P(OnDisk, a_fill_lets_the_write_ahead_file_be_emptied) {
  for (unsigned n = 0; n < 100; ++n) put(1 + 200 * n, 200);
  auto fill = CollectionFill::begin(*node.node, "indicators", {.all = true}).value();
  std::vector<std::uintmax_t> sizes;
  for (;;) {
    const auto done = fill.step().value();
    sizes.push_back(write_ahead_bytes());
    if (done) break;
  }
  ASSERT_GE(sizes.size(), 10U);
  EXPECT_LT(sizes.back(), 3 * sizes[1]) << "of " << sizes.size() << " commits";
  EXPECT_EQ((*node.store->snapshot())->count_members(made.id).value(), 20'000U);
}

TEST_P(OnDisk, a_node_that_serves_lets_it_be_emptied_with_every_tick) {
  put(1, 50);
  auto fill = CollectionFill::begin(*node.node, "indicators", {.all = true}).value();
  while (!fill.step().value()) {
  }
  TaxiiService service(*node.node, lists, {}, watched);
  const std::string where = "/taxii2/intel/collections/" + made.id + "/objects/";
  taxii::Request request;
  request.path = where;
  request.caller = "alice";
  std::vector<std::uintmax_t> sizes;
  for (unsigned round = 0; round < 30; ++round) {
    ASSERT_EQ(service.answer(request).status, 200);
    put(1'000 + round * 300, 300);
    ASSERT_EQ(service.answer(request).status, 200);
    ASSERT_TRUE(service.tick());
    sizes.push_back(write_ahead_bytes());
  }
  EXPECT_LT(sizes.back(), 3 * sizes[2]);
}

}  // namespace
}  // namespace parley::exchange
