#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "report/candidate.hpp"
#include "report/knowledge.hpp"

namespace parley::report {

/// Why a name that was found is not put forward.
enum class NameHold : std::uint8_t {
  none,
  everyday,    ///< also an ordinary word, and nothing beside it says that the name is meant
  lower_case,  ///< written small, as an ordinary word is
  ambiguous,   ///< several things have the name
  spelling,    ///< a short name in another spelling
};
std::string_view name_hold_name(NameHold hold);
std::string_view name_hold_text(NameHold hold);

/// A name at one place of a text.
struct NameHit {
  std::size_t thing = 0;          ///< the place in the list that the matcher was made from
  std::vector<std::size_t> also;  ///< others of the same name
  std::size_t begin = 0;          ///< bytes [begin, end) of the text
  std::size_t end = 0;
  NameHold hold = NameHold::none;
};

/// Finds the names and aliases of known things in a text, whole words alone: without regard to case,
/// diacritics, hyphens and blanks between words (APT28, APT-28 and "apt 28"; FancyBear and "Fancy Bear"),
/// Cyrillic and Latin spellings alike. ATT&CK ids (T1059.001, G0007) count as names. The longest name at a
/// place wins.
///
/// It walks a trie of words: one hash look-up for each word of the text, and one more for each further word
/// of a name, so it is linear in the text whatever the number of names. Immutable once made; may be used by
/// many threads.
class NameMatcher {
 public:
  explicit NameMatcher(std::span<const KnownThing> things);
  ~NameMatcher();
  NameMatcher(NameMatcher&&) noexcept;
  NameMatcher& operator=(NameMatcher&&) noexcept;

  /// In the order of the text, not overlapping. `skip` (sorted) are places not to look at: values that were
  /// found.
  std::vector<NameHit> find(std::string_view text, std::span<const TextRange> skip = {}) const;

  std::size_t names() const;

 private:
  struct Index;
  std::unique_ptr<Index> index_;
};

/// Whether a folded word is one of everyday language that is also somebody's name.
bool is_everyday_word(std::string_view folded);

}  // namespace parley::report
