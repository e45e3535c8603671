// Property: an accepted archive is written back byte for byte, no member has a name that leads elsewhere, and
// members together are smaller than the archive (no bomb).
#include <algorithm>

#include "base/assert.hpp"
#include "encoding/zip.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley;
  using namespace parley::encoding;
  const BytesView bytes(data, size);
  if (const auto members = read_zip(bytes)) {
    std::size_t total = 0;
    for (const ZipMember& member : *members) {
      PARLEY_ASSERT(is_zip_name(member.name) && member.name.find("..") != 0 && member.name[0] != '/');
      total += member.content.size();
    }
    PARLEY_ASSERT(total < size);
    const auto again = write_zip(*members);
    PARLEY_ASSERT(again && std::equal(again->begin(), again->end(), bytes.begin(), bytes.end()));
  }
  // Any bytes at all are carried through as content.
  const std::vector<ZipMember> wrapped = {{"content", to_bytes(bytes)}};
  const auto archive = write_zip(wrapped);
  PARLEY_ASSERT(archive && *read_zip(*archive) == wrapped);
  return 0;
}
