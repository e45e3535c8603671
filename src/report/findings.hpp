#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "encoding/json.hpp"
#include "report/extract.hpp"
#include "report/names.hpp"

namespace parley::report {

/// Places of one finding that are kept; the others are counted.
inline constexpr std::size_t max_places = 50;

/// What a report was found to say, once however often it says it: a value or a name.
struct Finding {
  std::optional<intel::Selector> selector;  ///< a value
  std::optional<KnownThing> thing;          ///< a name; without `object`
  std::vector<std::string> also;            ///< names of other things that the name may mean
  std::string hold;                         ///< why it is not put forward, in a word; empty when it is
  std::string why;                          ///< the same in a sentence
  std::string note;                         ///< "port 8443"
  bool defanged = false;                    ///< at any place
  std::vector<TextRange> places;            ///< the first ones, in the order of the text
  std::size_t count = 0;                    ///< of all places

  bool held_back() const { return !hold.empty(); }
  encoding::Json to_json() const;
  static Result<Finding> from_json(const encoding::Json& json);
};

/// Values and names of a text, in the order of their first places. `matcher`, which was made from `things`,
/// may be null: then values alone. A value that is put forward at one place is, whatever holds it back at
/// another; names inside values are no names.
std::vector<Finding> find_all(std::string_view text, const ExtractOptions& options,
                              const NameMatcher* matcher, std::span<const KnownThing> things);

/// The line around a place, at most about `width` bytes, whole characters, blanks and control characters made
/// single blanks: for people.
std::string context_of(std::string_view text, TextRange place, std::size_t width = 100);

}  // namespace parley::report
