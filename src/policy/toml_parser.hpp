#pragma once

// toml++ 3.3 asserts some of what it should report about a malformed file ("[=", a control character), and in
// a release build it takes the same things for granted, which is undefined behaviour on bytes from outside.
// Here every such assertion throws `TomlAssertion`, in every build, and `parse_rules` turns it into bad
// input.
//
// The copy lives in a namespace of its own: other files may include toml++ with its own settings, and one
// inline function with two bodies is undefined as well.

namespace parley::policy {
struct TomlAssertion {};
[[noreturn]] inline void toml_assertion_failed() {
  throw TomlAssertion{};
}
}  // namespace parley::policy

#pragma push_macro("NDEBUG")
#undef NDEBUG
#define TOML_EXCEPTIONS 0
#define TOML_ASSERT(expression) \
  ((expression) ? static_cast<void>(0) : ::parley::policy::toml_assertion_failed())
#define toml parley_toml
#include <toml++/toml.h>
#undef toml
#pragma pop_macro("NDEBUG")
