#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "misp/distribution.hpp"
#include "misp/value.hpp"

namespace parley::misp {

/// An attribute where it stands in its event. Texts are views into the event: they live until it changes.
struct AttributeView {
  const Value* json = nullptr;
  const Value* object = nullptr;  ///< the MISP object that it belongs to; null for one of the event itself
  std::string_view uuid;
  std::string_view type;
  std::string_view category;
  std::string_view value;
  std::string_view relation;  ///< `object_relation`; empty outside of objects
  std::int64_t timestamp = 0;
  bool to_ids = false;
  bool deleted = false;  ///< itself, or its object
  /// As written; `inherit` when it says nothing, as MISP reads it.
  Distribution distribution = Distribution::inherit;
  std::string_view sharing_group;  ///< id, when `distribution` is `sharing_group`
};

/// What is read at most, besides `ValueLimits`.
struct EventLimits {
  ValueLimits json;
  std::size_t max_attributes = 2'000'000;  ///< of one event, those of its objects included
};

/// A MISP event: the JSON object itself, everything in it kept, and names for the parts that matter.
/// Source: MISP core format (draft-dulaunoy-misp-core-format), and what real instances write.
class Event {
 public:
  /// `json` is the inside of `Event`. Bad input unless it is an object with a UUID, lists where MISP has
  /// lists (Attribute, Object, Tag, Galaxy, EventReport; null counts as empty), at most as many attributes as
  /// the limits say, none of the event's attributes twice by UUID.
  static Result<Event> from_json(Value json, const EventLimits& limits = {});

  const Value& json() const { return json_; }
  /// For changes; whoever makes them keeps it an event.
  Value& json() { return json_; }

  std::string_view uuid() const { return json_.text("uuid"); }  ///< as written; compare without case
  std::string_view info() const { return json_.text("info"); }
  std::int64_t timestamp() const { return json_.number("timestamp").value_or(0); }  ///< seconds; 0: none
  std::int64_t publish_timestamp() const { return json_.number("publish_timestamp").value_or(0); }
  /// False only when it says so: feeds leave the member out.
  bool published() const { return json_.find("published") == nullptr || json_.flag("published"); }
  bool locked() const { return json_.flag("locked"); }
  Distribution distribution() const;
  std::string_view sharing_group() const { return json_.text("sharing_group_id"); }
  std::string_view creator_uuid() const;  ///< `Orgc.uuid`
  std::string_view creator_name() const;  ///< `Orgc.name`
  std::vector<std::string_view> tags() const;

  /// Every attribute, those of objects behind their object's place, in the order of the document. Linear.
  std::vector<AttributeView> attributes() const;

  friend bool operator==(const Event&, const Event&) = default;

 private:
  Value json_;
};

/// The events of a document: an event alone, wrapped in `Event`, in a `response`, or a list of any of these.
/// Bad input when it holds none, or anything beside them.
Result<std::vector<Event>> parse_events(std::string_view text, const EventLimits& limits = {});
/// Exactly one.
Result<Event> parse_event(std::string_view text, const EventLimits& limits = {});

/// `{"Event":{…}}`, compact.
std::string write_event(const Event& event);

/// How an event that comes in stands to the one that is held under its UUID.
enum class EventOrder : std::uint8_t {
  same,     ///< equal in all that instances agree on
  newer,    ///< a later `timestamp`: it takes the place of the held one
  older,    ///< an earlier one: the held one stays
  changed,  ///< the same `timestamp` and other content: somebody changed it behind our back
};
/// What each instance numbers, counts and knows for itself (`id`, `org_id`, publishing, sightings, colours of
/// tags, local tags, descriptions of galaxies) does not count as content, nor does the order of members and
/// of lists.
EventOrder compare_versions(const Event& held, const Event& incoming);
std::string_view event_order_name(EventOrder order);

/// Whether both say the same in that sense.
bool same_content(const Value& a, const Value& b);

/// The parts of an attribute's value: both sides of the bar for composite types and malware-sample, else the
/// whole. Views of `value`.
std::vector<std::string_view> value_parts(std::string_view type, std::string_view value);

}  // namespace parley::misp
