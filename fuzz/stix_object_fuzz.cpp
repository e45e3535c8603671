// Property: an object that is read keeps its bytes, and reading them again gives the same; what it names (id,
// selectors, references) has the form that the rest of the node relies on; a marking is unknown whenever a
// reference is not resolved; what indexes take from it follows from its bytes, whatever object they are taken
// for, and has one spelling; and our own JSON reader takes what is taken here, so that the two never disagree
// about what is JSON.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "encoding/json.hpp"
#include "intel/index_terms.hpp"
#include "intel/stix.hpp"

namespace {
void require(bool holds) {
  if (!holds) std::abort();
}

void check_terms(std::string_view raw) {
  using namespace parley::intel;
  static TermReader terms;
  for (const char* type : {"x-misp-attribute", "file", "indicator"}) {
    const IndexTerms first = terms.read(type, raw);
    const IndexTerms again = terms.read(type, raw);
    require(first.names == again.names && first.body == again.body && first.values == again.values &&
            first.selectors == again.selectors && first.valid_until == again.valid_until);
    require(first.names.size() <= max_index_text_bytes + 1 && first.body.size() <= max_index_text_bytes + 1);
    require(std::ranges::is_sorted(first.values));
    for (const std::string& value : first.values) require(correlating_value(value) == value);
    require(!first.revoked || (first.values.empty() && first.selectors.empty()));
  }
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley;
  using namespace parley::intel;
  static StixReader reader;
  const std::string_view raw(reinterpret_cast<const char*>(data), size);
  check_terms(raw);
  const Result<StixObject> object = reader.read(raw);
  if (!object) {
    require(object.error().kind == ErrorKind::bad_input && !object.error().message.empty());
    return 0;
  }
  require(object->raw == raw);
  require(is_stix_id(object->id) && object->id.starts_with(object->type + "--"));
  for (const StixReference& reference : object->refs) require(is_stix_id(reference.id));
  for (const Selector& selector : object->selectors) {
    const Result<Selector> again = canonical_selector(selector.type, selector.value);
    require(again.has_value() && *again == selector);
  }
  if (!object->unresolved_markings.empty()) require(object->marking.unknown);
  require(!object->marking.is_absent() || object->own_marking.is_absent());
  const Result<StixObject> same = reader.read(object->raw);
  require(same.has_value() && same->id == object->id && same->refs == object->refs &&
          same->selectors == object->selectors && same->marking == object->marking &&
          same->version == object->version && same->warnings == object->warnings);
  const Result<encoding::Json> json = encoding::parse_json(raw, encoding::JsonLimits{.max_depth = 64});
  require(json.has_value() && json->is_object());
  return 0;
}
