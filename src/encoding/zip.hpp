#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace parley::encoding {

/// Bounds on an archive that is read. Members are stored, so an archive never grows when it is opened.
struct ZipLimits {
  std::size_t max_bytes = std::size_t{256} << 20U;
  std::size_t max_members = 10'000;
  std::size_t max_name_bytes = 200;
};

struct ZipMember {
  std::string name;
  Bytes content;
  bool operator==(const ZipMember&) const = default;
};

/// Whether a member may have this name: relative, '/' between parts, parts of [A-Za-z0-9._-] that do not
/// begin with a dot, no folder entries. Such names mean the same on every system and leave no folder.
bool is_zip_name(std::string_view name, const ZipLimits& limits = {});

/// A deterministic archive (PKWARE APPNOTE 6.3.10): stored members in the order given, time 1980-01-01
/// 00:00:00, no extra fields, comments, data descriptors or zip64. The same members give the same bytes
/// anywhere. `bad_input` for a name that may not stand there, a duplicate (also by case), or more than the
/// limits.
Result<Bytes> write_zip(std::span<const ZipMember> members, const ZipLimits& limits = {});

/// Reads an archive that `write_zip` wrote: whatever re-encodes to other bytes is refused, so that every byte
/// of an accepted archive has a meaning.
Result<std::vector<ZipMember>> read_zip(BytesView archive, const ZipLimits& limits = {});

}  // namespace parley::encoding
