#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include "base/parallel.hpp"
#include "block/block.hpp"

namespace parley::block {

/// Whether the memory is overwritten before it is given back.
enum class Wipe : bool { no, yes };
/// What fresh memory holds. `unset` is for buffers that are written in full before they are read.
enum class Fill : bool { unset, zero };

/// A fixed number of blocks on a 64-byte boundary. From 1 MiB up the memory is mapped on its own, on a 2 MiB
/// boundary, and huge pages are asked for: random access to many megabytes misses the TLB less often, and
/// fresh pages come 512 at a time. Owned by one; moving leaves the source empty.
class BlockVector {
 public:
  BlockVector() = default;
  explicit BlockVector(std::size_t size, Fill fill = Fill::zero, Wipe wipe = Wipe::no);
  BlockVector(const BlockVector&) = delete;
  BlockVector& operator=(const BlockVector&) = delete;
  BlockVector(BlockVector&& other) noexcept { swap(other); }
  BlockVector& operator=(BlockVector&& other) noexcept {
    BlockVector moved(std::move(other));
    swap(moved);
    return *this;
  }
  ~BlockVector();

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  Wipe wipe() const { return wipe_; }
  Block* data() { return data_; }
  const Block* data() const { return data_; }
  Block* begin() { return data_; }
  Block* end() { return data_ + size_; }
  const Block* begin() const { return data_; }
  const Block* end() const { return data_ + size_; }
  Block& operator[](std::size_t i) { return data_[i]; }
  const Block& operator[](std::size_t i) const { return data_[i]; }
  std::span<Block> span() { return {data_, size_}; }
  std::span<const Block> span() const { return {data_, size_}; }

  /// Forgets the blocks behind `size`, which is at most the present size. The memory stays.
  void truncate(std::size_t size);
  /// Gives the memory back now (wiped if so made; on all cores when they are given).
  void clear();
  void clear(Parallel& parallel);

 private:
  void give_back();
  void swap(BlockVector& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    std::swap(wipe_, other.wipe_);
  }
  Block* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;  // in blocks, as allocated
  Wipe wipe_ = Wipe::no;
};

}  // namespace parley::block
