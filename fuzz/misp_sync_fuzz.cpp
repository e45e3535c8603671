#include <cstdint>
#include <set>
#include <string>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "misp_sync/listing.hpp"
#include "misp_sync/search.hpp"
#include "misp_sync/target.hpp"

// A path and a body of anybody, split at the first line end. What is read of a path keeps to its bounds and
// hides no control characters; a search that is accepted can be asked of an event; lists name each UUID once.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley::misp_sync;
  const std::string_view text = parley::as_text({data, size});
  const std::size_t line = text.find('\n');
  const std::string_view path = text.substr(0, line);
  const std::string_view body = line == std::string_view::npos ? std::string_view() : text.substr(line + 1);

  auto target = parse_target(path);
  if (target) {
    PARLEY_ASSERT(owns(path) || path.starts_with(base_path) || path.find("//") == 0 ||
                  target->controller == "feed");
    PARLEY_ASSERT(!target->controller.empty() && !target->action.empty());
    PARLEY_ASSERT(target->arguments.size() + target->named.size() <= max_path_parts);
    for (const std::string& one : target->arguments)
      for (const char c : one) PARLEY_ASSERT(static_cast<unsigned char>(c) >= 0x20);
  }
  if (const auto json = parley::misp::parse_value(body)) {
    const auto search =
        parse_search(*json, target ? *target : Target(), parley::Timestamp::from_seconds(1'800'000'000));
    static const auto event = parley::misp::parse_event(
        R"({"Event":{"uuid":"5cc9fec5-57dc-4c5a-9d5b-48d9950d210f","info":"a","timestamp":"5","Attribute":[
            {"uuid":"5cc9fec5-57dc-4c5a-9d5b-48d9950d2100","type":"ip-dst|port","category":"c","value":"192.0.2.1|80"}]}})");
    if (search) {
      PARLEY_ASSERT(search->page >= 1);
      const bool wanted = search->wants_event(*event, "7", true);
      PARLEY_ASSERT(wanted == search->wants_event(*event, "7", true));
    }
  }
  for (const auto& listing : {parse_index(body), parse_manifest(body)}) {
    if (!listing) continue;
    std::set<std::string> seen;
    for (const Listed& one : listing->events)
      PARLEY_ASSERT(is_uuid(one.uuid) && one.timestamp >= 0 && seen.insert(one.uuid).second);
    PARLEY_ASSERT(listing->events.size() <= listing->entries && listing->complaints.size() <= max_complaints);
  }
  if (const auto counts = count_hashes(body))
    for (const auto& [uuid, count] : *counts) PARLEY_ASSERT(is_uuid(uuid) && count > 0);
  if (const auto version = parse_version(path)) {
    const auto again = parse_version(version->text());
    PARLEY_ASSERT(again && *again == *version);
  }
  return 0;
}
