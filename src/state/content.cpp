#include "state/content.hpp"

#include "encoding/canonical.hpp"
#include "encoding/json.hpp"
#include "state/limits.hpp"

namespace parley::state {

bool same_content(std::string_view a, std::string_view b) {
  if (a == b) return true;
  const encoding::JsonLimits limits{.max_bytes = max_object_bytes};
  const auto left = encoding::parse_json(a, limits);
  const auto right = encoding::parse_json(b, limits);
  if (!left || !right) return false;
  const auto left_text = encoding::canonical_json(*left);
  const auto right_text = encoding::canonical_json(*right);
  return left_text && right_text && *left_text == *right_text;
}

}  // namespace parley::state
