#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace parley::review {

/// The values of a running text as a plain list, for an import that nobody reviews.
struct TextList {
  std::string list;                                ///< canonical values, one a line, each once
  std::map<std::string, std::uint64_t> held_back;  ///< how many were not taken, by reason
};

/// Takes every value that `report::extract` puts forward; the warninglists are the import's. `bad_input` for
/// bytes that are no text. Linear.
Result<TextList> list_of_text(BytesView bytes);

}  // namespace parley::review
