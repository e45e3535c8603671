#pragma once

#include <simdjson.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "intel/stix.hpp"

namespace parley::intel {

/// Told every member of every object while a tree is checked.
class MemberVisitor {
 public:
  virtual ~MemberVisitor() = default;
  virtual void member(std::string_view name, const simdjson::dom::element& value) = 0;
};

/// One simdjson parser and its memory, used for one object after another. The tree of `parse` lives until the
/// next call.
class JsonDom {
 public:
  /// One JSON object: valid UTF-8, nothing behind it. Its parts are not looked at yet.
  Result<simdjson::dom::object> parse(std::string_view raw, const StixLimits& limits);

 private:
  simdjson::dom::parser parser_;
  std::unique_ptr<char[]> padded_;
  std::size_t capacity_ = 0;
};

/// Walks the whole tree: no duplicate name, not deeper than `max_depth`. An error names the JSON pointer.
Result<void> check_tree(const simdjson::dom::object& object, std::size_t max_depth, MemberVisitor& visitor);

/// Into `out` when it is a string; whether it was one.
inline bool read_text(const simdjson::dom::element& value, std::string_view& out) {
  return value.get_string().get(out) == simdjson::SUCCESS;
}

}  // namespace parley::intel
