#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/strong.hpp"
#include "state/marking_code.hpp"
#include "state/source.hpp"

namespace parley::state {

/// A small set of labels that the store keeps once; 0 is the empty set.
using LabelSetId = Strong<struct LabelSetIdTag, std::int64_t>;
/// An object of the store whatever its version; 0 is none. Only means something in the store it came from.
using ObjectKey = Strong<struct ObjectKeyTag, std::int64_t>;

/// A reference from a version of an object to another object, which need not be stored.
struct Reference {
  std::string property;  ///< "source_ref", "object_refs", …; may be empty when it is not known
  std::string target;    ///< a STIX id
  auto operator<=>(const Reference&) const = default;
};

/// An object to store: one version of it, with the bytes exactly as they were read.
struct NewObject {
  std::string id;  ///< "indicator--<uuid>"; must begin with the type and "--"
  std::string type;
  std::string version;     ///< `modified`, RFC 3339, or empty where the type has no versions
  std::string created_by;  ///< or empty
  MarkingCode marking = MarkingCode::none;
  LabelSetId labels;
  SourceId source;
  bool received = false;  ///< a peer gave it: it never takes the place of what is our own
  std::string raw;
  std::vector<Reference> references;
};

/// A stored version of an object.
struct StoredObject {
  ObjectKey key;
  std::string id;
  std::string type;
  std::string version;
  std::string created_by;
  MarkingCode marking = MarkingCode::none;
  std::vector<std::string> labels;
  SourceId source;
  bool received = false;
  std::string raw;
};

/// A reference found from either end.
struct StoredReference {
  std::string from;
  std::string from_version;
  std::string property;
  std::string target;
  auto operator<=>(const StoredReference&) const = default;
};

}  // namespace parley::state
