#pragma once

#include <cstdint>
#include <string>

#include "base/strong.hpp"
#include "base/time.hpp"

namespace parley::state {

/// A source in the store; 0 is none.
using SourceId = Strong<struct SourceIdTag, std::int64_t>;

/// Where holdings come from, and one reading of it. (kind, name) tells sources apart: the same file read
/// again tomorrow is the same source with a second import.
struct Source {
  std::string name;    ///< a file name, a feed, a peer
  std::string kind;    ///< "file", "misp", "peer", …
  std::string path;    ///< where it was read from, for people
  std::string sha256;  ///< of the bytes read, lower-case hex, or empty
  Timestamp imported_at;
};

/// A source as it is listed: the latest import, and how many there were.
struct StoredSource {
  SourceId id;
  Source latest;
  Timestamp first_imported_at;
  std::uint64_t imports = 0;
};

}  // namespace parley::state
