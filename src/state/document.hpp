#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/strong.hpp"

namespace parley::state {

/// Counts the writes of a document from 1; 0 stands for "does not exist".
using DocumentVersion = Strong<struct DocumentVersionTag, std::uint64_t>;

/// Names a document: peers, officers, agreements, runs, releases, approvals, statements, … are collections.
struct DocumentKey {
  std::string_view collection;
  std::string_view id;
};

struct Document {
  std::string id;
  DocumentVersion version;
  Bytes body;
};

}  // namespace parley::state
