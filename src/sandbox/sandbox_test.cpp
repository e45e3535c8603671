#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <functional>
#include <string>

#include "sandbox/child.hpp"
#include "sandbox/confine.hpp"

namespace parley::sandbox {
namespace {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define PARLEY_SANITIZED 1
#endif
#endif

/// How a process ends that confines itself and then does something: its exit code, or minus the signal.
int confined(const std::function<int()>& act, const Limits& limits = {}) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (!confine(limits)) ::_exit(99);
    ::_exit(act());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST(Confined, may_compute_and_use_memory) {
  EXPECT_EQ(confined([] {
              void* const memory = ::malloc(16U << 20U);
              const bool fine = memory != nullptr;
              ::free(memory);
              return fine ? 7 : 1;
            }),
            7);
}

TEST(Confined, opens_no_file_old_or_new) {
  EXPECT_EQ(confined([] { return ::open("/etc/hostname", O_RDONLY) < 0 && errno == EACCES ? 0 : 1; }), 0);
  EXPECT_EQ(confined([] {
              return ::open("/tmp/parley-new", O_WRONLY | O_CREAT, 0600) < 0 && errno == EACCES ? 0 : 1;
            }),
            0);
}

TEST(Confined, dies_of_a_socket) {
  EXPECT_EQ(confined([] { return ::socket(AF_INET, SOCK_STREAM, 0); }), -SIGSYS);
  EXPECT_EQ(confined([] { return ::socket(AF_UNIX, SOCK_STREAM, 0); }), -SIGSYS);
}

TEST(Confined, dies_of_another_process) {
  EXPECT_EQ(confined([] { return static_cast<int>(::fork()); }), -SIGSYS);
  EXPECT_EQ(confined([] {
              char* const none[] = {nullptr};
              return ::execve("/bin/true", none, none);
            }),
            -SIGSYS);
  EXPECT_EQ(confined([] { return ::kill(::getppid(), 0); }), -SIGSYS);
}

TEST(Confined, gets_no_memory_that_can_be_executed) {
  EXPECT_EQ(confined([] {
              return ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
                            -1, 0) == MAP_FAILED
                         ? 0
                         : 1;
            }),
            -SIGSYS);
}

TEST(Confined, gets_four_gigabytes_of_memory_from_nobody) {
#if defined(PARLEY_SANITIZED)
  GTEST_SKIP() << "the address space of a sanitizer cannot be limited";
#endif
  EXPECT_EQ(confined([] {
              for (int i = 0; i < 64; ++i) {
                void* const memory =
                    ::mmap(nullptr, 64U << 20U, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                if (memory == MAP_FAILED) return 7;
              }
              return 1;
            }),
            7);
}

TEST(Confined, loops_no_longer_than_its_processor_time) {
  Limits limits;
  limits.cpu_seconds = 1;
  EXPECT_EQ(confined(
                [] {
                  volatile unsigned spin = 0;
                  for (;;) spin = spin + 1;
                  return 1;
                },
                limits),
            -SIGXCPU);
}

TEST(Confined, waits_no_longer_than_its_time) {
  Limits limits;
  limits.wall_seconds = 1;
  EXPECT_EQ(confined(
                [] {
                  for (;;) ::sleep(10);
                  return 1;
                },
                limits),
            -SIGALRM);
}

Result<std::string> shell(const std::string& script, const Limits& limits = {}) {
  const int none = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  auto out = run_child("/bin/sh", {"-c", script}, none, limits);
  ::close(none);
  return out;
}

TEST(Child, gives_its_output_and_sees_no_environment) {
  ::setenv("PARLEY_SECRET", "x", 1);
  const auto out = shell("echo \"[$PARLEY_SECRET]\"; cat");
  ASSERT_TRUE(out) << out.error().text();
  EXPECT_EQ(*out, "[]\n");
}

TEST(Child, inherits_no_descriptor) {
  const int held = ::open("/etc/hostname", O_RDONLY);
  const auto out = shell("ls /proc/self/fd | wc -l");
  ::close(held);
  ASSERT_TRUE(out);
  EXPECT_EQ(std::stoi(*out), 4);  // its three, and the folder that ls reads
}

TEST(Child, that_refuses_a_file_says_why) {
  const auto out = shell("printf 'it is\\033 torn\\n' >&2; exit 3");
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().kind, ErrorKind::bad_input);
  EXPECT_EQ(out.error().message, "it is  torn");
}

TEST(Child, that_breaks_a_limit_is_ended_and_named) {
  Limits limits;
  limits.output_bytes = 1000;
  const auto much = shell("while :; do echo abcdefgh; done", limits);
  ASSERT_FALSE(much);
  EXPECT_NE(much.error().message.find("larger than 1000"), std::string::npos);
  limits.wall_seconds = 1;
  const auto slow = shell("exec sleep 100", limits);
  ASSERT_FALSE(slow);
  EXPECT_NE(slow.error().message.find("more than 1 seconds"), std::string::npos);
  const auto file = shell("echo x >\"$(mktemp)\"");
  EXPECT_FALSE(file);  // no file grows
  const auto crash = shell("kill -SEGV $$");
  ASSERT_FALSE(crash);
  EXPECT_NE(crash.error().message.find("signal 11"), std::string::npos);
  EXPECT_EQ(run_child("/nowhere/program", {}, 0, {}).error().kind, ErrorKind::internal);
}

}  // namespace
}  // namespace parley::sandbox
