// Property: whatever the bytes are, the validator ends, and says the same in one piece and in chunks; an
// object that our JSON reader takes and writes again gives the same findings; every finding has a pointer
// that leads into the object or names what is missing, and a sentence. STIX 2.0 converts to objects that keep
// their id, and what is converted once is not changed by converting it again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "encoding/json.hpp"
#include "stix/convert_20.hpp"
#include "stix/document.hpp"

namespace {

using namespace parley;
using namespace parley::stix;

void require(bool holds) {
  if (!holds) std::abort();
}

/// Findings without an order: members may stand in another one.
class Gathered final : public FindingSink {
 public:
  bool take(const Finding& finding) override {
    require(!finding.name().empty() && !finding.message().empty());
    require(finding.pointer().empty() || finding.pointer().front() == '/');
    all.insert(std::string(finding.name()) + " " + finding.pointer());
    return true;
  }
  std::multiset<std::string> all;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Validator validator;
  const std::string_view raw(reinterpret_cast<const char*>(data), size);
  Gathered first;
  const ObjectVerdict& verdict = validator.validate(raw, {}, first);
  const std::size_t errors = verdict.errors;
  require(first.all.size() == verdict.errors + verdict.warnings);

  Gathered streamed;
  DocumentValidator document({}, streamed);
  for (std::size_t at = 0; at < size; at += 7) document.feed(as_bytes(raw.substr(at, 7)));
  document.finish();

  const Result<encoding::Json> json = encoding::parse_json(raw);
  if (!json || !json->is_object()) return 0;
  const std::string written = encoding::write_json(*json);
  Gathered again;
  const std::size_t errors_again = validator.validate(written, {}, again).errors;
  require(errors == errors_again);
  require(first.all == again.all);

  const Result<Converted> converted = convert_20(written);
  if (!converted) return 0;
  require(!converted->objects.empty());
  const encoding::Json* id = json->find("id");
  for (const std::string& object : converted->objects) {
    const Result<encoding::Json> read = encoding::parse_json(object);
    require(read.has_value() && read->is_object());
    const Result<Converted> twice = convert_20(object);
    require(twice.has_value() && twice->objects.size() == 1 && twice->objects.front() == object);
  }
  const Result<encoding::Json> last = encoding::parse_json(converted->objects.back());
  require(id == nullptr || *last->find("id") == *id);
  return 0;
}
