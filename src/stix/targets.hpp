#pragma once

#include <span>
#include <string_view>

#include "stix/model.hpp"

namespace parley::stix {

/// What a reference may point to.
struct TargetFacts {
  std::string_view words;  ///< "a file or a directory"
  std::span<const std::string_view> types;
  bool all_but = false;  ///< everything but `types`
};

const TargetFacts& target_facts(Targets targets);
bool is_target(Targets targets, std::string_view type);

}  // namespace parley::stix
