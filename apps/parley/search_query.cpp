#include "search_query.hpp"

#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "base/ascii.hpp"
#include "intel/marking.hpp"

namespace parley::app {

namespace {

Result<void> read_time(const Args& args, std::string_view key, std::optional<Timestamp>& out) {
  if (!args.has(key)) return {};
  std::string text = args.text_or(key, "");
  const bool is_day = text.size() == 10;
  if (is_day) text += key.ends_with("_to") ? "T23:59:59.999999Z" : "T00:00:00Z";
  const Result<Timestamp> time = parse_time(text);
  if (!time) {
    std::string flag(key);
    for (char& c : flag)
      if (c == '_') c = '-';
    return fail(ErrorKind::usage, "--" + flag + ": \"" + args.text_or(key, "") +
                                      "\" is no day like 2026-01-31 and no time like 2026-01-31T08:00:00Z");
  }
  out = *time;
  return {};
}

Result<void> in_order(std::string_view what, const exchange::TimeRange& range) {
  if (!range.from || !range.to || *range.from <= *range.to) return {};
  return fail(ErrorKind::usage, "--" + std::string(what) + "-from lies behind --" + std::string(what) +
                                    "-to: nothing can be between them");
}

std::string type_names() {
  std::string out;
  for (const intel::SelectorType type : intel::all_selector_types())
    if (intel::is_supported(type)) out += (out.empty() ? "" : ", ") + std::string(intel::type_name(type));
  return out;
}

Json strings(const std::vector<std::string>& list) {
  Json out = Json::array();
  for (const std::string& one : list) out.push_back(one);
  return out;
}

Json selector_json(const intel::Selector& selector) {
  return Json::object({{"type", intel::type_name(selector.type)}, {"value", selector.value}});
}

}  // namespace

bool asks_search(const Args& args) {
  for (const char* key :
       {"prefix", "below", "text", "selector_types", "labels", "tlp", "sources", "seen_from", "seen_to",
        "created_from", "created_to", "modified_from", "modified_to", "expired"})
    if (args.has(key)) return true;
  return !args.text_or("value", "").empty() && args.has("types");
}

Result<exchange::SearchQuery> search_query(const Args& args) {
  exchange::SearchQuery query;
  query.value = args.text_or("value", "");
  if (args.flag("prefix") && args.flag("below"))
    return fail(ErrorKind::usage, "--prefix or --below, not both");
  if (args.flag("prefix")) query.match = exchange::SearchQuery::Match::prefix;
  if (args.flag("below")) query.match = exchange::SearchQuery::Match::below;
  if (query.value.empty() && query.match != exchange::SearchQuery::Match::exact)
    return fail(ErrorKind::usage,
                "--prefix and --below go with a value: `parley search --below example.org`");
  query.text = args.text_or("text", "");
  if (args.has("text") && trim(query.text).empty())
    return fail(ErrorKind::usage, "--text: give a word, a \"phrase\" in quotes, or the beginning* of a word");
  for (const std::string& name : args.list("selector_types")) {
    const auto type = intel::parse_selector_type(name);
    if (!type)
      return fail(ErrorKind::usage,
                  "--selector-type: there is no type \"" + name + "\", but " + type_names());
    query.types.push_back(*type);
  }
  query.object_types = args.list("types");
  query.labels = args.list("labels");
  query.sources = args.list("sources");
  for (const std::string& name : args.list("tlp")) {
    if (name == "none") {
      query.markings.push_back(state::MarkingCode::none);
    } else if (name == "unknown") {
      query.markings.push_back(state::MarkingCode::unknown);
    } else {
      const auto level = intel::parse_tlp(name);
      if (!level)
        return fail(ErrorKind::usage, "--tlp: there is no level \"" + name +
                                          "\", but clear, green, amber, amber+strict, red, none, unknown");
      query.markings.push_back(static_cast<state::MarkingCode>(*level));
    }
  }
  PARLEY_CHECK(read_time(args, "seen_from", query.seen.from));
  PARLEY_CHECK(read_time(args, "seen_to", query.seen.to));
  PARLEY_CHECK(read_time(args, "created_from", query.created.from));
  PARLEY_CHECK(read_time(args, "created_to", query.created.to));
  PARLEY_CHECK(read_time(args, "modified_from", query.modified.from));
  PARLEY_CHECK(read_time(args, "modified_to", query.modified.to));
  PARLEY_CHECK(in_order("seen", query.seen));
  PARLEY_CHECK(in_order("created", query.created));
  PARLEY_CHECK(in_order("modified", query.modified));
  query.with_ended = args.flag("expired");
  return query;
}

std::string marking_text(state::MarkingCode code) {
  if (code == state::MarkingCode::none) return "none";
  if (code == state::MarkingCode::unknown) return "unknown";
  return std::string(intel::tlp_name(static_cast<intel::TlpLevel>(static_cast<std::uint8_t>(code))));
}

Json score_json(const exchange::Score& score) {
  Json out = Json::object({{"value", std::round(score.value * 100) / 100}});
  if (!score.model.empty()) out.set("model", score.model);
  out.set("decayed", score.decayed);
  return out;
}

Json hit_json(const exchange::SearchHit& hit) {
  Json out = Json::object();
  if (hit.selector) {
    out = selector_json(*hit.selector);
    out.set("objects", strings(hit.objects));
  } else {
    out = Json::object({{"id", hit.object_id}, {"type", hit.object_type}});
    if (!hit.name.empty()) out.set("name", hit.name);
    Json values = Json::array();
    for (const intel::Selector& selector : hit.values) values.push_back(selector_json(selector));
    out.set("values", std::move(values));
  }
  out.set("marking", marking_text(hit.marking));
  out.set("sources", strings(hit.sources));
  out.set("labels", strings(hit.labels));
  const auto set_time = [&](const char* key, const std::optional<Timestamp>& time) {
    if (time) out.set(key, format_time(*time));
  };
  set_time("first_seen", hit.first_seen);
  set_time("last_seen", hit.last_seen);
  set_time("created", hit.created);
  set_time("modified", hit.modified);
  set_time("expired", hit.ended);
  if (hit.open_case) out.set("open_case", true);
  if (hit.unpublished) out.set("unpublished", true);
  if (hit.revoked) out.set("revoked", true);
  if (hit.score) out.set("score", score_json(*hit.score));
  return out;
}

}  // namespace parley::app
