#include "lookup/set_file.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace parley::lookup {
namespace {

constexpr std::string_view magic = "PARLEYL1";

std::size_t row_bytes(const SetHeader& header) {
  return fingerprint_bytes + (header.has_labels ? label_bytes : 0);
}

template <std::size_t N>
ByteArray<N> xor_rows(BytesView table, const FuseLayout::Positions& positions) {
  ByteArray<N> out{};
  for (const std::uint32_t at : positions) {
    const BytesView row = table.subspan(at * N, N);
    for (std::size_t k = 0; k < N; ++k) out[k] ^= row[k];
  }
  return out;
}

}  // namespace

std::size_t SetHeader::file_bytes() const {
  return set_header_bytes + layout.slots() * row_bytes(*this);
}

std::size_t max_set_file_bytes() {
  SetHeader plain;
  plain.layout = FuseLayout::for_keys(max_items);
  SetHeader labelled;
  labelled.has_labels = true;
  labelled.layout = FuseLayout::for_keys(max_labelled_items);
  return std::max(plain.file_bytes(), labelled.file_bytes());
}

Bytes encode_set_header(const SetHeader& header) {
  Bytes out;
  out.reserve(set_header_bytes);
  append(out, magic);
  append(out, header.id.value());
  append_u32(out, header.items);
  append_u16(out, header.has_labels ? label_bytes : 0);
  out.push_back(fingerprint_bytes);
  out.push_back(header.layout.segment_log2);
  append_u32(out, header.layout.segment_count);
  append_u64(out, header.seed);
  append_u32(out, 0);
  return out;
}

Result<SetHeader> parse_set_header(BytesView bytes) {
  const auto refused = [](const char* why) { return fail(ErrorKind::bad_input, why, "look-up set"); };
  ByteReader reader(bytes);
  SetHeader out;
  PARLEY_TRY(const BytesView begin, reader.take(magic.size()));
  if (as_text(begin) != magic) return refused("not a look-up set of version 1");
  PARLEY_TRY(const auto id, reader.array<32>());
  out.id = SetId(id);
  PARLEY_TRY(out.items, reader.u32());
  if (!is_padded_items(out.items)) return refused("a number of items that is no public size");
  PARLEY_TRY(const std::uint16_t label, reader.u16());
  if (label != 0 && label != label_bytes) return refused("labels of another length than 64 bytes");
  out.has_labels = label != 0;
  if (out.has_labels && out.items > max_labelled_items) return refused("too many labels");
  PARLEY_TRY(const std::uint8_t fingerprint, reader.u8());
  if (fingerprint != fingerprint_bytes) return refused("fingerprints of another length than 5 bytes");
  PARLEY_TRY(const std::uint8_t segment_log2, reader.u8());
  PARLEY_TRY(const std::uint32_t segment_count, reader.u32());
  PARLEY_TRY(out.layout, FuseLayout::checked(segment_log2, segment_count));
  // The shape follows from the number of items; anything else would only let the file grow.
  if (out.layout != FuseLayout::for_keys(out.items))
    return refused("a filter of another shape than its size");
  PARLEY_TRY(out.seed, reader.u64());
  PARLEY_TRY(const std::uint32_t zero, reader.u32());
  if (zero != 0) return refused("the header's last bytes are not zero");
  return out;
}

Result<SetFile> SetFile::open(std::shared_ptr<const Bytes> bytes) {
  PARLEY_TRY(const SetHeader header, parse_set_header(*bytes));
  if (bytes->size() != header.file_bytes())
    return fail(ErrorKind::bad_input,
                "the set has " + std::to_string(bytes->size()) + " bytes, its header announces " +
                    std::to_string(header.file_bytes()),
                "look-up set");
  return SetFile(std::move(bytes), header);
}

std::vector<Entry> SetFile::find(std::span<const ItemKey> items) const {
  struct Place {
    std::uint64_t hash = 0;
    std::uint32_t index = 0;
  };
  std::vector<Place> order(items.size());
  for (std::uint32_t i = 0; i < items.size(); ++i)
    order[i] = {FuseLayout::mix(items[i].place, header_.seed), i};
  std::ranges::sort(order, {}, &Place::hash);
  const std::size_t slots = header_.layout.slots();
  const BytesView table = BytesView(*bytes_).subspan(set_header_bytes, slots * fingerprint_bytes);
  const BytesView labels = BytesView(*bytes_).subspan(set_header_bytes + table.size());
  std::vector<Entry> out(items.size());
  for (const Place& place : order) {
    const FuseLayout::Positions positions = header_.layout.positions(place.hash);
    Entry& entry = out[place.index];
    entry.listed = xor_rows<fingerprint_bytes>(table, positions) == items[place.index].fingerprint;
    if (header_.has_labels) entry.label = xor_rows<label_bytes>(labels, positions);
  }
  return out;
}

}  // namespace parley::lookup
