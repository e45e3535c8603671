#pragma once

#include "intel/selector.hpp"
#include "lookup/label.hpp"
#include "state/store.hpp"

namespace parley::exchange {

/// Where to ask further about a selector: an object of our own that carries it. None for what stands in a
/// plain list, or only in what others gave us.
Result<lookup::EncodedLabel> label_of(const state::Reader& reader, const intel::Selector& selector);

}  // namespace parley::exchange
