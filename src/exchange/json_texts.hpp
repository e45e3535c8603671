#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "encoding/json.hpp"

namespace parley::exchange {

inline encoding::Json texts_json(const std::vector<std::string>& texts) {
  encoding::Json out = encoding::Json::array();
  for (const std::string& text : texts) out.push_back(text);
  return out;
}

/// An array of strings; none when the member is missing.
inline Result<std::vector<std::string>> texts_or_none(const encoding::Json& json, std::string_view key) {
  if (!json.contains(key)) return std::vector<std::string>{};
  return json.strings_member(key);
}

}  // namespace parley::exchange
