#pragma once

#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "crypto/secret.hpp"

namespace parley::lookup {

/// Overwrites what a vector holds: places, fingerprints and plans tell whoever reads freed memory which slots
/// of a set an item has.
template <class T>
void wipe_elements(std::vector<T>& elements) {
  static_assert(std::is_trivially_copyable_v<T>);
  crypto::wipe(std::span(reinterpret_cast<std::uint8_t*>(elements.data()), elements.size() * sizeof(T)));
}

}  // namespace parley::lookup
