#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace parley::stix {

/// What became of one STIX 2.0 object: the object of STIX 2.1, and the observables that lay inside it.
struct Converted {
  std::vector<std::string> objects;  ///< compact JSON; observables first, then the object itself
  std::vector<std::string> notes;    ///< what could not be carried over as it was, each a short sentence
};

/// Converts one STIX 2.0 object (as bundles with "spec_version": "2.0" hold them) to STIX 2.1; the rules
/// stand in docs/validation.md. Ids, times and custom properties stay. A valid object of STIX 2.0 becomes a
/// valid object of STIX 2.1. An object that already says "spec_version": "2.1" comes back unchanged.
///
/// Errors: `bad_input` for what is no JSON object with a type. Linear in the size.
Result<Converted> convert_20(std::string_view raw);

}  // namespace parley::stix
