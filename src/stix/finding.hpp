#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "stix/rule.hpp"

namespace parley::stix {

/// One step of a JSON pointer: a name, or the index of an element.
struct PathStep {
  std::string_view name;
  std::size_t index = 0;
  bool is_index = false;
};

/// Something in an object that the specification does not allow (an error) or advises against (a warning).
/// It is a view: path and words live until the sink returns, and text is only made when it is asked for.
struct Finding {
  Rule rule = Rule::not_json;
  std::uint16_t code = 0;          ///< official code of the check, such as 401; 0 when there is none
  std::string_view base;           ///< JSON pointer of the object inside its file: "/objects/3"
  std::string_view id;             ///< of the object, when it could be read
  std::span<const PathStep> path;  ///< from the object to the place
  std::string_view a, b, c;        ///< the words of the message

  Severity severity() const { return rule_facts(rule).severity; }
  /// The official name of the check ("extensions-use") or Parley's own ("required-property").
  std::string_view name() const;
  /// RFC 6901, inside the file.
  std::string pointer() const;
  /// What is wrong and what to do.
  std::string message() const;
};

/// Takes findings in the order in which they are met. Returning false ends the look at this object.
class FindingSink {
 public:
  virtual ~FindingSink() = default;
  virtual bool take(const Finding& finding) = 0;
};

}  // namespace parley::stix
