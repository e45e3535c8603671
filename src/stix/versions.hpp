#pragma once

#include <string_view>

#include "base/result.hpp"

namespace parley::stix {

/// One version of a STIX object, as far as versioning goes (STIX 2.1 section 3.6). Times as written.
struct ObjectVersion {
  std::string_view id;
  std::string_view created;
  std::string_view modified;
  std::string_view created_by;  ///< empty: nobody said who
  bool revoked = false;
  std::string_view content;  ///< the bytes, to see whether two of the same time differ
};

enum class VersionOrder {
  same,      ///< the same version with the same content
  older,     ///< the first is older than the second
  newer,     ///< the first is newer
  conflict,  ///< the same id and modified with other content: STIX does not say what that means
  other,     ///< not versions of one object
};

/// Times compare as times: "…:00Z" and "…:00.000Z" are the same.
VersionOrder compare_versions(const ObjectVersion& a, const ObjectVersion& b);

/// Whether `next` may follow `current`: bad input with the reason otherwise. Only the creator makes versions
/// (also revoking ones); `created` and `created_by_ref` stay; `modified` is later; what is revoked has no
/// later version.
Result<void> check_next_version(const ObjectVersion& current, const ObjectVersion& next);

}  // namespace parley::stix
