#pragma once

#include <optional>
#include <string>
#include <string_view>

// Values of MISP, which are all texts, as STIX has them; for the sources of the conversion alone.

namespace parley::misp {

/// Written as STIX writes integers, within 53 bits.
bool is_integer(std::string_view text);
bool is_decimal(std::string_view text);
/// 1, 0, true, false.
std::optional<bool> as_boolean(std::string_view text);
/// MISP leaves the zone out, and sometimes the T.
std::optional<std::string> as_time(std::string_view text);

}  // namespace parley::misp
