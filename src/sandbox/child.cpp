#include "sandbox/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "sandbox/confine.hpp"

namespace parley::sandbox {
namespace {

constexpr int exit_bad_input = 3;
constexpr int exit_not_started = 127;

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor() { reset(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }
  void reset(int number = -1) {
    if (number_ >= 0) ::close(number_);
    number_ = number;
  }

 private:
  int number_;
};

struct Pipe {
  Descriptor read;
  Descriptor write;
  bool open() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    read.reset(ends[0]);
    write.reset(ends[1]);
    return true;
  }
};

/// In the child: async-signal-safe calls alone.
[[noreturn]] void become(const char* program, char* const* arguments, int input, int output, int errors,
                         const Limits& limits) {
  // Above what is replaced below, so that none of them is closed before it is copied.
  const int in = ::fcntl(input, F_DUPFD, 16);
  const int out = ::fcntl(output, F_DUPFD, 16);
  const int err = ::fcntl(errors, F_DUPFD, 16);
  if (in < 0 || out < 0 || err < 0 || ::dup2(in, 0) < 0 || ::dup2(out, 1) < 0 || ::dup2(err, 2) < 0)
    ::_exit(exit_not_started);
  if (::close_range(3, ~0U, 0) != 0) ::_exit(exit_not_started);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int one : {SIGPIPE, SIGALRM, SIGXCPU}) ::signal(one, SIG_DFL);
  if (!limit_resources(limits)) ::_exit(exit_not_started);
  std::array<char*, 1> environment = {nullptr};
  ::execve(program, arguments, environment.data());
  ::_exit(exit_not_started);
}

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) out.push_back(static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c);
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

std::string seconds(unsigned count) {
  return std::to_string(count) + " seconds";
}

Result<std::string> ended(int status, std::string output, const std::string& message, bool too_much,
                          const Limits& limits) {
  if (too_much)
    return fail(ErrorKind::bad_input,
                "what the file unpacks to is larger than " + std::to_string(limits.output_bytes) + " bytes");
  if (WIFEXITED(status)) {
    const int code = WEXITSTATUS(status);
    if (code == 0) return output;
    if (code == exit_bad_input)
      return fail(ErrorKind::bad_input, message.empty() ? "the file cannot be read" : message);
    if (code == exit_not_started)
      return fail(ErrorKind::internal, "the program that reads such files could not be started");
    return fail(ErrorKind::bad_input,
                "the file could not be read within " + std::to_string(limits.memory_bytes >> 20U) +
                    " MiB of memory, or it is damaged" + (message.empty() ? "" : ": " + message));
  }
  switch (WTERMSIG(status)) {
    case SIGALRM:
      return fail(ErrorKind::bad_input,
                  "reading the file took more than " + seconds(limits.wall_seconds) + " and was ended");
    case SIGXCPU:
    case SIGKILL:
      return fail(ErrorKind::bad_input, "reading the file took more than " + seconds(limits.cpu_seconds) +
                                            " of processor time and was ended");
    case SIGSYS:
      return fail(ErrorKind::bad_input,
                  "reading the file was ended because it asked the system for what it may not have; the file "
                  "may be an "
                  "attack");
    default:
      return fail(ErrorKind::bad_input, "reading the file ended with signal " +
                                            std::to_string(WTERMSIG(status)) +
                                            "; the file is damaged, needs too much memory, or is an attack");
  }
}

}  // namespace

Result<std::string> run_child(const std::string& program, const std::vector<std::string>& arguments,
                              int input, const Limits& limits) {
  Pipe output;
  Pipe errors;
  if (!output.open() || !errors.open())
    return fail(ErrorKind::internal, std::string("no pipe: ") + std::strerror(errno));
  std::vector<std::string> words = arguments;
  words.insert(words.begin(), program);
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const pid_t child = ::fork();
  if (child < 0) return fail(ErrorKind::internal, std::string("no process: ") + std::strerror(errno));
  if (child == 0)
    become(program.c_str(), pointers.data(), input, output.write.get(), errors.write.get(), limits);
  output.write.reset();
  errors.write.reset();

  std::string text;
  std::string message;
  bool too_much = false;
  std::vector<char> buffer(256U << 10U);
  while (output.read.get() >= 0 || errors.read.get() >= 0) {
    std::array<pollfd, 2> wait = {pollfd{output.read.get(), POLLIN, 0}, pollfd{errors.read.get(), POLLIN, 0}};
    if (::poll(wait.data(), wait.size(), -1) < 0) {
      if (errno == EINTR) continue;
      break;
    }
    for (std::size_t i = 0; i < wait.size(); ++i) {
      if (wait[i].fd < 0 || wait[i].revents == 0) continue;
      const ssize_t count = ::read(wait[i].fd, buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR) continue;
      Descriptor& end = i == 0 ? output.read : errors.read;
      if (count <= 0) {
        end.reset();
        continue;
      }
      const std::string_view more(buffer.data(), static_cast<std::size_t>(count));
      if (i == 1) {
        message += more.substr(0, limits.message_bytes - std::min(limits.message_bytes, message.size()));
      } else if (text.size() + more.size() <= limits.output_bytes) {
        text += more;
      } else {
        too_much = true;
        ::kill(child, SIGKILL);
      }
    }
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      return fail(ErrorKind::internal, std::string("a child was lost: ") + std::strerror(errno));
  return ended(status, std::move(text), printable(message), too_much, limits);
}

}  // namespace parley::sandbox
