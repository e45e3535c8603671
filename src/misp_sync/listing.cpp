#include "misp_sync/listing.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <unordered_set>

#include "base/ascii.hpp"
#include "misp/value.hpp"
#include "misp_sync/target.hpp"

namespace parley::misp_sync {

namespace {

using misp::Value;

constexpr std::size_t max_list_depth = 16;
constexpr std::size_t values_an_event = 64;  // a manifest names tags

class Collector {
 public:
  explicit Collector(const ListingLimits& limits) : limits_(limits) {}

  Result<void> add(std::string_view uuid, const Value& entry) {
    if (++out_.entries > limits_.max_events)
      return fail(ErrorKind::bad_input, fmt::format("more than {} events are listed", limits_.max_events));
    if (!is_uuid(uuid)) {
      complain(fmt::format("entry {} has no UUID", out_.entries));
      return {};
    }
    Listed one;
    append_lower(one.uuid, uuid);
    const auto timestamp = entry.number("timestamp");
    if (!timestamp || *timestamp < 0) {
      complain("the event " + one.uuid + " is listed without a timestamp");
      return {};
    }
    if (!seen_.insert(one.uuid).second) {
      complain("the event " + one.uuid + " is listed twice");
      return {};
    }
    one.timestamp = *timestamp;
    append_lower(one.sha256, entry.text("integrity:sha256"));
    out_.events.push_back(std::move(one));
    return {};
  }
  Listing take() { return std::move(out_); }

 private:
  void complain(std::string text) {
    if (out_.complaints.size() < max_complaints) out_.complaints.push_back(std::move(text));
  }

  ListingLimits limits_;
  Listing out_;
  std::unordered_set<std::string> seen_;
};

Result<Value> parse(std::string_view text, const ListingLimits& limits) {
  misp::ValueLimits json;
  json.max_bytes = limits.max_bytes;
  json.max_depth = max_list_depth;
  json.max_values = limits.max_events * values_an_event;
  return misp::parse_value(text, json);
}

}  // namespace

Result<Listing> parse_index(std::string_view text, const ListingLimits& limits) {
  PARLEY_TRY(const Value json, parse(text, limits));
  const Value* list = &json;
  if (const Value* inner = json.find("response"); inner != nullptr) list = inner;
  Collector out(limits);
  if (const auto* entries = list->if_array()) {
    for (const Value& entry : *entries) {
      const Value* event = entry.find("Event");
      if (event == nullptr) event = &entry;
      PARLEY_CHECK(out.add(event->text("uuid"), *event));
    }
  } else if (list->is_object() && list->find("id") != nullptr) {
    PARLEY_CHECK(out.add(list->text("uuid"), *list));
  } else {
    return fail(ErrorKind::bad_input, "this is no index of events");
  }
  return out.take();
}

Result<Listing> parse_manifest(std::string_view text, const ListingLimits& limits) {
  PARLEY_TRY(const Value json, parse(text, limits));
  Collector out(limits);
  if (const auto* members = json.if_object()) {
    for (const Value::Member& member : *members) PARLEY_CHECK(out.add(member.name, member.value));
  } else if (!json.is_array() || !json.if_array()->empty()) {  // PHP writes an empty one as a list
    return fail(ErrorKind::bad_input, "this is no manifest of a feed");
  }
  return out.take();
}

Result<std::unordered_map<std::string, std::uint64_t>> count_hashes(std::string_view text,
                                                                    const ListingLimits& limits) {
  if (text.size() > limits.max_bytes)
    return fail(ErrorKind::bad_input, fmt::format("hashes.csv has more than {} bytes", limits.max_bytes));
  std::unordered_map<std::string, std::uint64_t> out;
  constexpr std::size_t md5_digits = 32;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() != md5_digits + 1 + 36 || line[md5_digits] != ',') continue;
    const std::string_view uuid = line.substr(md5_digits + 1);
    if (!is_uuid(uuid)) continue;
    std::string key;
    append_lower(key, uuid);
    if (out.size() >= limits.max_events && !out.contains(key))
      return fail(ErrorKind::bad_input,
                  fmt::format("hashes.csv names more than {} events", limits.max_events));
    ++out[std::move(key)];
  }
  return out;
}

std::string Version::text() const {
  return fmt::format("{}.{}.{}", major, minor, hotfix);
}

Result<Version> parse_version(std::string_view text) {
  const auto wrong = [] { return fail(ErrorKind::bad_input, "a version of MISP looks like 2.4.198"); };
  Version out;
  for (std::uint32_t* part : {&out.major, &out.minor, &out.hotfix}) {
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), *part);
    if (code != std::errc() || end == text.data()) return wrong();
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (part == &out.hotfix) break;
    if (text.empty() || text.front() != '.') return wrong();
    text.remove_prefix(1);
  }
  // A fourth number or a suffix is of no interest.
  if (!text.empty() && text.front() != '.' && text.front() != '-') return wrong();
  return out;
}

}  // namespace parley::misp_sync
