#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "exchange/cursor.hpp"
#include "exchange/related.hpp"
#include "intel/selector.hpp"
#include "intel/stix.hpp"
#include "service.hpp"
#include "state/store.hpp"

namespace parley::app {

namespace {

constexpr std::uint64_t default_page = 100;
constexpr std::uint64_t max_page = 1000;

/// The object itself, or the objects that hold a value.
Result<std::vector<std::string>> start_of(const state::Reader& reader, const std::string& value) {
  if (intel::is_stix_id(value)) return std::vector<std::string>{value};
  PARLEY_TRY(const std::optional<intel::Selector> selector, intel::guess_selector(value));
  if (!selector) return fail(ErrorKind::usage, "name a STIX id or a value");
  PARLEY_TRY(const auto holdings, reader.find_holdings(*selector));
  std::vector<std::string> ids;
  for (const state::StoredHolding& holding : holdings)
    if (!holding.object_id.empty()) ids.push_back(holding.object_id);
  if (ids.empty()) return fail(ErrorKind::not_found, "no object here holds this value", value);
  return ids;
}

/// Of a place in the list: "2 malware--…".
std::string place_of(const exchange::RelatedObject& object) {
  return std::to_string(object.step) + " " + object.id;
}

bool is_behind(const exchange::RelatedObject& object, const std::string& place) {
  std::size_t step = 0;
  const auto read = std::from_chars(place.data(), place.data() + place.size(), step);
  const auto at = static_cast<std::size_t>(read.ptr - place.data());
  const std::string id = at < place.size() ? place.substr(at + 1) : std::string();
  return std::tie(object.step, object.id) > std::tie(step, id);
}

std::string member_text(const Json& json, std::string_view key) {
  const Json* const value = json.find(key);
  return value != nullptr && value->is_string() ? *value->if_string() : std::string();
}

Result<Json> object_json(const state::Reader& reader, const exchange::RelatedObject& object) {
  Json out = Json::object(
      {{"step", object.step}, {"id", object.id}, {"type", object.id.substr(0, object.id.find("--"))}});
  PARLEY_TRY(const auto stored, reader.find_object(object.id));
  if (stored) {
    if (const Result<Json> json = encoding::parse_json(stored->raw)) {
      std::string name = member_text(*json, "name");
      if (name.empty()) name = member_text(*json, "value");
      if (!name.empty()) out.set("name", std::move(name));
    }
  }
  out.set("held", stored.has_value());
  Json via = Json::object({{"from", object.from}, {"forward", object.forward}});
  if (object.relationship.empty()) {
    via.set("property", object.property);
  } else {
    via.set("relationship", object.relationship);
    PARLEY_TRY(const auto relationship, reader.find_object(object.relationship));
    if (relationship)
      if (const Result<Json> json = encoding::parse_json(relationship->raw))
        via.set("relationship_type", member_text(*json, "relationship_type"));
  }
  out.set("via", std::move(via));
  return out;
}

Result<Answer> related(Service& service, const Args& args) {
  PARLEY_TRY(const std::string value, args.text("value"));
  const std::vector<std::string> types = args.list("types");
  exchange::RelatedQuery query;
  query.steps = static_cast<std::size_t>(args.number("steps").value_or(query.steps));
  query.authors = args.flag("authors");
  std::string filter = "related:" + value + "\n" + std::to_string(query.steps) + (query.authors ? "+" : "-");
  for (const std::string& type : types) filter += type + ",";
  PARLEY_TRY(const std::string after,
             exchange::read_cursor(service.node(), args.text_or("cursor", ""), filter));
  PARLEY_TRY(const auto reader, service.node().store().snapshot());
  PARLEY_TRY(query.start, start_of(*reader, value));
  PARLEY_TRY(const exchange::Related found, exchange::find_related(*reader, query));

  const std::uint64_t limit =
      std::clamp<std::uint64_t>(args.number("limit").value_or(default_page), 1, max_page);
  Json list = Json::array();
  Json start = Json::array();
  std::uint64_t all = 0;
  const exchange::RelatedObject* last = nullptr;
  bool more = false;
  for (const exchange::RelatedObject& object : found.objects) {
    if (object.step == 0) {
      start.push_back(object.id);
      continue;
    }
    if (!types.empty() && std::ranges::find(types, object.id.substr(0, object.id.find("--"))) == types.end())
      continue;
    ++all;
    if (!after.empty() && !is_behind(object, after)) continue;
    more = list.size() >= limit;
    if (more) continue;  // counted all the same
    PARLEY_TRY(Json one, object_json(*reader, object));
    list.push_back(std::move(one));
    last = &object;
  }
  Json not_followed = Json::array();
  for (const auto& [id, neighbours] : found.not_followed)
    not_followed.push_back(Json::object({{"id", id}, {"neighbours", neighbours}}));
  Json output = Json::object({{"start", std::move(start)},
                              {"steps", query.steps},
                              {"found", all},
                              {"complete", found.complete},
                              {"objects", std::move(list)},
                              {"not_followed", std::move(not_followed)}});
  if (more && last != nullptr)
    output.set("cursor", exchange::make_cursor(service.node(), place_of(*last), filter));
  return Answer{std::move(output)};
}

}  // namespace

void add_related_commands(Service::Commands& commands) {
  commands["related"] = immediate(related);
}

}  // namespace parley::app
