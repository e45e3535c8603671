#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "intel/network.hpp"
#include "intel/selector.hpp"
#include "state/holding.hpp"
#include "state/marking_code.hpp"
#include "state/member.hpp"
#include "state/sighting.hpp"

namespace parley::state {

/// Most words and phrases of a text query, and the longest of them in bytes.
inline constexpr std::size_t max_text_terms = 32;
inline constexpr std::size_t max_text_term_bytes = 256;

/// A word, or words that follow each other. Upper and lower case and diacritics are the same.
struct TextTerm {
  std::string text;
  bool prefix = false;  ///< its last word may go on
};

/// What lies below a domain (itself included), or in a network; one of the two.
struct Scope {
  std::string domain;  ///< in canonical form
  std::optional<intel::Network> network;
};

/// How much waits to be indexed.
struct IndexStatus {
  std::uint64_t contents = 0;  ///< of objects; about, as keys of erased ones count
  std::uint64_t batches = 0;   ///< of values
  bool rebuilding = false;     ///< the index of places is made anew
  bool current() const { return contents == 0 && batches == 0 && !rebuilding; }
};

/// The reading half of search: what indexes find, in an order that a page can go on from. Values are looked
/// up in holdings themselves, so an answer about one is never behind; the rest is as current as
/// `Upkeep::index` made it. Errors as for `Reader`.
class Searching {
 public:
  virtual ~Searching() = default;

  /// Selectors of a type whose value begins with `prefix` (of hashes: with these digits), by value, those
  /// behind `after`; `visit` as for `Reader::for_each_selector`. O(log n + what is visited).
  virtual Result<void> for_each_with_prefix(intel::SelectorType type, std::string_view prefix,
                                            const std::function<bool(const SelectorSummary&)>& visit,
                                            const intel::Selector* after) const = 0;

  /// Held values of a type in a scope, in the order of their places, those behind `after` (a value in that
  /// scope or empty), at most `limit` (<= max_page): domain names, e-mail addresses and URLs by host,
  /// addresses and URLs of addresses. Nothing for types that have no place. O(log n + page).
  virtual Result<std::vector<intel::Selector>> list_in_scope(const Scope& scope, intel::SelectorType type,
                                                             std::string_view after,
                                                             std::size_t limit) const = 0;

  /// The selectors that plain lists say (holdings without an object) among the next `most` (>= 1) of these
  /// types behind `after` (null: from the first), in the order of `Reader::for_each_selector`; `visit` may
  /// stop it. The last one that was looked at, to go on behind it, or nothing when none is left.
  virtual Result<std::optional<intel::Selector>> for_each_listed(
      std::span<const intel::SelectorType> types, const intel::Selector* after, std::size_t most,
      const std::function<bool(const SelectorSummary&)>& visit) const = 0;

  /// The markings of what `find_object` gives for each of these ids, nothing where there is no object. A
  /// fraction of its price: contents are not read.
  virtual Result<std::vector<std::optional<MarkingCode>>> find_markings(
      std::span<const std::string> ids) const = 0;

  /// Contents that hold all the terms, newest first, those before `before` (0: from the newest), at most
  /// `limit` (<= max_page). A term without a letter or digit is in every text. `bad_input`: too many terms or
  /// too long. O(terms log n + page) unless the terms are common each and rare together.
  virtual Result<std::vector<ContentKey>> find_text(const std::vector<TextTerm>& terms, ContentKey before,
                                                    std::size_t limit) const = 0;
  /// Whether one content does.
  virtual Result<bool> has_text(const std::vector<TextTerm>& terms, ContentKey key) const = 0;

  /// Contents that say a value (as `intel::correlating_value` spells it) by rising key, those behind `after`,
  /// at most `limit` (<= max_page). A few may say another with the same 64 bits of hash: whoever asks reads
  /// them. O(log n + page).
  virtual Result<std::vector<ContentKey>> find_saying(std::string_view value, ContentKey after,
                                                      std::size_t limit) const = 0;

  /// Contents by falling key, those before `before` (0: from the newest), at most `limit` (<= max_page).
  virtual Result<std::vector<ContentKey>> list_newest(ContentKey before, std::size_t limit) const = 0;
  virtual Result<std::optional<StoredContent>> find_content(ContentKey key) const = 0;
  /// Whether it is the content that `find_object` gives for its id.
  virtual Result<bool> is_current(ContentKey key) const = 0;
  /// Since when an object is kept without holding any more (see `Upkeep::end_object`); nothing while it does.
  virtual Result<std::optional<Timestamp>> ended(ContentKey key) const = 0;

  /// Contents that said they are valid until `until` or earlier, by (that time, key), those behind `after`;
  /// at most `limit` (<= max_page).
  struct Validity {
    Timestamp until = Timestamp::from_microseconds(INT64_MIN);
    ContentKey content;
    auto operator<=>(const Validity&) const = default;
  };
  virtual Result<std::vector<Validity>> list_valid_until(Timestamp until, const Validity& after,
                                                         std::size_t limit) const = 0;

  /// By time, then kind and source.
  virtual Result<std::vector<Sighting>> find_sightings(const intel::Selector& selector) const = 0;
  /// Of one kind by (time, selector), behind `after` (nothing: from the first); at most `limit`.
  virtual Result<std::vector<Sighting>> list_sightings(SightingKind kind, const Sighting* after,
                                                       std::size_t limit) const = 0;

  virtual Result<IndexStatus> index_status() const = 0;
  /// Everything that the indexes of words, values, places and validity hold, one line an entry, sorted: two
  /// stores say the same exactly when this is equal. For tests and checks; linear.
  virtual Result<std::vector<std::string>> dump_indexes() const = 0;
};

}  // namespace parley::state
