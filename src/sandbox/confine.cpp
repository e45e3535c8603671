#include "sandbox/confine.hpp"

#include <fcntl.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

namespace parley::sandbox {
namespace {

/// What remains allowed: memory, the descriptors at hand, signals to itself, time, its end.
constexpr std::array allowed = std::to_array<int>({
    SCMP_SYS(brk),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(close),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(futex),
    SCMP_SYS(getegid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getpid),
    SCMP_SYS(getrandom),
    SCMP_SYS(gettid),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(getuid),
    SCMP_SYS(lseek),
    SCMP_SYS(madvise),
    SCMP_SYS(membarrier),
    SCMP_SYS(mremap),
    SCMP_SYS(munmap),
    SCMP_SYS(nanosleep),
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(rseq),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(sysinfo),
    SCMP_SYS(time),
    SCMP_SYS(uname),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(sched_getaffinity),
});

/// Libraries look for fonts, tables and converters; they must be told that there are none, not die.
constexpr std::array no_files = std::to_array<int>({
    SCMP_SYS(access),   SCMP_SYS(faccessat),  SCMP_SYS(faccessat2), SCMP_SYS(fstat),     SCMP_SYS(getcwd),
    SCMP_SYS(lstat),    SCMP_SYS(newfstatat), SCMP_SYS(open),       SCMP_SYS(openat),    SCMP_SYS(openat2),
    SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(stat),       SCMP_SYS(statfs),    SCMP_SYS(statx),
    SCMP_SYS(fcntl),    SCMP_SYS(ioctl),      SCMP_SYS(getdents64), SCMP_SYS(prlimit64), SCMP_SYS(getrlimit),
});

struct FilterDeleter {
  void operator()(void* filter) const { seccomp_release(filter); }
};

std::unexpected<Error> refused(const char* what) {
  return fail(ErrorKind::internal,
              std::string("the kernel does not confine this process: ") + what + ": " + std::strerror(errno));
}

bool set_limit(int resource, rlim_t value) {
  rlimit limit{};
  if (::getrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0) return false;
  if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < value) value = limit.rlim_max;
  limit.rlim_cur = value;
  limit.rlim_max = value;
  return ::setrlimit(static_cast<__rlimit_resource>(resource), &limit) == 0;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif
#else
constexpr bool sanitized = false;
#endif

}  // namespace

bool limit_resources(const Limits& limits) {
  if (!sanitized && !set_limit(RLIMIT_AS, limits.memory_bytes)) return false;
  // The soft limit would send SIGXCPU, which can be caught; one second later nothing can.
  rlimit cpu{limits.cpu_seconds, static_cast<rlim_t>(limits.cpu_seconds) + 1};
  if (::setrlimit(RLIMIT_CPU, &cpu) != 0) return false;
  if (!set_limit(RLIMIT_FSIZE, 0) || !set_limit(RLIMIT_CORE, 0)) return false;
  ::alarm(limits.wall_seconds);
  return true;
}

Result<void> confine(const Limits& limits) {
  if (!limit_resources(limits)) return refused("limits");
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return refused("no new privileges");
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return refused("no traces");
  const std::unique_ptr<void, FilterDeleter> filter(seccomp_init(SCMP_ACT_KILL_PROCESS));
  if (!filter) return refused("system calls");
  int wrong = 0;
  for (const int call : allowed) wrong |= seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0);
  for (const int call : no_files) wrong |= seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EACCES), call, 0);
  // Memory, but none that can be executed: no new code.
  const scmp_arg_cmp not_executable{2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0};
  wrong |= seccomp_rule_add_array(filter.get(), SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, &not_executable);
  wrong |= seccomp_rule_add_array(filter.get(), SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, &not_executable);
  // abort() sends itself a signal.
  const scmp_arg_cmp itself{0, SCMP_CMP_EQ, static_cast<scmp_datum_t>(::getpid()), 0};
  wrong |= seccomp_rule_add_array(filter.get(), SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &itself);
  if (wrong != 0 || seccomp_load(filter.get()) != 0) return refused("system calls");
  return {};
}

}  // namespace parley::sandbox
