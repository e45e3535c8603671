#include "intel/range_table.hpp"

#include <algorithm>
#include <optional>

#include "base/assert.hpp"

namespace parley::intel {
namespace {

std::uint64_t number(const AddressBytes& bytes, std::size_t from) {
  std::uint64_t out = 0;
  for (std::size_t i = from; i < from + 8; ++i) out = out << 8 | bytes[i];
  return out;
}

/// Ones behind the first `kept` of 64 bits.
std::uint64_t rest_mask(unsigned kept) {
  return kept >= 64 ? 0 : ~std::uint64_t{0} >> kept;
}

}  // namespace

RangeTable::Place RangeTable::place_of(const AddressBytes& address) {
  return {number(address, 0), number(address, 8)};
}

RangeTable::Span RangeTable::span_of(const Range& range) {
  PARLEY_ASSERT(range.length <= 128);
  const Place mask{rest_mask(range.length),
                   range.length <= 64 ? ~std::uint64_t{0} : rest_mask(range.length - 64U)};
  const Place at = place_of(range.prefix);
  return {{at.high & ~mask.high, at.low & ~mask.low},
          {at.high | mask.high, at.low | mask.low},
          {range.for_addresses ? range.list : Lists::none, range.for_urls ? range.list : Lists::none}};
}

void RangeTable::begin_stretch(Place at, Lists lists) {
  if (!starts_.empty() && starts_.back() == at) {
    lists_.back() = lists;
    return;
  }
  if (!lists_.empty() && lists_.back() == lists) return;
  starts_.push_back(at);
  lists_.push_back(lists);
}

void RangeTable::build() {
  std::vector<Span> spans;
  spans.reserve(ranges_.size());
  for (const Range& range : ranges_) spans.push_back(span_of(range));
  // The wider range before those inside it.
  std::ranges::sort(spans, [](const Span& a, const Span& b) {
    return a.first != b.first ? a.first < b.first : a.last > b.last;
  });
  starts_.clear();
  lists_.clear();
  std::vector<Span> around;  // the ranges that are open, each with what holds in it and around it
  const auto close = [&](std::optional<Place> before) {
    while (!around.empty() && (!before || around.back().last < *before)) {
      Place end = around.back().last;
      around.pop_back();
      if (++end.low == 0 && ++end.high == 0) continue;  // nothing comes behind the last address
      begin_stretch(end, around.empty() ? Lists{} : around.back().lists);
    }
  };
  for (Span& span : spans) {
    close(span.first);
    if (!around.empty()) {
      span.lists.for_addresses = std::min(span.lists.for_addresses, around.back().lists.for_addresses);
      span.lists.for_urls = std::min(span.lists.for_urls, around.back().lists.for_urls);
    }
    around.push_back(span);
    begin_stretch(span.first, span.lists);
  }
  close(std::nullopt);
}

RangeTable::Lists RangeTable::find(const AddressBytes& address) const {
  const auto behind = std::ranges::upper_bound(starts_, place_of(address));
  if (behind == starts_.begin()) return {};
  return lists_[static_cast<std::size_t>(behind - starts_.begin()) - 1];
}

}  // namespace parley::intel
