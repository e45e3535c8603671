#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <random>

#include "log_file/file_log.hpp"

namespace parley::log_file {
namespace {

class ZeroEntropy final : public Entropy {
 public:
  void fill(std::span<std::uint8_t> out) override { std::fill(out.begin(), out.end(), std::uint8_t{0}); }
};

class LogCrash : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "parley-crash-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  static Bytes entry(std::uint64_t index) {
    return to_bytes("entry " + std::to_string(index) + std::string(index * 131 % 3000, '.'));
  }

  /// Appends until it is killed, telling the size after each acknowledged append through the pipe.
  [[noreturn]] void append_until_killed(int pipe, std::uint64_t seed) {
    ZeroEntropy entropy;
    auto log = open(directory_, entropy);
    if (!log) ::_exit(1);
    std::mt19937_64 random(seed);
    for (;;) {
      std::vector<Bytes> entries;
      std::uint64_t size = (*log)->size().value();
      for (std::uint64_t n = 1 + random() % 8; n > 0; --n) entries.push_back(entry(size++));
      if (!(*log)->append(entries, as_bytes("size " + std::to_string(size)))) ::_exit(2);
      if (::write(pipe, &size, sizeof size) != sizeof size) ::_exit(3);
    }
  }

  std::filesystem::path directory_;
};

TEST_F(LogCrash, what_was_acknowledged_is_there_after_a_hundred_kills_and_nothing_is_half_there) {
  std::mt19937_64 random(20'26);
  std::uint64_t acknowledged = 0;
  for (int kill = 0; kill < 100; ++kill) {
    int pipe[2];
    ASSERT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(pipe[0]);
      append_until_killed(pipe[1], random());
    }
    ::close(pipe[1]);
    // Lets a random number of appends through, then kills at once: the child is somewhere in the next.
    const std::uint64_t target = 1 + random() % 20;
    for (std::uint64_t i = 0, size = 0; i < target; ++i) {
      ASSERT_EQ(::read(pipe[0], &size, sizeof size), static_cast<ssize_t>(sizeof size)) << "the child failed";
      acknowledged = size;
    }
    const std::uint64_t spin = random() % 20'000;
    for (std::uint64_t i = 0; i < spin; ++i) asm volatile("");
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    for (std::uint64_t size = 0; ::read(pipe[0], &size, sizeof size) == sizeof size;) acknowledged = size;
    ::close(pipe[0]);

    ZeroEntropy entropy;
    auto log = open(directory_, entropy);
    ASSERT_TRUE(log) << log.error().text();
    const std::uint64_t size = (*log)->size().value();
    ASSERT_GE(size, acknowledged);
    ASSERT_LE(size, acknowledged + 8) << "more than the one append that was under way";
    ASSERT_EQ(as_text((*log)->last_checkpoint()), "size " + std::to_string(size));
    for (std::uint64_t i = kill == 99 ? 0 : acknowledged - 1; i < size; ++i) {
      const auto bytes = (*log)->entry(log::LeafIndex(i));
      ASSERT_TRUE(bytes) << bytes.error().text();
      ASSERT_EQ(*bytes, entry(i));
    }
  }
}

TEST_F(LogCrash, a_real_short_write_is_an_error_and_the_log_opens_again) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{10'000, 10'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    ZeroEntropy entropy;
    auto log = open(directory_, entropy);
    if (!log) ::_exit(1);
    const std::vector<Bytes> small = {entry(0)};
    if (!(*log)->append(small, as_bytes("size 1"))) ::_exit(2);
    const std::vector<Bytes> large = {Bytes(20'000)};
    const auto failed = (*log)->append(large, as_bytes("size 2"));
    if (failed || failed.error().kind != ErrorKind::internal) ::_exit(3);
    if (!(*log)->needs_audit() || (*log)->append(small, as_bytes("size 2"))) ::_exit(4);
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  ASSERT_EQ(WEXITSTATUS(status), 0);
  ZeroEntropy entropy;
  auto log = open(directory_, entropy);
  ASSERT_TRUE(log) << log.error().text();
  EXPECT_EQ((*log)->size().value(), 1U);
  EXPECT_GT((*log)->recovery().cut_bytes, 0U);
}

}  // namespace
}  // namespace parley::log_file
