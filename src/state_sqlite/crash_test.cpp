#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "state_sqlite/background_fixture.hpp"
#include "state_sqlite/sqlite_store.hpp"

namespace parley::state_sqlite {
namespace {

/// An import that is killed: each transaction holds a batch of objects with their references and holdings,
/// and a counter that says how many there are.
class StoreCrash : public testing::Test {
 protected:
  static constexpr int batch = 20;

  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "parley-crash-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  std::filesystem::path file() const { return directory_ / "state.sqlite"; }

  static std::string id(std::int64_t n) { return "tool--" + std::to_string(n); }

  static Result<void> import_batch(state::Store& store, std::int64_t n) {
    const auto durability = n % 3 == 0 ? state::Durability::buffered : state::Durability::synced;
    return state::write(store, durability, [&](state::Transaction& t) -> Result<void> {
      PARLEY_CHECK(t.add_counter("batches", 1));
      PARLEY_TRY(const state::SourceId source, t.add_source({"list", "file", "", "", {}}));
      std::vector<state::NewObject> objects(batch);
      for (int i = 0; i < batch; ++i) {
        state::NewObject& object = objects[static_cast<std::size_t>(i)];
        object.type = "tool";
        object.id = id(n * batch + i);
        object.raw = std::string(static_cast<std::size_t>(n * 31 % 2000), 'r');
        object.references = {{"next", id(n * batch + i + 1)}};
        object.source = source;
      }
      PARLEY_TRY(const std::vector<state::Outcome> outcomes, t.put_objects(objects));
      std::vector<state::NewHolding> holdings(batch);
      for (int i = 0; i < batch; ++i) {
        state::NewHolding& holding = holdings[static_cast<std::size_t>(i)];
        holding.selector = {intel::SelectorType::domain_name, std::to_string(n * batch + i) + ".example.org"};
        holding.object = outcomes[static_cast<std::size_t>(i)].object;
        holding.source = source;
      }
      PARLEY_CHECK(t.put_holdings(holdings));
      return {};
    });
  }

  [[noreturn]] void import_until_killed(int pipe) {
    auto store = open(file(), {.checkpoint_pages = 40, .background = std::make_shared<ThreadBackground>()});
    if (!store) ::_exit(1);
    std::int64_t n = (*store)->snapshot().value()->counter("batches").value();
    for (;;) {
      if (!import_batch(**store, n)) ::_exit(3);
      ++n;
      if (::write(pipe, &n, sizeof n) != sizeof n) ::_exit(4);
    }
  }

  /// Number of batches that are there, after checking the last few and the sums.
  std::int64_t check_whole() {
    auto store = open(file());
    EXPECT_TRUE(store) << store.error().text();
    if (!store) return -1;
    const auto reader = (*store)->snapshot();
    const auto counted = (*reader)->counter("batches");
    EXPECT_TRUE(counted);
    const std::int64_t n = counted ? *counted : -1;
    EXPECT_EQ((*reader)->count_objects().value(), static_cast<std::uint64_t>(n * batch));
    const auto counts = (*reader)->count_selectors();
    EXPECT_EQ(counts->empty() ? 0U : counts->at(0).holdings, static_cast<std::uint64_t>(n * batch));
    for (std::int64_t k = std::max<std::int64_t>(0, n * batch - 3 * batch); k < n * batch; ++k) {
      const auto object = (*reader)->find_object(id(k));
      EXPECT_TRUE(object && *object) << k;
      if (!object || !*object) continue;
      EXPECT_EQ((*object)->raw, std::string(static_cast<std::size_t>(k / batch * 31 % 2000), 'r'));
      EXPECT_EQ((*reader)->references_from(id(k))->size(), 1U);
      EXPECT_EQ((*reader)
                    ->find_holdings({intel::SelectorType::domain_name, std::to_string(k) + ".example.org"})
                    ->at(0)
                    .object_id,
                id(k));
    }
    EXPECT_FALSE(*(*reader)->find_object(id(n * batch)));
    return n;
  }

  std::filesystem::path directory_;
};

TEST_F(StoreCrash, what_was_acknowledged_is_there_after_a_hundred_kills_and_no_batch_is_half_there) {
  std::mt19937_64 random(20'26);
  std::int64_t acknowledged = 0;
  for (int kill = 0; kill < 100; ++kill) {
    int pipe[2];
    ASSERT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(pipe[0]);
      import_until_killed(pipe[1]);
    }
    ::close(pipe[1]);
    for (std::uint64_t i = random() % 8; i > 0; --i)
      ASSERT_EQ(::read(pipe[0], &acknowledged, sizeof acknowledged),
                static_cast<ssize_t>(sizeof acknowledged))
          << "the child failed";
    const std::uint64_t spin = random() % 200'000;
    for (std::uint64_t i = 0; i < spin; ++i) asm volatile("");
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    for (std::int64_t n = 0; ::read(pipe[0], &n, sizeof n) == sizeof n;) acknowledged = n;
    ::close(pipe[0]);
    // A kill is no power cut: the kernel still has what was buffered, so that all of it must be there.
    const std::int64_t n = check_whole();
    ASSERT_GE(n, acknowledged);
    ASSERT_LE(n, acknowledged + 1) << "more than the one batch that was under way";
    acknowledged = n;
  }
}

TEST_F(StoreCrash, a_file_that_may_not_grow_is_a_clear_error_and_the_store_opens_again) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{400'000, 400'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    auto store = open(file());
    if (!store) ::_exit(1);
    for (std::int64_t n = 0; n < 1000; ++n)
      if (!import_batch(**store, n)) {
        const bool refuses = !(*store)->begin(state::Durability::synced);
        ::_exit(n > 0 && refuses ? 0 : 2);
      }
    ::_exit(3);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  ASSERT_EQ(WEXITSTATUS(status), 0);
  EXPECT_GT(check_whole(), 0);
}

TEST_F(StoreCrash, a_second_process_on_the_same_store_gets_a_clear_error) {
  auto store = open(file());
  ASSERT_TRUE(store);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto second = open(file());
    ::_exit(!second && second.error().kind == ErrorKind::conflict &&
                    second.error().message.find("another process") != std::string::npos
                ? 0
                : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  store->reset();
  EXPECT_TRUE(open(file()));
}

}  // namespace
}  // namespace parley::state_sqlite
