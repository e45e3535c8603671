// parse_json and canonical_json. Properties: what is accepted is what the plain scanner accepts too; written
// and read again it is equal; its canonical form reads back equal and is its own canonical form.
#include <algorithm>
#include <string>

#include "base/assert.hpp"
#include "encoding/canonical.hpp"
#include "encoding/json.hpp"
#include "encoding/json_text.hpp"

namespace {

using namespace parley;
using encoding::Json;

// The canonical form orders members, and equality looks at the order.
Json sorted(const Json& json) {
  if (const auto* array = json.if_array()) {
    Json::Array out;
    for (const Json& element : *array) out.push_back(sorted(element));
    return Json(std::move(out));
  }
  if (const auto* object = json.if_object()) {
    Json::Object out;
    for (const auto& [key, value] : *object) out.emplace_back(key, sorted(value));
    std::ranges::sort(out, {}, &Json::Member::first);
    return Json(std::move(out));
  }
  return json;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  const encoding::JsonLimits limits{.max_bytes = 1U << 20, .max_depth = 32, .max_values = 10'000};
  const auto json = encoding::parse_json(text, limits);
  const auto fault = encoding::find_json_fault(text, limits.max_depth);
  if (!json) {
    PARLEY_ASSERT(json.error().kind == ErrorKind::bad_input && !json.error().message.empty());
    return 0;
  }
  PARLEY_ASSERT(!fault);
  const auto again = encoding::parse_json(encoding::write_json(*json), limits);
  PARLEY_ASSERT(again && *again == *json);
  const auto canonical = encoding::canonical_json(*json);
  if (!canonical) return 0;
  const auto back = encoding::parse_json(*canonical, limits);
  PARLEY_ASSERT(back && sorted(*back) == sorted(*json));
  const auto twice = encoding::canonical_json(*back);
  PARLEY_ASSERT(twice && *twice == *canonical);
  return 0;
}
