#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "misp/stix_template.hpp"
#include "misp/value.hpp"

// What the two halves of `stix_form` share; for its sources alone.

namespace parley::misp {

/// An attribute of the object that is converted.
struct Given {
  const Value* json = nullptr;
  std::string_view relation;
  std::string_view value;
  std::string_view uuid;
  bool to_ids = false;
  Given* name = nullptr;       ///< the display name of an address
  bool taken = false;          ///< by a property of STIX
  bool is_looked_for = false;  ///< stands in the pattern
};

/// What stands before and behind the first space.
std::pair<std::string_view, std::string_view> pair_of(std::string_view text);

/// "ipv4-addr" or "ipv6-addr".
std::string_view address_type(std::string_view address);

/// What looks for everything that is `to_ids`; empty when nothing is.
std::string object_pattern(const Template& form, std::vector<Given>& given);

}  // namespace parley::misp
