#pragma once

#include "encoding/json.hpp"
#include "exchange/release_book.hpp"

namespace parley::exchange {

/// A release as the store keeps it; the package is a document of its own.
encoding::Json release_to_json(const Release& release);
Result<Release> release_from_json(const encoding::Json& json);

}  // namespace parley::exchange
