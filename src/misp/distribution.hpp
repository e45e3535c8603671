#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace parley::misp {

class Event;
struct AttributeView;

/// How far something may be shared. The numbers are MISP's.
enum class Distribution : std::uint8_t {
  organisation = 0,
  community = 1,      ///< everybody on this instance
  connected = 2,      ///< and on instances that this one feeds
  all = 3,            ///< and from there on
  sharing_group = 4,  ///< exactly the organisations of `sharing_group_id`
  inherit = 5,        ///< of an attribute or object: what it is part of says it
};

/// The distribution of a number from 0 to 5.
std::optional<Distribution> parse_distribution(std::int64_t number);

/// Both together: what is within something narrower is no wider. A sharing group is narrower than all but the
/// organisation; `inherit` is what the other says. Two sharing groups stay one only if their ids are equal,
/// which the caller compares: see `effective_distribution`.
Distribution narrower(Distribution a, Distribution b);

/// What holds for an attribute: the narrowest of its own, its object's and its event's. Where two different
/// sharing groups meet, nobody is in both for sure: the organisation.
Distribution effective_distribution(const Event& event, const AttributeView& attribute);

/// One step down, as whoever receives it from another organisation's instance has to take it (MISP:
/// Server.php, __updatePulledEventBeforeInsert): connected becomes community, community the organisation;
/// the others stay.
Distribution stepped_down(Distribution distribution);

/// How something leaves an instance.
enum class Route : std::uint8_t {
  pull,  ///< another instance or a user asks: from `community` on
  push,  ///< this instance gives it to a connected one: from `connected` on
  feed,  ///< a file that everybody may read: `all` only
};
/// Whether that distribution lets it. Sharing groups: only where the caller says that the asker is in it.
bool may_leave(Distribution distribution, Route route, bool in_sharing_group);

/// What an event becomes when it was pulled: locked, every distribution a step down, local tags and local
/// galaxy clusters out, no `id` of the other side's users (`event_creator_email` goes too).
void step_down(Event& event);

/// Takes everything out that may not leave by this route: attributes, objects whose own distribution forbids
/// it or of which no attribute is left, event reports; references to what went go with it. Nothing (false)
/// when the event itself may not leave. Returns how many attributes went in `withheld`.
bool narrow(Event& event, Route route, bool in_sharing_group, std::size_t& withheld);

/// Whether the asker is in the sharing group of that id (`sharing_group_id`, as written).
using Membership = std::function<bool(std::string_view group)>;
/// The same where each sharing group is asked for by itself.
bool narrow(Event& event, Route route, const Membership& membership, std::size_t& withheld);

/// The groups that the event and its parts bring along (`SharingGroup`) and that have this organisation
/// (UUID, any case) as a member. A group that is not active has none; where an id comes with several lists,
/// all of them must name it. Empty for no organisation.
std::set<std::string, std::less<>> sharing_groups_of(const Event& event, std::string_view organisation);

}  // namespace parley::misp
