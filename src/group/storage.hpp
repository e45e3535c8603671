#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace parley::group {

/// Eight points in extended coordinates X, Y, Z, T (RFC 9496 section 3.2), the same for every implementation:
/// word w of coordinate c of point i is `words[c][w][i]`, little endian, the four words of a coordinate an
/// integer below 2^256 that stands for its residue modulo 2^255 - 19.
struct alignas(64) PointBlock {
  std::uint64_t words[4][4][8];
};
inline constexpr std::size_t block_points = 8;

namespace detail {
struct WipeBlocks {
  std::size_t count;
  explicit WipeBlocks(std::size_t blocks = 0) : count(blocks) {}
  void operator()(PointBlock* blocks) const;
};
}  // namespace detail

/// Blocks in aligned memory, all zero at first, wiped before it is freed. Moved, never copied.
class BlockVector {
 public:
  BlockVector() = default;
  explicit BlockVector(std::size_t count);
  PointBlock* data() { return blocks_.get(); }
  const PointBlock* data() const { return blocks_.get(); }
  std::size_t size() const { return blocks_ ? blocks_.get_deleter().count : 0; }

 private:
  std::unique_ptr<PointBlock[], detail::WipeBlocks> blocks_;
};

}  // namespace parley::group
