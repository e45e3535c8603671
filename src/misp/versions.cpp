#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "misp/event.hpp"

namespace parley::misp {
namespace {

/// Members that each instance numbers, counts, draws or knows for itself: numbers of rows, publishing,
/// colours, what it correlates, which sightings it was told of, and what its galaxies say about a tag.
constexpr std::array<std::string_view, 31> local_members = {"id",
                                                            "org_id",
                                                            "orgc_id",
                                                            "event_id",
                                                            "object_id",
                                                            "tag_id",
                                                            "galaxy_id",
                                                            "user_id",
                                                            "referenced_id",
                                                            "sharing_group_id",
                                                            "attribute_count",
                                                            "RelatedEvent",
                                                            "ShadowAttribute",
                                                            "Sighting",
                                                            "Galaxy",
                                                            "Org",
                                                            "publish_timestamp",
                                                            "published",
                                                            "sighting_timestamp",
                                                            "locked",
                                                            "event_creator_email",
                                                            "proposal_email_lock",
                                                            "colour",
                                                            "numerical_value",
                                                            "exportable",
                                                            "hide_tag",
                                                            "local",
                                                            "is_galaxy",
                                                            "is_custom_galaxy",
                                                            "local_only",
                                                            "relationship_type"};

bool is_local(std::string_view name) {
  return std::ranges::find(local_members, name) != local_members.end();
}

/// Nothing said: missing, null, empty, "0" and false are the same to MISP.
bool is_empty(const Value& value) {
  if (value.is_null()) return true;
  if (const Value::Array* const list = value.if_array()) return list->empty();
  const auto text = value.as_text();
  return text && (text->empty() || *text == "0");
}

std::string_view key_of(const Value& element) {
  const std::string_view uuid = element.text("uuid");
  return uuid.empty() ? element.text("name") : uuid;
}

/// The elements that count, in an order that does not depend on who wrote them.
std::vector<const Value*> sorted(const Value::Array& list) {
  std::vector<const Value*> out;
  out.reserve(list.size());
  for (const Value& element : list)
    if (!element.flag("local")) out.push_back(&element);
  std::ranges::sort(out, [](const Value* one, const Value* two) {
    return std::pair(key_of(*one), one) < std::pair(key_of(*two), two);
  });
  return out;
}

/// Members by name, in less than linear time for objects with many of them.
class Members {
 public:
  explicit Members(const Value::Object& members) : members_(members) {
    if (members.size() <= few) return;
    for (const Value::Member& member : members) sorted_.push_back(&member);
    std::ranges::sort(sorted_, {}, [](const auto* member) { return std::string_view(member->name); });
  }
  const Value* find(std::string_view name) const {
    if (sorted_.empty()) {
      const auto there = std::ranges::find(members_, name, &Value::Member::name);
      return there == members_.end() ? nullptr : &there->value;
    }
    const auto there = std::ranges::lower_bound(
        sorted_, name, {}, [](const auto* member) { return std::string_view(member->name); });
    return there == sorted_.end() || (*there)->name != name ? nullptr : &(*there)->value;
  }

 private:
  static constexpr std::size_t few = 64;
  const Value::Object& members_;
  std::vector<const Value::Member*> sorted_;
};

bool covers(const Value::Object& these, const Members& those, bool compare) {
  return std::ranges::all_of(these, [&](const Value::Member& member) {
    if (is_local(member.name)) return true;
    const Value* const other = those.find(member.name);
    if (other == nullptr) {
      const Value::Array* const list = member.value.if_array();
      return list != nullptr ? sorted(*list).empty() : is_empty(member.value);
    }
    return !compare || same_content(member.value, *other);
  });
}

}  // namespace

bool same_content(const Value& a, const Value& b) {
  if (a.is_object() && b.is_object())
    return covers(*a.if_object(), Members(*b.if_object()), true) &&
           covers(*b.if_object(), Members(*a.if_object()), false);
  if (a.is_array() && b.is_array())
    return std::ranges::equal(sorted(*a.if_array()), sorted(*b.if_array()),
                              [](const Value* one, const Value* two) { return same_content(*one, *two); });
  if (is_empty(a) && is_empty(b)) return true;
  const auto first = a.as_text();
  const auto second = b.as_text();
  return first && second && *first == *second;
}

EventOrder compare_versions(const Event& held, const Event& incoming) {
  if (incoming.timestamp() != held.timestamp())
    return incoming.timestamp() > held.timestamp() ? EventOrder::newer : EventOrder::older;
  return same_content(held.json(), incoming.json()) ? EventOrder::same : EventOrder::changed;
}

std::string_view event_order_name(EventOrder order) {
  switch (order) {
    case EventOrder::same:
      return "same";
    case EventOrder::newer:
      return "newer";
    case EventOrder::older:
      return "older";
    case EventOrder::changed:
      return "changed";
  }
  return "";
}

}  // namespace parley::misp
