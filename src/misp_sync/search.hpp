#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "misp/event.hpp"
#include "misp_sync/target.hpp"

namespace parley::misp_sync {

/// Most terms of one filter, and most filters of one search.
inline constexpr std::size_t max_terms = 10'000;

/// What a filter of MISP wants: one of `any` (when there are any), all of `all`, none of `none`. Written as a
/// text, a list of texts (a "!" in front: none), or {"OR":…,"AND":…,"NOT":…}. Compared without case; a "%" in
/// a term stands for anything.
struct Terms {
  std::vector<std::string> any, all, none;  ///< lower case
  bool empty() const { return any.empty() && all.empty() && none.empty(); }
  /// Whether these texts together are what is wanted.
  bool want(const std::vector<std::string_view>& texts) const;
};

/// Seconds since 1970, both ends included.
struct TimeRange {
  std::int64_t from = std::numeric_limits<std::int64_t>::min();
  std::int64_t to = std::numeric_limits<std::int64_t>::max();
  bool contains(std::int64_t time) const { return from <= time && time <= to; }
};

enum class Deleted : std::uint8_t { no, also, only };

/// A search or an index of events as MISP's clients ask for it.
struct Search {
  std::vector<std::string> events;  ///< ids or UUIDs of events; empty: any
  std::vector<std::string> uuids;   ///< of events or attributes; empty: any
  Terms values, types, categories, organisations, tags, event_tags, infos;
  TimeRange timestamp;  ///< of the attribute, or of the event where events are asked for
  TimeRange event_timestamp;
  TimeRange published_at;
  std::string date_from, date_to;  ///< YYYY-MM-DD of the event
  std::optional<bool> published;
  std::optional<bool> to_ids;
  std::vector<std::int64_t> distributions, analyses, threat_levels;
  Deleted deleted = Deleted::no;
  bool metadata = false;    ///< without attributes and objects
  bool minimal = false;     ///< of an index
  std::uint64_t limit = 0;  ///< 0: all
  std::uint64_t page = 1;
  std::string sort;
  bool descending = false;

  /// Whether an event may be an answer, going by the event alone. `id` is its number here.
  bool wants_event(const misp::Event& event, std::string_view id, bool events_asked) const;
  /// Whether it depends on the attributes which event is an answer.
  bool looks_at_attributes() const;
  bool wants_attribute(const misp::Event& event, const misp::AttributeView& attribute) const;
  /// UUIDs, where these alone name the events that can be answers; nothing when any event can.
  std::optional<std::vector<std::string>> named_events() const;
};

/// Reads the parameters of a body (a JSON object or nothing; also wrapped in "request") and of a path. Bad
/// input for what is malformed and, so that nobody takes an unfiltered answer for a filtered one, for filters
/// that this node does not have. `now` is what relative times ("5d") count from.
Result<Search> parse_search(const misp::Value& body, const Target& target, Timestamp now);

}  // namespace parley::misp_sync
