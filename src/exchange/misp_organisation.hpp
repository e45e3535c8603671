#pragma once

#include <string>
#include <string_view>

#include "exchange/node.hpp"

namespace parley::state {
class Reader;
}

namespace parley::exchange {

/// The UUID that a peer's organisation has in MISP, lower case, by which an export knows in which sharing
/// groups it is; empty while nobody has said it.
Result<std::string> misp_organisation(const state::Reader& reader, std::string_view origin);

/// Says it, durably; empty: nobody's any more. `bad_input` for what is no UUID.
Result<void> set_misp_organisation(Node& node, std::string_view origin, std::string_view uuid);

}  // namespace parley::exchange
