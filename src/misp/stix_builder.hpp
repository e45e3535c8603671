#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "intel/marking.hpp"
#include "misp/value.hpp"

// The parts of `to_stix`; for its sources alone.

namespace parley::misp {

/// "2024-01-02T03:04:05.000Z" of seconds since 1970; 1970 for what is no time.
std::string stix_time(std::int64_t seconds);

/// A bundle while it grows.
class StixBuilder {
 public:
  explicit StixBuilder(std::string event_time) : event_time_(std::move(event_time)) {}

  std::string creator;  ///< id of the identity; empty: none
  const std::string& event_time() const { return event_time_; }

  /// An object with the members that all have, in STIX's order.
  Value sdo(std::string_view type, std::string_view uuid, const std::string& created) const;
  /// Adds an object; with `listed` the report refers to it. One with an id that is there already is dropped.
  void add(Value object, bool listed = true);
  /// `uuid`: of MISP's reference, where it has one.
  void relate(std::string_view source, std::string_view type, std::string_view target,
              const std::string& when, std::string_view uuid = {});
  bool has(std::string_view id) const { return ids_.contains(id); }

  /// Puts markings and the other tags (as labels) on an object. `outer` are the TLP tags of what it is part
  /// of.
  void tag(Value& object, const Value& tagged, const std::set<std::string>& left_out,
           const std::optional<std::string>& outer);
  /// The strictest TLP tag of a list, or nothing.
  static std::optional<std::string> strictest_tlp(const Value& tagged);
  void mark(Value& object, std::string_view tlp_tag);

  /// Adds the definitions of the markings that were used.
  void add_markings();

  const Value::Array& refs() const { return refs_; }
  Value::Array take() { return std::move(objects_); }

  /// STIX ids by UUID of attribute or object, for references and reports.
  std::map<std::string, std::vector<std::string>, std::less<>> by_uuid;
  /// The tag that each cluster's object carries, by its id.
  std::map<std::string, std::string, std::less<>> cluster_tags;

 private:
  std::string event_time_;
  Value::Array objects_;
  Value::Array refs_;
  std::set<std::string, std::less<>> ids_;
  std::map<std::string, Value> markings_;
};

/// Adds the clusters of an event's or attribute's galaxies and returns their ids; `tags` gets the names of
/// the tags that stand for them.
std::vector<std::string> add_galaxies(StixBuilder& bundle, const Value& tagged, const std::string& created,
                                      const std::optional<std::string>& tlp, std::set<std::string>& tags);

}  // namespace parley::misp
