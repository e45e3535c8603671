#include "convert.hpp"

#include <cstdint>
#include <cstdio>
#include <set>
#include <string>
#include <vector>

#include "files.hpp"
#include "misp/from_stix.hpp"
#include "misp/to_stix.hpp"
#include "service.hpp"

namespace parley::app {
namespace {

using encoding::Json;
using misp::Value;

/// As much as is taken into memory at once.
constexpr std::size_t max_file_bytes = std::size_t{256} << 20;

Result<void> write_out(const std::string& path, const std::string& text) {
  if (!path.empty()) return write_file(path, text);
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    return fail(ErrorKind::internal, "standard output cannot be written");
  return {};
}

Result<Json> events_to_stix(const std::string& text, const std::string& output) {
  PARLEY_TRY(const std::vector<misp::Event> events, misp::parse_events(text));
  misp::StixReport report;
  Value whole;
  std::set<std::string, std::less<>> ids;
  for (const misp::Event& event : events) {
    Value bundle = misp::to_stix(event, &report);
    Value* const objects = bundle.find("objects");
    if (whole.is_null()) {
      for (const Value& object : *objects->if_array()) ids.emplace(object.text("id"));
      whole = std::move(bundle);
      continue;
    }
    for (Value& object : *objects->if_array())
      if (ids.emplace(object.text("id")).second) whole.find("objects")->push_back(std::move(object));
  }
  PARLEY_CHECK(write_out(output, misp::write_value(whole) + "\n"));
  return Json::object({{"events", events.size()},
                       {"objects", ids.size()},
                       {"attributes", report.attributes},
                       {"custom_attributes", report.custom_attributes},
                       {"custom_objects", report.custom_objects}});
}

Result<Json> bundle_to_event(const std::string& text, const std::string& output) {
  PARLEY_TRY(const Value bundle, misp::parse_value(text));
  PARLEY_TRY(const misp::Event event, misp::from_stix(bundle));
  PARLEY_CHECK(write_out(output, misp::write_event(event) + "\n"));
  return Json::object({{"events", 1}, {"attributes", event.attributes().size()}});
}

}  // namespace

Result<Json> convert_file(const Request& request) {
  const Args args(request.args);
  const std::string to = args.text_or("to", "");
  const std::string output = args.text_or("output", "");
  if (request.json && output.empty())
    return fail(ErrorKind::usage, "--json prints the counts on standard output: name a file with -o");
  PARLEY_TRY(const std::string text, read_file(args.text_or("path", ""), max_file_bytes));
  if (to == "stix") return events_to_stix(text, output);
  if (to == "misp") return bundle_to_event(text, output);
  return fail(ErrorKind::usage, "--to is stix or misp");
}

}  // namespace parley::app
