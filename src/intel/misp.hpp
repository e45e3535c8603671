#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "intel/marking.hpp"
#include "intel/stix.hpp"

namespace parley::intel {

/// What an event says that holds for all its attributes.
struct MispEvent {
  std::string uuid;
  std::string info;
  std::string creator;            ///< `Orgc.uuid`, as `identity--UUID`
  std::string timestamp;          ///< RFC 3339, from `timestamp`
  std::vector<std::string> tags;  ///< names
  Marking marking;                ///< from `tlp:*` and `PAP:*` tags
  /// It has a member `published` that does not say true. Without the member nobody has said so: feeds and
  /// exports of published events often leave it out.
  bool unpublished = false;
};

/// Reads the parts of MISP JSON: attributes and the members of an event. One parser used again.
///
/// MISP core format (draft-dulaunoy-misp-core-format); numbers and booleans are taken as numbers or as text,
/// since real exports mix them. Errors as for `StixReader`.
class MispReader {
 public:
  explicit MispReader(const StixLimits& limits = {});
  ~MispReader();
  MispReader(MispReader&&) noexcept;
  MispReader& operator=(MispReader&&) noexcept;

  /// One attribute as an object record: id `x-misp-attribute--UUID`, type `x-misp-attribute`, version from
  /// its `timestamp`, labels from its tags, selectors from type and value, `refs` with its event once
  /// `join_event` ran. Its marking is its own alone. A deleted attribute is an object that is `revoked` and
  /// has no selectors. Without a UUID of its own it is refused.
  Result<StixObject> read_attribute(std::string_view raw);

  /// The members of an event (without Attribute and Object), each a `"name": value` of a JSON object, joined
  /// by the reader.
  Result<MispEvent> read_event(std::string_view raw_object);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Puts the event's tags, marking and reference on one of its attributes: the strictest of both markings, and
/// unpublished with its event.
void join_event(StixObject& attribute, const MispEvent& event);

/// The selectors of a MISP attribute of this type: composite types ("domain|ip", "filename|sha1") give those
/// of each part that has a type. Empty for types that give none. Values that are refused are told in
/// `warnings`.
std::vector<Selector> misp_selectors(std::string_view type, std::string_view value,
                                     std::vector<std::string>& warnings);

}  // namespace parley::intel
