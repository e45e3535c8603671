#include "report/findings.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>

#include "base/ascii.hpp"

namespace parley::report {
namespace {

using encoding::Json;

void add_place(Finding& finding, TextRange place) {
  ++finding.count;
  if (finding.places.size() < max_places) finding.places.push_back(place);
}

/// One place put forward is enough.
void set_hold(Finding& finding, bool first, std::string_view name, std::string_view text,
              std::string_view note) {
  if (!first && (finding.hold.empty() || !name.empty())) return;
  finding.hold = name;
  finding.why = text;
  if (!name.empty() && !note.empty()) finding.why += " (" + std::string(note) + ")";
}

std::string text_or_empty(const Json& json, std::string_view key) {
  const Json* const value = json.find(key);
  return value != nullptr && value->is_string() ? *value->if_string() : std::string();
}

std::vector<TextRange> add_values(std::vector<Finding>& out, const std::vector<Candidate>& candidates) {
  std::unordered_map<intel::Selector, std::size_t> known;
  std::vector<TextRange> taken;
  for (const Candidate& one : candidates) {
    const auto [at, fresh] = known.try_emplace(one.selector, out.size());
    if (fresh) {
      Finding finding;
      finding.selector = one.selector;
      out.push_back(std::move(finding));
    }
    Finding& finding = out[at->second];
    const bool held = one.hold != Hold::none;
    set_hold(finding, fresh, held ? hold_name(one.hold) : "", held ? hold_text(one.hold) : "", one.note);
    if (!held && finding.note.empty()) finding.note = one.from_link ? "where a link leads" : one.note;
    finding.defanged = finding.defanged || one.defanged;
    add_place(finding, {one.begin, one.end});
    if (!one.from_link) taken.push_back({one.begin, one.end});
  }
  return taken;
}

void add_names(std::vector<Finding>& out, const std::vector<NameHit>& hits,
               std::span<const KnownThing> things) {
  std::map<std::size_t, std::size_t> known;
  for (const NameHit& hit : hits) {
    const auto [at, fresh] = known.try_emplace(hit.thing, out.size());
    if (fresh) {
      Finding finding;
      finding.thing = things[hit.thing];
      finding.thing->object.clear();
      for (const std::size_t other : hit.also)
        finding.also.push_back(things[other].name + " (" + std::string(name_kind_name(things[other].kind)) +
                               ")");
      out.push_back(std::move(finding));
    }
    Finding& finding = out[at->second];
    const bool held = hit.hold != NameHold::none;
    set_hold(finding, fresh, held ? name_hold_name(hit.hold) : "", held ? name_hold_text(hit.hold) : "", {});
    add_place(finding, {hit.begin, hit.end});
  }
}

}  // namespace

Json Finding::to_json() const {
  Json json = Json::object();
  if (selector) {
    json.set("type", intel::type_name(selector->type));
    json.set("value", selector->value);
  }
  if (thing) json.set("thing", thing->to_json());
  if (!also.empty()) {
    Json names = Json::array();
    for (const std::string& one : also) names.push_back(one);
    json.set("also", std::move(names));
  }
  if (!hold.empty()) {
    json.set("hold", hold);
    json.set("why", why);
  }
  if (!note.empty()) json.set("note", note);
  if (defanged) json.set("defanged", true);
  json.set("count", count);
  Json list = Json::array();
  for (const TextRange& place : places) list.push_back(Json::array({place.begin, place.end}));
  json.set("places", std::move(list));
  return json;
}

Result<Finding> Finding::from_json(const Json& json) {
  Finding out;
  if (json.contains("type")) {
    PARLEY_TRY(const std::string name, json.string_member("type"));
    const auto type = intel::parse_selector_type(name);
    if (!type) return fail(ErrorKind::bad_input, "no selector type is called " + name);
    intel::Selector selector;
    selector.type = *type;
    PARLEY_TRY(selector.value, json.string_member("value"));
    out.selector = std::move(selector);
  }
  if (const Json* const thing = json.find("thing")) {
    PARLEY_TRY(out.thing, KnownThing::from_json(*thing));
  }
  if (json.contains("also")) {
    PARLEY_TRY(out.also, json.strings_member("also"));
  }
  out.hold = text_or_empty(json, "hold");
  out.why = text_or_empty(json, "why");
  out.note = text_or_empty(json, "note");
  out.defanged = json.contains("defanged");
  PARLEY_TRY(const std::uint64_t count, json.uint_member("count"));
  out.count = static_cast<std::size_t>(count);
  PARLEY_TRY(const Json::Array* places, json.array_member("places"));
  for (const Json& place : *places) {
    if (!place.is_array() || place.size() != 2) return fail(ErrorKind::bad_input, "a place is two offsets");
    const auto begin = (*place.if_array())[0].uint_value();
    const auto end = (*place.if_array())[1].uint_value();
    if (!begin || !end || *begin > *end) return fail(ErrorKind::bad_input, "a place is two offsets");
    out.places.push_back({static_cast<std::size_t>(*begin), static_cast<std::size_t>(*end)});
  }
  return out;
}

std::vector<Finding> find_all(std::string_view text, const ExtractOptions& options,
                              const NameMatcher* matcher, std::span<const KnownThing> things) {
  std::vector<Finding> out;
  const std::vector<TextRange> taken = add_values(out, extract(text, options));
  if (matcher != nullptr) add_names(out, matcher->find(text.substr(0, max_text_bytes), taken), things);
  std::ranges::sort(out, {}, [](const Finding& one) {
    return std::tuple(one.places.front().begin, one.places.front().end, one.selector.has_value());
  });
  return out;
}

std::string context_of(std::string_view text, TextRange place, std::size_t width) {
  place.end = std::min(place.end, text.size());
  place.begin = std::min(place.begin, place.end);
  const std::size_t room = width > place.end - place.begin ? (width - (place.end - place.begin)) / 2 : 0;
  std::size_t begin = place.begin;
  while (begin > 0 && place.begin - begin < room && text[begin - 1] != '\n') --begin;
  std::size_t end = place.end;
  while (end < text.size() && end - place.end < room && text[end] != '\n') ++end;
  const auto is_inside = [&](std::size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
  };
  while (begin < place.begin && is_inside(begin)) ++begin;
  while (end > place.end && is_inside(end)) --end;
  std::string out;
  for (const char c : text.substr(begin, end - begin)) {
    const bool control = static_cast<unsigned char>(c) <= 0x20 || c == 0x7F;
    if (!control)
      out.push_back(c);
    else if (!out.empty() && out.back() != ' ')
      out.push_back(' ');
  }
  return std::string(trim(out));
}

}  // namespace parley::report
