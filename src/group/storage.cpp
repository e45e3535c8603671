#include "group/storage.hpp"

#include <span>

#include "crypto/secret.hpp"

namespace parley::group {

void detail::WipeBlocks::operator()(PointBlock* blocks) const {
  crypto::wipe({reinterpret_cast<std::uint8_t*>(blocks), count * sizeof(PointBlock)});
  delete[] blocks;
}

BlockVector::BlockVector(std::size_t count) : blocks_(new PointBlock[count](), detail::WipeBlocks(count)) {}

}  // namespace parley::group
