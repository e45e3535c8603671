// The file of a look-up set as a peer sends it, and the look-ups in it. The first 21 bytes are what one item
// is (place and fingerprint); the rest is the file. Properties: an accepted header is the one that writing it
// gives, the length is exactly its shape's, every slot that is read lies inside, looking up twice finds the
// same, and a label that opens is the one that writing it gives.
#include <algorithm>
#include <memory>

#include "base/assert.hpp"
#include "lookup/label.hpp"
#include "lookup/set_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley;
  BytesView input(data, size);
  constexpr std::size_t item_bytes = 16 + lookup::fingerprint_bytes;
  if (input.size() < item_bytes) return 0;
  ByteReader reader(input.first(item_bytes));
  lookup::ItemKey item;
  item.place = {*reader.u64(), *reader.u64()};
  item.fingerprint = *reader.array<lookup::fingerprint_bytes>();
  const BytesView bytes = input.subspan(item_bytes);
  if (const auto header = lookup::parse_set_header(bytes))
    PARLEY_ASSERT(std::ranges::equal(lookup::encode_set_header(*header),
                                     bytes.first(std::min(bytes.size(), lookup::set_header_bytes))));
  const auto set = lookup::SetFile::open(std::make_shared<const Bytes>(to_bytes(bytes)));
  if (!set) return 0;
  PARLEY_ASSERT(set->header().file_bytes() == bytes.size());
  const lookup::ItemKey items[] = {item, {{item.place.high, item.place.low}, item.fingerprint}, item};
  const auto found = set->find(items);
  PARLEY_ASSERT(found.size() == 3 && found[0].listed == found[2].listed && found[0].label == found[2].label);
  if (const auto label = lookup::decode_label(found[0].label)) {
    const auto again = lookup::encode_label(*label);
    PARLEY_ASSERT(again && *again == found[0].label);
  }
  return 0;
}
