#include "match/sorted_list.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/assert.hpp"

namespace parley::match {
namespace {

using block::Block;

std::uint64_t highest(Block number, std::size_t unary) {
  return unary == 0 ? 0 : number.high >> (64 - 8 * unary);
}

Result<void> refused() {
  return fail(ErrorKind::bad_input, "a list of numbers that is not in order, or not written as it should be");
}

constexpr std::size_t whole = sizeof(Block);

/// A number's low bytes lie between those of its neighbours: whole blocks are moved as long as 16 bytes are
/// there, which costs less than a copy of a length that is not known.
class LowBytes {
 public:
  explicit LowBytes(const SortedListFormat& format)
      : bytes_(format.width - format.unary), shift_(static_cast<unsigned>(8 * (whole - format.width))) {}
  std::size_t bytes() const { return bytes_; }
  /// Reads from `at`, behind which `room` bytes may be read.
  Block read(const std::uint8_t* at, std::size_t room) const {
    Block raw;
    std::memcpy(&raw, at, room >= whole ? whole : bytes_);
    const auto keep = [](std::size_t bytes) {
      return bytes >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * bytes)) - 1;
    };
    return up({raw.low & keep(bytes_), raw.high & (bytes_ > 8 ? keep(bytes_ - 8) : 0)});
  }
  /// Writes at `at`, behind which `room` bytes may be overwritten.
  void write(Block number, std::uint8_t* at, std::size_t room) const {
    const Block raw = down(number);
    std::memcpy(at, &raw, room >= whole ? whole : bytes_);
  }

 private:
  // By the bytes that no number of this width has.
  Block up(Block b) const {
    if (shift_ == 0) return b;
    return shift_ >= 64 ? Block{0, b.low << (shift_ - 64)}
                        : Block{b.low << shift_, (b.high << shift_) | (b.low >> (64 - shift_))};
  }
  Block down(Block b) const {
    if (shift_ == 0) return b;
    return shift_ >= 64 ? Block{b.high >> (shift_ - 64), 0}
                        : Block{(b.low >> shift_) | (b.high << (64 - shift_)), b.high >> shift_};
  }
  std::size_t bytes_;
  unsigned shift_;
};

/// Reads ones and the zeros before them.
class UnaryReader {
 public:
  explicit UnaryReader(BytesView bytes) : bytes_(bytes) {}
  /// How many zeros stand before the next one; false behind the last byte.
  bool next(std::uint64_t& zeros) {
    zeros = 0;
    while (left_ == 0) {
      if (at_ == bytes_.size()) return false;
      zeros += bits_;
      load();
    }
    const auto skip = static_cast<unsigned>(std::countr_zero(left_));
    zeros += skip;
    left_ = skip == 63 ? 0 : left_ >> (skip + 1);
    bits_ -= skip + 1;
    return true;
  }
  /// Nothing but the zeros that fill the last byte is left.
  bool at_end() const { return left_ == 0 && at_ == bytes_.size() && bits_ < 8; }

 private:
  void load() {
    const std::size_t size = std::min<std::size_t>(8, bytes_.size() - at_);
    left_ = 0;
    for (std::size_t i = 0; i < size; ++i) left_ |= std::uint64_t{bytes_[at_ + i]} << (8 * i);
    at_ += size;
    bits_ = static_cast<unsigned>(8 * size);
  }
  BytesView bytes_;
  std::size_t at_ = 0;
  std::uint64_t left_ = 0;  // bits of the present word that were not read
  unsigned bits_ = 0;       // how many those are
};

}  // namespace

SortedListFormat sorted_list_format(std::uint32_t count, std::uint32_t chunk, std::size_t width) {
  SortedListFormat out{count, chunk, width, 0};
  const auto bytes = [&](std::uint64_t unary) {
    const std::uint64_t bits = unary == 0 ? 0 : count + (std::uint64_t{1} << (8 * unary));
    return count * (width - unary) + bits / 8;
  };
  for (const std::size_t unary : {1U, 2U, 3U})
    if (bytes(unary) < bytes(out.unary)) out.unary = unary;
  return out;
}

std::uint32_t SortedList::next_count() const {
  return std::min(format_.chunk, format_.count - position_);
}

Bytes SortedList::write(std::span<const Block> numbers) {
  PARLEY_ASSERT(!complete() && numbers.size() == next_count());
  const LowBytes low(format_);
  std::size_t bits = 0;
  if (format_.unary > 0)
    bits = numbers.size() + highest(numbers.back(), format_.unary) - highest(last_, format_.unary);
  const std::size_t lists = 4 + numbers.size() * low.bytes();
  Bytes body;
  body.reserve(lists + (bits + 7) / 8);
  append_u32(body, position_);
  body.resize(lists + (bits + 7) / 8);
  std::uint8_t* at = body.data() + 4;
  std::size_t room = lists - 4;  // what is written too much is overwritten by the next number
  std::uint8_t* unary = body.data() + lists;
  std::size_t bit = 0;
  std::uint64_t before = highest(last_, format_.unary);
  for (const Block number : numbers) {
    low.write(number, at, room);
    at += low.bytes();
    room -= low.bytes();
    if (format_.unary == 0) continue;
    const std::uint64_t top = highest(number, format_.unary);
    bit += top - before;
    before = top;
    unary[bit / 8] |= static_cast<std::uint8_t>(1U << (bit % 8));
    ++bit;
  }
  last_ = numbers.back();
  position_ += static_cast<std::uint32_t>(numbers.size());
  return body;
}

Result<void> SortedList::read(BytesView body, std::span<Block> out) {
  if (complete()) return fail(ErrorKind::bad_input, "a message behind the end of its list");
  const std::uint32_t count = next_count();
  PARLEY_ASSERT(out.size() >= count);
  const LowBytes low(format_);
  ByteReader reader(body);
  PARLEY_TRY(const std::uint32_t first, reader.u32());
  if (first != position_) return refused();
  PARLEY_TRY(const BytesView lows, reader.take(count * low.bytes()));
  PARLEY_TRY(const BytesView bits, reader.take(reader.remaining()));
  if (format_.unary == 0 && !bits.empty()) return refused();
  UnaryReader unary(bits);
  Block last = last_;
  std::uint64_t top = highest(last, format_.unary);
  const std::uint64_t limit = std::uint64_t{1} << (8 * format_.unary);
  bool ordered = true;
  for (std::uint32_t i = 0; i < count; ++i) {
    Block number = low.read(lows.data() + i * low.bytes(), lows.size() - i * low.bytes());
    if (format_.unary > 0) {
      std::uint64_t zeros = 0;
      if (!unary.next(zeros)) return refused();
      top += zeros;
      if (top >= limit) return refused();
      number.high |= top << (64 - 8 * format_.unary);
    }
    // The first number of a list may be zero.
    ordered = static_cast<unsigned>(ordered) &
              (static_cast<unsigned>(position_ + i == 0) | static_cast<unsigned>(less(last, number)));
    out[i] = last = number;
  }
  if (!ordered || !unary.at_end()) return refused();
  last_ = last;
  position_ += count;
  return {};
}

}  // namespace parley::match
