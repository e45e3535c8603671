#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "report/candidate.hpp"

namespace parley::intel {
class WarninglistSet;
}

namespace parley::report {

/// Longest text that is looked at, in bytes.
inline constexpr std::size_t max_text_bytes = 64U << 20U;
/// Longest piece without blanks that is looked at as a whole; longer ones are cut there.
inline constexpr std::size_t max_token_bytes = 64U << 10U;

/// A part of a text that can be clicked on.
struct TextLink {
  std::size_t begin = 0;
  std::size_t end = 0;      ///< `begin`: what is clicked on is no text
  std::string target = {};  ///< where it leads; may be empty
  bool chosen = true;       ///< an author made it; else a program did, of whatever looked like an address
};

struct ExtractOptions {
  /// Values on these lists are held back; may be null; borrowed.
  const intel::WarninglistSet* warninglists = nullptr;
  /// Hosts of the report itself: links below them are references.
  std::vector<std::string> own_hosts;
  /// In the order of their places. What stands in one that was chosen is a reference. Where a link leads is
  /// told as well, at its place: put forward when it is defanged, or when the link shows a value that is put
  /// forward and leads to that host; else held back as `link_target`.
  std::vector<TextLink> links;
  /// Links stand apart from what the author names (Markdown, HTML): where a report defangs its values, a URL
  /// that can be clicked on is a reference.
  bool clickable_links_are_references = true;
  /// Also names whose last label is no top-level domain, held back as `unknown_name`: mostly file names.
  bool every_name = false;
  /// How many are given at most; the text behind the last one is not looked at.
  std::size_t max_candidates = 1'000'000;
};

/// Finds selectors of every type of selector/1 in running text (docs/howto/reports.md lists the forms and
/// what is held back). One pass over the text: bytes are classed, and only pieces that hold an anchor (a dot
/// inside, an @, a colon, a bracket, a long word, the words dot and at) are looked at closer; no regular
/// expressions. In the order of the text; ranges do not overlap but for a name that is held back and the hash
/// that it begins with, and for where links lead. The text may be any bytes; offsets are bytes of it. Linear.
/// Text behind `max_text_bytes` is not looked at.
std::vector<Candidate> extract(std::string_view text, const ExtractOptions& options = {});

}  // namespace parley::report
