#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "state/search.hpp"
#include "state/upkeep.hpp"
#include "state_sqlite/connection.hpp"
#include "state_sqlite/schema.hpp"
#include "state_sqlite/sqlite_store.hpp"

namespace parley::state_sqlite {
namespace {

class Schema : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "parley-schema-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  std::filesystem::path file() const { return directory_ / "state.sqlite"; }
  std::unique_ptr<Connection> connect() {
    auto connection = Connection::open(file().string(), Connection::Mode::writer, nullptr);
    EXPECT_TRUE(connection);
    return std::move(*connection);
  }
  Result<void> migrate_to(Connection& connection, std::span<const Migration> wanted) {
    return migrate(connection, wanted, [this](std::int64_t from) -> Result<void> {
      backups_.push_back(from);
      if (backup_fails_) return fail(ErrorKind::internal, "no room for the backup");
      return {};
    });
  }

  static constexpr std::array<Migration, 3> steps = {
      Migration{"CREATE TABLE a (x)"}, Migration{"CREATE TABLE b (y); INSERT INTO b VALUES (2)"},
      Migration{"ALTER TABLE b ADD COLUMN z; UPDATE b SET z = y + 1"}};

  std::filesystem::path directory_;
  std::vector<std::int64_t> backups_;
  bool backup_fails_ = false;
};

TEST_F(Schema, a_new_file_gets_the_newest_schema_without_a_backup) {
  auto connection = connect();
  ASSERT_TRUE(migrate_to(*connection, steps));
  EXPECT_EQ(connection->integer("PRAGMA user_version").value(), 3);
  EXPECT_TRUE(backups_.empty());
  ASSERT_TRUE(migrate_to(*connection, steps));
  EXPECT_TRUE(backups_.empty());
}

TEST_F(Schema, an_old_file_goes_through_every_step_it_lacks_after_a_backup) {
  auto connection = connect();
  ASSERT_TRUE(migrate_to(*connection, std::span(steps).first(1)));
  ASSERT_TRUE(connection->execute("INSERT INTO a VALUES (7)"));
  ASSERT_TRUE(migrate_to(*connection, steps));
  EXPECT_THAT(backups_, testing::ElementsAre(1));
  EXPECT_EQ(connection->integer("SELECT x FROM a").value(), 7);
  EXPECT_EQ(connection->integer("SELECT z FROM b").value(), 3);
  EXPECT_EQ(connection->integer("PRAGMA user_version").value(), 3);
}

TEST_F(Schema, a_step_that_fails_leaves_the_file_as_it_was) {
  auto connection = connect();
  ASSERT_TRUE(migrate_to(*connection, std::span(steps).first(1)));
  const std::array<Migration, 3> broken = {steps[0], steps[1], Migration{"INSERT INTO missing VALUES (1)"}};
  EXPECT_FALSE(migrate_to(*connection, broken));
  EXPECT_EQ(connection->integer("PRAGMA user_version").value(), 1);
  EXPECT_EQ(connection->integer("SELECT count(*) FROM sqlite_schema WHERE name = 'b'").value(), 0);
  EXPECT_FALSE(connection->in_transaction());
}

TEST_F(Schema, without_a_backup_nothing_is_changed) {
  auto connection = connect();
  ASSERT_TRUE(migrate_to(*connection, std::span(steps).first(2)));
  backup_fails_ = true;
  const auto done = migrate_to(*connection, steps);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "no room for the backup");
  EXPECT_EQ(connection->integer("PRAGMA user_version").value(), 2);
}

TEST_F(Schema, a_newer_store_is_refused_and_left_alone) {
  {
    ASSERT_TRUE(open(file()));
  }
  {
    ASSERT_TRUE(connect()->execute("PRAGMA user_version = 99"));
  }
  const auto store = open(file());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().kind, ErrorKind::conflict);
  EXPECT_THAT(store.error().message, testing::HasSubstr("schema 99"));
  EXPECT_EQ(connect()->integer("PRAGMA user_version").value(), 99);
}

TEST_F(Schema, an_older_store_is_copied_whole_before_it_is_changed) {
  // A store of version 0 with content: what an earlier program would have left.
  {
    auto connection = connect();
    ASSERT_TRUE(
        connection->execute("CREATE TABLE old (x); INSERT INTO old VALUES (42);"
                            "PRAGMA application_id = 1347570777"));
  }
  ASSERT_TRUE(open(file()));
  const std::string copy = file().string() + ".v0.backup";
  ASSERT_TRUE(std::filesystem::exists(copy));
  const auto others = std::filesystem::perms::group_all | std::filesystem::perms::others_all;
  EXPECT_EQ(std::filesystem::status(copy).permissions() & others, std::filesystem::perms::none);
  auto backup = Connection::open(copy, Connection::Mode::reader, nullptr);
  ASSERT_TRUE(backup);
  EXPECT_EQ((*backup)->integer("SELECT x FROM old").value(), 42);
  EXPECT_EQ((*backup)->integer("PRAGMA user_version").value(), 0);
}

TEST_F(Schema, holdings_of_schema_1_have_no_pap_and_are_published_and_objects_know_their_peer) {
  {
    auto connection = connect();
    ASSERT_TRUE(migrate_to(*connection, migrations().first(1)));
    ASSERT_TRUE(connection->execute(
        "INSERT INTO source VALUES (1, 'peer', 'p', '', '', 1, 1, 1), (2, 'file', 'f', '', '', 1, 1, 1);"
        "INSERT INTO object VALUES (1, 0, x'0100000000000000000000000000000001', 5, '', x'', 1, 0, 1, "
        "x'7b7d'),"
        " (2, 0, x'0100000000000000000000000000000002', 5, '', x'', 1, 0, 2, x'7b7d')"));
    ASSERT_TRUE(
        connection->execute("INSERT INTO holding VALUES (1, x'3139322e302e322e37', 0, 1, 1, 0, 5, 2, 1)"));
  }
  auto store = open(file());
  ASSERT_TRUE(store) << store.error().text();
  EXPECT_TRUE(std::filesystem::exists(file().string() + ".v1.backup"));
  const intel::Selector selector{static_cast<intel::SelectorType>(1), "192.0.2.7"};
  const auto held = (*(*store)->snapshot())->find_holdings(selector);
  ASSERT_TRUE(held) << held.error().text();
  ASSERT_EQ(held->size(), 1U);
  EXPECT_EQ(held->front().pap, std::nullopt);
  EXPECT_FALSE(held->front().unpublished);
  EXPECT_TRUE(held->front().open_case);
  EXPECT_EQ(held->front().last_seen, Timestamp::from_microseconds(7));
  store->reset();
  auto connection = connect();
  EXPECT_EQ(connection->integer("SELECT received FROM object WHERE key = 1").value(), 1)
      << "came from a peer";
  EXPECT_EQ(connection->integer("SELECT received FROM object WHERE key = 2").value(), 0);
}

TEST_F(Schema, objects_of_schema_3_can_be_put_into_collections) {
  {
    auto connection = connect();
    ASSERT_TRUE(migrate_to(*connection, migrations().first(3)));
    ASSERT_TRUE(
        connection->execute("INSERT INTO name VALUES (1, 'tool');"
                            "INSERT INTO object VALUES (1, 0, x'0000010000000000000000000000000000000002', 5,"
                            " '1970-01-01T00:00:00.000005Z', x'', 1, 0, 1, x'7b7d', 0)"));
  }
  auto store = open(file());
  ASSERT_TRUE(store) << store.error().text();
  EXPECT_TRUE(std::filesystem::exists(file().string() + ".v3.backup"));
  ASSERT_TRUE(state::write(**store, state::Durability::synced, [](state::Transaction& t) -> Result<void> {
    const state::NewMember member{"tool--00000000-0000-0000-0000-000000000002", "1970-01-01T00:00:00.000005Z",
                                  state::SpecVersion::v21, std::nullopt};
    PARLEY_TRY(const state::MemberCounts counts,
               t.add_members("c", {&member, 1}, Timestamp::from_seconds(1)));
    return counts.added == 1 ? Result<void>{} : fail(ErrorKind::internal, "not added");
  }));
  EXPECT_EQ((*(*store)->snapshot())->count_members("c").value(), 1U);
}

TEST_F(Schema, what_schema_4_holds_is_indexed_by_schema_5) {
  {
    auto connection = connect();
    ASSERT_TRUE(migrate_to(*connection, migrations().first(4)));
    ASSERT_TRUE(connection->execute(
        "INSERT INTO name VALUES (1, 'tool');"
        "INSERT INTO object VALUES (1, 0, x'0000010000000000000000000000000000000002', 5,"
        " '1970-01-01T00:00:00.000005Z', x'', 1, 0, 1, CAST('{\"name\":\"Hammer\"}' AS BLOB), 0);"
        "INSERT INTO holding VALUES (1, CAST('192.0.2.7' AS BLOB), 1, 1, 1, 0, 5, 2, 1, 0, 0)"));
  }
  auto store = open(file());
  ASSERT_TRUE(store) << store.error().text();
  EXPECT_TRUE(std::filesystem::exists(file().string() + ".v4.backup"));
  EXPECT_FALSE((*(*store)->snapshot())->searching().index_status()->current());
  for (bool more = true; more;)
    ASSERT_TRUE(state::write(**store, state::Durability::synced, [&](state::Transaction& t) -> Result<void> {
      PARLEY_TRY(more, t.upkeep().index(100));
      return {};
    }));
  const auto reader = (*store)->snapshot();
  const state::Searching& searching = (*reader)->searching();
  EXPECT_TRUE(searching.index_status()->current());
  EXPECT_EQ(searching.find_text({{"hammer", false}}, {}, 10)->size(), 1U);
  state::Scope scope;
  scope.network = intel::parse_network("192.0.2.0/24");
  EXPECT_EQ(searching.list_in_scope(scope, intel::SelectorType::ipv4_addr, "", 10)->size(), 1U);
}

TEST_F(Schema, the_database_of_another_program_is_refused_and_left_alone) {
  {
    ASSERT_TRUE(connect()->execute("CREATE TABLE theirs (x)"));
  }
  const auto bytes = [&] {
    std::ifstream in(file());
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  const std::string before = bytes();
  const auto store = open(file());
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, testing::HasSubstr("another program"));
  EXPECT_EQ(bytes(), before);
}

TEST_F(Schema, a_file_that_is_no_database_is_refused_and_left_alone) {
  const std::string text(5000, 'x');
  std::ofstream(file()) << text;
  const auto store = open(file());
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, testing::HasSubstr("no store"));
  std::ifstream in(file());
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), text);
}

TEST_F(Schema, the_files_of_a_store_are_for_the_owner_alone) {
  auto store = open(file());
  ASSERT_TRUE(store);
  ASSERT_TRUE((*store)->begin(state::Durability::synced));
  const auto others = std::filesystem::perms::group_all | std::filesystem::perms::others_all;
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    ++files;
    EXPECT_EQ(entry.status().permissions() & others, std::filesystem::perms::none) << entry.path();
  }
  EXPECT_GE(files, 3);
}

TEST_F(Schema, a_store_in_memory_works_and_leaves_nothing_behind) {
  auto store = open_memory();
  ASSERT_TRUE(store) << store.error().text();
  ASSERT_TRUE(state::write(**store, state::Durability::synced, [](state::Transaction& t) -> Result<void> {
    PARLEY_CHECK(t.add_counter("n", 1));
    return {};
  }));
  EXPECT_EQ((*(*store)->snapshot())->counter("n").value(), 1);
  auto second = open_memory();
  ASSERT_TRUE(second);
  EXPECT_EQ((*(*second)->snapshot())->counter("n").value(), 0);
}

}  // namespace
}  // namespace parley::state_sqlite
