// Property: an attribute that is read keeps its bytes and gives canonical selectors; joining an event never
// loosens a marking; a deleted attribute gives no selector.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "intel/misp.hpp"

namespace {
void require(bool holds) {
  if (!holds) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley;
  using namespace parley::intel;
  static MispReader reader;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // An attribute, a line feed, and the description of its event.
  const std::size_t cut = text.find('\n');
  const std::string_view raw = text.substr(0, cut);
  Result<StixObject> attribute = reader.read_attribute(raw);
  if (!attribute) {
    require(attribute.error().kind == ErrorKind::bad_input);
    return 0;
  }
  require(attribute->raw == raw && is_stix_id(attribute->id));
  require(!attribute->revoked || attribute->selectors.empty());
  for (const Selector& selector : attribute->selectors) {
    const Result<Selector> again = canonical_selector(selector.type, selector.value);
    require(again.has_value() && *again == selector);
  }
  if (cut == std::string_view::npos) return 0;
  const Result<MispEvent> event = reader.read_event(text.substr(cut + 1));
  if (!event) return 0;
  const Marking before = attribute->marking;
  join_event(*attribute, *event);
  require(attribute->marking == strictest(before, event->marking));
  require(attribute->raw == raw);
  return 0;
}
