#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exchange/decay.hpp"
#include "exchange/node.hpp"
#include "intel/selector.hpp"
#include "state/marking_code.hpp"
#include "state/search.hpp"

namespace parley::exchange {

/// A range of time, both ends included; nothing is without end.
struct TimeRange {
  std::optional<Timestamp> from;
  std::optional<Timestamp> to;
  bool any() const { return !from && !to; }
  bool holds(Timestamp time) const { return (!from || *from <= time) && (!to || time <= *to); }
};

/// What is looked for. Fields hold together; several values of one are alternatives, but for labels, of which
/// all must be there.
struct SearchQuery {
  enum class Match : std::uint8_t {
    exact,
    prefix,  ///< values that begin with it, as they are stored
    below,   ///< a domain and what is below it, or what lies in a network; mail and URLs of such hosts too
  };
  std::string value;  ///< empty: any; defanged or not
  Match match = Match::exact;
  std::string text;  ///< words, "phrases", begin*; in names, aliases, descriptions and comments
  std::vector<intel::SelectorType> types;
  std::vector<std::string> object_types;
  std::vector<std::string> labels;
  std::vector<state::MarkingCode> markings;  ///< the strictest of a hit
  std::vector<std::string> sources;          ///< names
  TimeRange seen;                            ///< overlaps with first to last seen
  TimeRange created;
  TimeRange modified;
  bool with_ended = false;  ///< objects that have expired, too
};

/// A value that is held, or an object. A search for text or for what only objects have gives objects, any
/// other gives values, each once however many hold it.
struct SearchHit {
  std::optional<intel::Selector> selector;  ///< of a value
  std::string object_id;                    ///< of an object
  std::string object_type;
  std::string name;
  std::vector<intel::Selector> values;                    ///< that an object says, the first `max_hit_list`
  std::vector<std::string> objects;                       ///< that hold a value, the first `max_hit_list`
  std::vector<std::string> sources;                       ///< all, by name
  state::MarkingCode marking = state::MarkingCode::none;  ///< the strictest of all sources
  std::vector<std::string> labels;
  std::optional<Timestamp> first_seen;
  std::optional<Timestamp> last_seen;
  std::optional<Timestamp> created;
  std::optional<Timestamp> modified;
  std::optional<Timestamp> ended;
  bool open_case = false;
  bool unpublished = false;
  bool revoked = false;
  std::optional<Score> score;  ///< of an object the best of its held values
};

inline constexpr std::size_t max_hit_list = 20;
inline constexpr std::size_t default_search_page = 100;
inline constexpr std::size_t max_search_page = 1'000;
/// Longest text of a query, in bytes.
inline constexpr std::size_t max_search_text_bytes = 4'096;
/// Candidates that one page looks at before it ends early, with a cursor.
inline constexpr std::uint64_t max_search_candidates = 2'000'000;

/// Words, phrases in quotation marks and beginnings with `*`. `usage` for too many or too long ones.
Result<std::vector<state::TextTerm>> parse_text_query(std::string_view text);

struct SearchPage {
  std::vector<SearchHit> hits;
  std::uint64_t looked_at = 0;  ///< candidates
  std::string cursor;           ///< empty: nothing is behind
};

/// One page of a search, in steps of a few milliseconds, each over what is committed when it begins. What
/// waits to be indexed is not found by its text or place: bring the indexes up to date first.
class Search {
 public:
  /// `usage` for a query that says nothing, a value of no type, an unknown source, a foreign cursor.
  static Result<Search> make(Node& node, SearchQuery query, const DecayModels& models, std::size_t limit,
                             const std::string& cursor);
  Search(Search&&) noexcept;
  ~Search();

  /// Whether the page is complete.
  Result<bool> step();
  std::uint64_t looked_at() const;
  SearchPage take();

 private:
  struct State;
  explicit Search(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace parley::exchange
