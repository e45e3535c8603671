#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "encoding/json.hpp"
#include "intel/selector.hpp"

namespace parley::intel {

/// Bounds on one list; a list beyond them is refused by name.
struct WarninglistLimits {
  std::size_t max_lists = 1024;
  std::size_t max_entries = 2'000'000;  ///< over all lists
  std::size_t max_substring_bytes = 4U
                                    << 20;  ///< of all `substring` lists; each takes 13 bytes a selector type
  std::size_t max_expressions = 10'000;     ///< of all `regex` lists
};

/// Lists of well-known values (public resolvers, private ranges, popular sites, hashes of empty files) in
/// the format of MISP warninglists. An item that is on one is held back from the sets of a match, and the
/// user is told which list did it.
///
/// Kinds: `string` (the whole value), `substring` (anywhere in the canonical value, whatever the case of
/// ASCII letters), `hostname` (the name or a name below it, by label), `cidr` (an address inside the range),
/// `regex` (RE2's syntax, anywhere in the canonical value). `matching_attributes` limits a list to the
/// selector types that its MISP attribute types stand for; a list without it, or with `ALL`, holds for all.
/// Lists that hold for URLs (`url` or `uri` among their attributes) are asked for a URL's host too:
/// `hostname` lists for a name, `cidr` lists for an address; the other kinds compare the whole URL alone, as
/// MISP does.
///
/// Not thread-safe while adding; `hit` is const and may be called from many threads.
class WarninglistSet {
 public:
  explicit WarninglistSet(WarninglistLimits limits = {});
  ~WarninglistSet();
  WarninglistSet(WarninglistSet&&) noexcept;
  WarninglistSet& operator=(WarninglistSet&&) noexcept;

  /// Adds one list. `bad_input` names the list and says what is wrong with it, such as a regular expression
  /// that is not linear in time; a refused list leaves the set as it was.
  Result<void> add(const encoding::Json& list);
  /// The same from the text of a file; `where` goes into the error.
  Result<void> add_text(std::string_view json, std::string_view where);

  /// The name of the list that holds this selector back: of several, the one that was added first.
  /// Linear in the value: hash look-ups of it and its labels, one binary search over all ranges, one pass for
  /// all substrings, one for each list of regular expressions.
  std::optional<std::string> hit(const Selector& selector) const;

  std::size_t lists() const;
  std::size_t entries() const;
  /// Entries that no selector type of selector/1 can equal (a pattern, a foreign type): counted, not kept.
  std::size_t ignored_entries() const;

 private:
  struct Index;
  std::unique_ptr<Index> index_;
};

}  // namespace parley::intel
