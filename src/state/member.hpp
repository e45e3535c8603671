#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "state/object.hpp"

namespace parley::state {

/// A stored content of one version of an object; 0 is none. Only means something in the store it came from.
using ContentKey = Strong<struct ContentKeyTag, std::int64_t>;

/// A content with its key.
struct StoredContent {
  ContentKey content;
  StoredObject object;
};

/// The versions of STIX that members have.
enum class SpecVersion : std::uint8_t { v20, v21 };

/// A version of an object that is to stand in a collection. It must be stored.
struct NewMember {
  std::string id;
  std::string version;  ///< as of `NewObject`: empty where the type has no versions
  SpecVersion spec = SpecVersion::v21;
  /// What stands as version where the type has none: `created`, when the object has it. Otherwise the date
  /// added does.
  std::optional<Timestamp> created;
};

/// A version of an object in a collection.
struct Member {
  ContentKey content;
  std::string id;
  Timestamp version;  ///< as clients see it; see `NewMember::created`
  Timestamp added;    ///< unique in the collection, rising with every member
  SpecVersion spec = SpecVersion::v21;
};

/// Which members. Fields hold together, the values of one are alternatives.
struct MemberFilter {
  std::vector<std::string> ids;    ///< empty: all
  std::vector<std::string> types;  ///< empty: all
  /// Empty: of each object only those of its newest spec version.
  std::vector<SpecVersion> specs;
  bool nothing = false;  ///< a value was asked that no member can have
  bool first = false;    ///< the oldest version of each object, in the spec versions that are asked for
  bool last = true;      ///< the newest
  bool all = false;
  std::vector<Timestamp> versions;  ///< these exactly
};

struct MemberPage {
  std::vector<Member> members;  ///< by rising `added`
  bool more = false;            ///< there may be members behind the last that was looked at
  Timestamp looked_at;          ///< where to go on: of the last that was looked at
};

struct MemberCounts {
  std::uint64_t added = 0;      ///< new in the collection
  std::uint64_t unchanged = 0;  ///< there already
  std::uint64_t missing = 0;    ///< not stored
};

}  // namespace parley::state
