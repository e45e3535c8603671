#include "block/block_vector.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <new>

#include "base/assert.hpp"
#include "crypto/secret.hpp"

namespace parley::block {

namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20;
constexpr std::size_t mapped_from = (std::size_t{1} << 20) / sizeof(Block);  // blocks

// Mapped memory is exactly the pages of the blocks, on a huge page's boundary: what lies before and behind in
// the larger mapping is given back at once.
std::size_t mapped_bytes(std::size_t blocks) {
  constexpr std::size_t page = 4096;
  return (blocks * sizeof(Block) + page - 1) / page * page;
}

void* map(std::size_t bytes) {
  const std::size_t whole = bytes + huge_page;
  void* at = mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) throw std::bad_alloc();
  auto* begin = static_cast<char*>(at);
  const std::size_t skip = (huge_page - reinterpret_cast<std::uintptr_t>(begin) % huge_page) % huge_page;
  if (skip > 0) munmap(begin, skip);
  if (whole > skip + bytes) munmap(begin + skip + bytes, whole - skip - bytes);
  madvise(begin + skip, bytes, MADV_HUGEPAGE);  // advice: refusing it costs speed only
  return begin + skip;
}

}  // namespace

BlockVector::BlockVector(std::size_t size, Fill fill, Wipe wipe) : size_(size), capacity_(size), wipe_(wipe) {
  if (size == 0) return;
  if (size >= mapped_from) {
    data_ = static_cast<Block*>(map(mapped_bytes(size)));  // fresh mappings are zero
    return;
  }
  data_ = static_cast<Block*>(::operator new(size * sizeof(Block), std::align_val_t{64}));
  if (fill == Fill::zero) std::memset(static_cast<void*>(data_), 0, size * sizeof(Block));
}

BlockVector::~BlockVector() {
  clear();
}

void BlockVector::clear() {
  if (data_ == nullptr) return;
  if (wipe_ == Wipe::yes) crypto::wipe(mutable_bytes_of({data_, capacity_}));
  give_back();
}

void BlockVector::clear(Parallel& parallel) {
  if (data_ == nullptr) return;
  if (wipe_ == Wipe::yes) {
    constexpr std::size_t piece = std::size_t{1} << 16;
    parallel.run((capacity_ + piece - 1) / piece, [&](std::size_t i) {
      crypto::wipe(mutable_bytes_of({data_ + i * piece, std::min(piece, capacity_ - i * piece)}));
    });
  }
  give_back();
}

void BlockVector::give_back() {
  if (capacity_ >= mapped_from) {
    munmap(data_, mapped_bytes(capacity_));
  } else {
    ::operator delete(data_, std::align_val_t{64});
  }
  data_ = nullptr;
  size_ = capacity_ = 0;
}

void BlockVector::truncate(std::size_t size) {
  PARLEY_ASSERT(size <= size_);
  size_ = size;
}

}  // namespace parley::block
