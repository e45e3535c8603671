#pragma once

#include <string>
#include <string_view>

#include "exchange/node.hpp"

namespace parley::exchange {

/// The place where a page of a list ended: opaque to whoever holds it, bound to the list's filter and to this
/// node by an HMAC, so that it cannot be forged or used for another list.
std::string make_cursor(Node& node, std::string_view last_key, std::string_view filter);

/// The last key again; empty for an empty cursor. `usage` for a cursor that is not ours, or of another list.
Result<std::string> read_cursor(Node& node, std::string_view cursor, std::string_view filter);

}  // namespace parley::exchange
