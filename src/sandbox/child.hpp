#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "sandbox/limits.hpp"

namespace parley::sandbox {

/// Runs a program with limits on a file and gives what it wrote to its standard output. The program begins
/// with an empty environment, `input` (a descriptor, borrowed) as its standard input and no other descriptor
/// but its outputs; that it cannot open files or sockets it sees to itself, by `confine`, before it looks at
/// the input.
///
/// Errors: `bad_input` when it ends with exit code 3 (the message is what it wrote to standard error) or when
/// the file made it break a limit or a rule, which says which; `internal` when it could not be run or fails
/// otherwise. Blocks until it has ended; it is waited for in every case. Not for a process with other threads
/// that fork.
Result<std::string> run_child(const std::string& program, const std::vector<std::string>& arguments,
                              int input, const Limits& limits);

}  // namespace parley::sandbox
