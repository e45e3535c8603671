#include "match/prefix_table.hpp"

#include <algorithm>

namespace parley::match {

PrefixTable::Key PrefixTable::key(BytesView bytes) {
  ByteArray<16> padded{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), padded.size()), padded.begin());
  Key out;
  for (std::size_t i = 0; i < 8; ++i) {
    out.high = out.high << 8U | padded[i];
    out.low = out.low << 8U | padded[i + 8];
  }
  return out;
}

void PrefixTable::seal() {
  std::ranges::sort(keys_);
}

bool PrefixTable::contains(BytesView bytes) const {
  return std::ranges::binary_search(keys_, key(bytes));
}

bool PrefixTable::has_duplicates() const {
  return std::ranges::adjacent_find(keys_) != keys_.end();
}

}  // namespace parley::match
