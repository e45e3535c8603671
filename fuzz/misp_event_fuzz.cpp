// Property: what is read as MISP events is written so that it reads back equal; what step_down, narrow,
// feed_form and to_stix make of it are events and STIX again, and nothing grows wider on the way. An
// attribute that the importer reads keeps its bytes and gives canonical selectors; joining an event never
// loosens a marking; a deleted attribute gives no selector.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "encoding/json.hpp"
#include "intel/misp.hpp"
#include "misp/feed.hpp"
#include "misp/from_stix.hpp"
#include "misp/to_stix.hpp"

namespace {
void require(bool holds) {
  if (!holds) std::abort();
}

/// An attribute, a line feed, and the description of its event.
void import_attribute(std::string_view text) {
  using namespace parley;
  using namespace parley::intel;
  static MispReader reader;
  const std::size_t cut = text.find('\n');
  const std::string_view raw = text.substr(0, cut);
  Result<StixObject> attribute = reader.read_attribute(raw);
  if (!attribute) {
    require(attribute.error().kind == ErrorKind::bad_input);
    return;
  }
  require(attribute->raw == raw && is_stix_id(attribute->id));
  require(!attribute->revoked || attribute->selectors.empty());
  for (const Selector& selector : attribute->selectors) {
    const Result<Selector> again = canonical_selector(selector.type, selector.value);
    require(again.has_value() && *again == selector);
  }
  if (cut == std::string_view::npos) return;
  const Result<MispEvent> event = reader.read_event(text.substr(cut + 1));
  if (!event) return;
  const Marking before = attribute->marking;
  join_event(*attribute, *event);
  require(attribute->marking == strictest(before, event->marking));
  require(attribute->raw == raw);
}

void read_events(std::string_view text) {
  using namespace parley;
  using namespace parley::misp;
  const EventLimits limits{.json = {.max_bytes = 1U << 20U, .max_depth = 32, .max_values = 50'000},
                           .max_attributes = 10'000};
  const Result<Value> value = parse_value(text, limits.json);
  // Ours reads all that the strict reader reads, and of the rest only numbers that do not fit it.
  const Result<encoding::Json> strict = encoding::parse_json(text, {.max_bytes = 1U << 20U, .max_depth = 32});
  require(value.has_value() || !strict.has_value() || value.error().message.starts_with("more than"));
  if (!value) return;
  const std::string written = write_value(*value);
  const Result<Value> again = parse_value(written, limits.json);
  require(again.has_value() && *again == *value && write_value(*again) == written);
  if (strict) {
    const Result<encoding::Json> rewritten = encoding::parse_json(written);
    require(rewritten.has_value() && *rewritten == *strict);
  }

  if (const Result<Event> from = from_stix(*value)) require(from->json().is_object());
  Result<std::vector<Event>> events = parse_events(text, limits);
  if (!events) return;
  for (const Event& event : *events) {
    const Result<Event> back = parse_event(write_event(event), limits);
    require(back.has_value() && *back == event);
    require(compare_versions(event, event) == EventOrder::same);
    const std::size_t attributes = event.attributes().size();
    require(parse_event(write_event(feed_form(event)), limits).has_value());

    Event stepped = event;
    step_down(stepped);
    require(stepped.locked() && stepped.attributes().size() == attributes);
    const auto before = event.attributes();
    const auto after = stepped.attributes();
    for (std::size_t i = 0; i < attributes; ++i) {
      const Distribution one = effective_distribution(event, before[i]);
      require(narrower(effective_distribution(stepped, after[i]), one) ==
              effective_distribution(stepped, after[i]));
    }
    Event narrowed = event;
    std::size_t withheld = 0;
    if (narrow(narrowed, Route::feed, false, withheld)) {
      require(narrowed.attributes().size() + withheld == attributes);
      for (const AttributeView& one : narrowed.attributes())
        require(effective_distribution(narrowed, one) == Distribution::all);
    }
    StixReport report;
    const Value bundle = to_stix(event, &report);
    for (const Value& object : bundle.elements("objects")) require(!object.text("type").empty());
    require(write_value(to_stix(event)) == write_value(bundle));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  import_attribute(text);
  read_events(text);
  return 0;
}
