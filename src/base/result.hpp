#pragma once

#include <expected>
#include <string>
#include <utility>
#include <vector>

namespace parley {

/// What went wrong, in the classes that a caller treats differently. The command line maps each to its
/// exit code (see `exit_code`).
enum class ErrorKind {
  refused,     ///< a rule said no; `Error::rules` names it
  not_proven,  ///< a verification ended in anything but "proven"
  usage,       ///< the call itself is wrong
  bad_input,   ///< bytes from a file, a user or a peer are not what they should be
  not_found,   ///< the named thing does not exist here
  conflict,    ///< the state of the node does not allow it (locked home, duplicate, stale version)
  peer,        ///< the other side or the network failed
  internal,    ///< a disk, a library or a bug
};

/// An error as it travels inside the node: what, where, and what to do, in plain words.
///
/// `message` may hold details (paths, values) and stays inside the node; what a peer or a browser is told
/// is chosen at the edge.
struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string message;             ///< what happened and what to do about it
  std::string where;               ///< file, line, JSON pointer or offset; empty when it is plain
  std::vector<std::string> rules;  ///< for `refused`: the rules that decided, by name

  /// "where: message", or the message alone.
  std::string text() const { return where.empty() ? message : where + ": " + message; }
};

/// 0 is success and never returned here; 1 refused or not proven; 2 usage; 3 bad input; 4 peer; 5 internal.
int exit_code(ErrorKind kind);

/// An expected that may not be dropped.
template <class T = void>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
};

/// Makes the failed side of a Result: `return fail(ErrorKind::bad_input, "…", "line 3");`
inline std::unexpected<Error> fail(ErrorKind kind, std::string message, std::string where = {}) {
  return std::unexpected<Error>(Error{kind, std::move(message), std::move(where), {}});
}

/// A refusal with the rules that decided.
inline std::unexpected<Error> refuse(std::vector<std::string> rules, std::string why) {
  return std::unexpected<Error>(Error{ErrorKind::refused, std::move(why), {}, std::move(rules)});
}

}  // namespace parley

#define PARLEY_CONCAT_(a, b) a##b
#define PARLEY_CONCAT(a, b) PARLEY_CONCAT_(a, b)
#define PARLEY_TRY_IMPL_(tmp, decl, ...)                                     \
  auto tmp = (__VA_ARGS__);                                                  \
  if (!tmp) return std::unexpected<::parley::Error>(std::move(tmp).error()); \
  decl = std::move(*tmp)

/// `PARLEY_TRY(auto x, f());` — binds the value, or returns the error from the enclosing function.
/// Not for coroutines (bind the Result to a name and test it there).
#define PARLEY_TRY(decl, ...) PARLEY_TRY_IMPL_(PARLEY_CONCAT(parley_try_, __COUNTER__), decl, __VA_ARGS__)

#define PARLEY_CHECK_IMPL_(tmp, ...)                                           \
  do {                                                                         \
    auto tmp = (__VA_ARGS__);                                                  \
    if (!tmp) return std::unexpected<::parley::Error>(std::move(tmp).error()); \
  } while (false)

/// `PARLEY_CHECK(f());` — returns the error of a Result whose value is not needed. May hold a lambda that
/// uses it too: each use names its variable by a counter.
#define PARLEY_CHECK(...) PARLEY_CHECK_IMPL_(PARLEY_CONCAT(parley_check_, __COUNTER__), __VA_ARGS__)
