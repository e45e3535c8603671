#pragma once

#include <cstdint>
#include <string_view>

namespace parley::stix {

enum class Suggestion : std::uint8_t { yes, no_source, no_type, no_target };

/// Whether STIX 2.1 (the tables "Relationships" of each type, appendix B) names this relationship between two
/// types. Others are allowed.
Suggestion suggested(std::string_view source, std::string_view type, std::string_view target);

}  // namespace parley::stix
