#include "misp_sync/search.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/ascii.hpp"

namespace parley::misp_sync {

namespace {

using misp::lower;
using misp::Value;

std::unexpected<Error> bad(std::string_view name, std::string_view what) {
  return fail(ErrorKind::bad_input, "the parameter " + std::string(name) + " " + std::string(what));
}

/// A "%" stands for any text. Linear in both for patterns of one wildcard, never worse than their product.
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0;
  std::size_t star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '%') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '%') ++p;
  return p == pattern.size();
}

bool holds(const std::vector<std::string>& texts, std::string_view term) {
  return std::ranges::any_of(texts, [&](const std::string& text) { return matches(term, text); });
}

Result<void> add_terms(std::string_view name, const Value& value, std::vector<std::string>& out,
                       std::vector<std::string>* negated) {
  const auto add = [&](std::string_view text) -> Result<void> {
    const bool is_not = negated != nullptr && text.starts_with('!');
    if (is_not) text.remove_prefix(1);
    if (text.empty()) return {};
    auto& list = is_not ? *negated : out;
    if (list.size() >= max_terms) return bad(name, "has too many terms");
    list.push_back(lower(text));
    return {};
  };
  if (value.is_null()) return {};
  if (const auto* list = value.if_array()) {
    for (const Value& one : *list) {
      const auto text = one.as_text();
      if (!text) return bad(name, "is no list of texts");
      PARLEY_CHECK(add(*text));
    }
    return {};
  }
  auto text = value.as_text();
  if (!text) return bad(name, "is neither a text nor a list");
  // "a||b" and "a&&b" are old ways of writing a list; values of attributes may hold one bar, never two.
  std::string_view rest = *text;
  for (;;) {
    const std::size_t bars = rest.find("||");
    PARLEY_CHECK(add(rest.substr(0, bars)));
    if (bars == std::string_view::npos) return {};
    rest.remove_prefix(bars + 2);
  }
}

Result<void> read_terms(std::string_view name, const Value& value, Terms& out) {
  const auto* object = value.if_object();
  if (object == nullptr) return add_terms(name, value, out.any, &out.none);
  for (const Value::Member& member : *object) {
    const std::string key = lower(member.name);
    if (key == "or") {
      PARLEY_CHECK(add_terms(name, member.value, out.any, nullptr));
    } else if (key == "and") {
      PARLEY_CHECK(add_terms(name, member.value, out.all, nullptr));
    } else if (key == "not") {
      PARLEY_CHECK(add_terms(name, member.value, out.none, nullptr));
    } else if (!key.empty() && std::ranges::all_of(key, is_digit)) {  // a list that PHP wrote as an object
      PARLEY_CHECK(add_terms(name, member.value, out.any, &out.none));
    } else {
      return bad(name, "knows OR, AND and NOT");
    }
  }
  return {};
}

Result<std::int64_t> read_number(std::string_view name, std::string_view text) {
  std::int64_t out = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (code != std::errc() || end != text.data() + text.size()) return bad(name, "is no whole number");
  return out;
}

/// Seconds: a number, "5d", "12h", "30m", "10s" before now, or a date.
Result<std::int64_t> read_moment(std::string_view name, std::string_view text, Timestamp now) {
  constexpr std::array<std::pair<char, std::int64_t>, 4> units = {
      {{'s', 1}, {'m', 60}, {'h', 3'600}, {'d', 86'400}}};
  if (text.size() > 1 && text.size() < 12) {
    for (const auto& [letter, seconds] : units) {
      if (text.back() != letter) continue;
      PARLEY_TRY(const std::int64_t count, read_number(name, text.substr(0, text.size() - 1)));
      if (count < 0 || count > 1'000'000'000) return bad(name, "is too long ago");
      return now.seconds() - count * seconds;
    }
  }
  if (text.size() == 10 && text[4] == '-') {
    const auto time = parse_time(std::string(text) + "T00:00:00Z");
    if (!time) return bad(name, "is no date");
    return time->seconds();
  }
  // PyMISP writes times with a fraction.
  const std::size_t dot = text.find('.');
  if (dot != std::string_view::npos && std::ranges::all_of(text.substr(dot + 1), is_digit))
    text = text.substr(0, dot);
  return read_number(name, text);
}

Result<void> read_range(std::string_view name, const Value& value, Timestamp now, TimeRange& out) {
  if (value.is_null()) return {};
  if (const auto* list = value.if_array()) {
    if (list->size() != 2) return bad(name, "is no pair of times");
    const auto first = (*list)[0].as_text(), last = (*list)[1].as_text();
    if (!first || !last) return bad(name, "is no pair of times");
    PARLEY_TRY(out.from, read_moment(name, *first, now));
    PARLEY_TRY(out.to, read_moment(name, *last, now));
    if (out.from > out.to) std::swap(out.from, out.to);
    return {};
  }
  const auto text = value.as_text();
  if (!text) return bad(name, "is no time");
  PARLEY_TRY(out.from, read_moment(name, *text, now));
  return {};
}

Result<void> read_date(std::string_view name, const Value& value, Timestamp now, std::string& out) {
  if (value.is_null()) return {};
  const auto text = value.as_text();
  if (!text) return bad(name, "is no date");
  PARLEY_TRY(const std::int64_t seconds, read_moment(name, *text, now));
  if (seconds < 0 || seconds > 253'402'300'799) return bad(name, "is no date");
  out = format_time(Timestamp::from_seconds(seconds)).substr(0, 10);
  return {};
}

bool says_yes(const Value& value) {
  const auto text = value.as_text();
  return text && (*text == "1" || equal_ignoring_case(*text, "true"));
}

Result<Deleted> read_deleted(const Value& value) {
  if (value.is_null()) return Deleted::no;
  bool with = false, without = false;
  const auto note = [&](std::string_view text) { (text == "0" || text.empty() ? without : with) = true; };
  if (const auto* list = value.if_array()) {
    for (const Value& one : *list) note(one.as_text().value_or("0"));
    return with && without ? Deleted::also : with ? Deleted::only : Deleted::no;
  }
  const auto text = value.as_text();
  if (!text) return bad("deleted", "is 0, 1, [0, 1] or only");
  if (*text == "only") return Deleted::only;
  return *text == "0" || text->empty() ? Deleted::no : Deleted::also;
}

Result<void> read_numbers(std::string_view name, const Value& value, std::vector<std::int64_t>& out) {
  Terms terms;
  PARLEY_CHECK(read_terms(name, value, terms));
  if (!terms.all.empty() || !terms.none.empty()) return bad(name, "is a number or a list of numbers");
  for (const std::string& term : terms.any) {
    PARLEY_TRY(const std::int64_t number, read_number(name, term));
    out.push_back(number);
  }
  return {};
}

/// Ways of showing an answer that make no difference to which answers there are, and that are answered in one
/// way here.
bool is_indifferent(std::string_view name) {
  constexpr std::array<std::string_view, 16> names = {"withattachments",
                                                      "sgreferenceonly",
                                                      "headerless",
                                                      "enforcewarninglist",
                                                      "excludegalaxy",
                                                      "excludelocaltags",
                                                      "requestedattributes",
                                                      "nosightings",
                                                      "extended",
                                                      "flatten",
                                                      "attackgalaxy",
                                                      "overridelimit",
                                                      "allowempty",
                                                      "order",
                                                      "metadataonly",
                                                      "attributetimestamp"};
  if (name.starts_with("include")) return true;
  return std::ranges::find(names.begin(), names.end() - 1, name) != names.end() - 1;
}

class Parser {
 public:
  Parser(Search& out, Timestamp now) : out_(&out), now_(now) {}

  Result<void> take(std::string_view written, const Value& value) {
    std::string name = fold(written);
    if (name.starts_with("search") && name.size() > 6 && name != "searchall") name.erase(0, 6);
    if (value.is_null()) return {};
    if (name == "returnformat") {
      const auto text = value.as_text();
      if (text && equal_ignoring_case(*text, "json")) return {};
      return bad("returnFormat", "is json here");
    }
    if (name == "value") return read_terms("value", value, out_->values);
    if (name == "type") return read_terms("type", value, out_->types);
    if (name == "category") return read_terms("category", value, out_->categories);
    if (name == "org") return read_terms("org", value, out_->organisations);
    if (name == "tags" || name == "tag") return read_terms("tags", value, out_->tags);
    if (name == "eventtags") return read_terms("event_tags", value, out_->event_tags);
    if (name == "eventinfo") return read_terms("eventinfo", value, out_->infos);
    if (name == "eventid") return add_terms("eventid", value, out_->events, nullptr);
    if (name == "uuid") return add_terms("uuid", value, out_->uuids, nullptr);
    if (name == "timestamp") return read_range("timestamp", value, now_, out_->timestamp);
    if (name == "eventtimestamp") return read_range("event_timestamp", value, now_, out_->event_timestamp);
    if (name == "publishtimestamp" || name == "last")
      return read_range("publish_timestamp", value, now_, out_->published_at);
    if (name == "from" || name == "datefrom") return read_date("from", value, now_, out_->date_from);
    if (name == "to" || name == "dateuntil") return read_date("to", value, now_, out_->date_to);
    if (name == "distribution") return read_numbers("distribution", value, out_->distributions);
    if (name == "analysis") return read_numbers("analysis", value, out_->analyses);
    if (name == "threatlevel" || name == "threatlevelid")
      return read_numbers("threatlevel", value, out_->threat_levels);
    return take_flag(name, written, value);
  }

 private:
  static std::string fold(std::string_view text) {
    std::string out;
    for (const char c : text)
      if (c != '_') out.push_back(to_lower(c));
    return out;
  }

  Result<void> take_flag(std::string_view name, std::string_view written, const Value& value) {
    const auto text = value.as_text();
    if (name == "deleted") {
      PARLEY_TRY(out_->deleted, read_deleted(value));
      return {};
    }
    if (name == "published") {
      if (text && *text == "2") return {};  // MISP: both
      out_->published = says_yes(value);
      return {};
    }
    if (name == "toids") {
      if (text) out_->to_ids = says_yes(value);
      return {};
    }
    if (name == "metadata") {
      out_->metadata = says_yes(value);
      return {};
    }
    if (name == "minimal") {
      out_->minimal = says_yes(value);
      return {};
    }
    if (name == "sort") {
      out_->sort = text ? lower(*text) : std::string();
      return {};
    }
    if (name == "desc") {
      out_->descending = out_->descending || says_yes(value);
      return {};
    }
    if (name == "direction") {
      out_->descending = text && equal_ignoring_case(*text, "desc");
      return {};
    }
    if (name == "limit" || name == "page") {
      if (!text) return bad(name, "is no number");
      PARLEY_TRY(const std::int64_t number, read_number(name, *text));
      if (number < 0) return bad(name, "is below 0");
      if (name == "limit")
        out_->limit = static_cast<std::uint64_t>(number);
      else
        out_->page = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(number));
      return {};
    }
    if (is_indifferent(name)) return {};
    // One that says no changes nothing.
    if (!says_yes(value) && text && (text->empty() || *text == "0" || *text == "false")) return {};
    return bad(written, "is a filter that this node does not have");
  }

  Search* out_;
  Timestamp now_;
};

std::vector<std::string_view> tags_of(const Value& json) {
  std::vector<std::string_view> out;
  for (const Value& tag : json.elements("Tag")) out.push_back(tag.text("name"));
  return out;
}

bool is_listed(const std::vector<std::int64_t>& list, std::optional<std::int64_t> number) {
  return list.empty() || (number && std::ranges::find(list, *number) != list.end());
}

}  // namespace

bool Terms::want(const std::vector<std::string_view>& texts) const {
  if (empty()) return true;
  std::vector<std::string> folded;
  folded.reserve(texts.size());
  for (const std::string_view text : texts) folded.push_back(lower(text));
  if (std::ranges::any_of(none, [&](const std::string& term) { return holds(folded, term); })) return false;
  if (!std::ranges::all_of(all, [&](const std::string& term) { return holds(folded, term); })) return false;
  return any.empty() ||
         std::ranges::any_of(any, [&](const std::string& term) { return holds(folded, term); });
}

bool Search::looks_at_attributes() const {
  return !values.empty() || !types.empty() || !categories.empty() || to_ids.has_value();
}

bool Search::wants_event(const misp::Event& event, std::string_view id, bool events_asked) const {
  const auto is_it = [&](const std::string& name) {
    return name == id || equal_ignoring_case(name, event.uuid());
  };
  if (!events.empty() && std::ranges::none_of(events, is_it)) return false;
  if (published && *published != event.published()) return false;
  if (events_asked && !timestamp.contains(event.timestamp())) return false;
  if (!event_timestamp.contains(event.timestamp())) return false;
  if (!published_at.contains(event.publish_timestamp())) return false;
  const misp::Value& json = event.json();
  const std::string_view date = json.text("date");
  if ((!date_from.empty() && date < date_from) || (!date_to.empty() && date > date_to)) return false;
  if (!organisations.want({event.creator_name(), event.creator_uuid(), json.text("orgc_id")})) return false;
  if (!is_listed(distributions, json.number("distribution")) ||
      !is_listed(analyses, json.number("analysis")) ||
      !is_listed(threat_levels, json.number("threat_level_id")))
    return false;
  if (!event_tags.want(event.tags())) return false;
  if (!infos.empty()) {
    // An info is found by any part of it.
    const std::string info = lower(event.info());
    const auto is_in = [&](const std::string& term) { return matches("%" + term + "%", info); };
    if (std::ranges::any_of(infos.none, is_in) || !std::ranges::all_of(infos.all, is_in)) return false;
    if (!infos.any.empty() && std::ranges::none_of(infos.any, is_in)) return false;
  }
  if (events_asked && !tags.empty()) {
    std::vector<std::string_view> all = event.tags();
    for (const misp::AttributeView& one : event.attributes())
      for (const std::string_view tag : tags_of(*one.json)) all.push_back(tag);
    if (!tags.want(all)) return false;
  }
  if (events_asked && !uuids.empty()) {
    const auto names = [&](std::string_view uuid) {
      return std::ranges::any_of(uuids,
                                 [&](const std::string& one) { return equal_ignoring_case(one, uuid); });
    };
    if (!names(event.uuid())) {
      const auto all = event.attributes();
      if (std::ranges::none_of(all, [&](const misp::AttributeView& one) { return names(one.uuid); }))
        return false;
    }
  }
  if (events_asked && looks_at_attributes()) {
    const auto all = event.attributes();
    if (std::ranges::none_of(all, [&](const misp::AttributeView& one) {
          return (!one.deleted || deleted != Deleted::no) && wants_attribute(event, one);
        }))
      return false;
  }
  return true;
}

bool Search::wants_attribute(const misp::Event& event, const misp::AttributeView& attribute) const {
  if (to_ids && *to_ids != attribute.to_ids) return false;
  if (!types.want({attribute.type}) || !categories.want({attribute.category})) return false;
  if (!values.empty()) {
    std::vector<std::string_view> texts = misp::value_parts(attribute.type, attribute.value);
    if (texts.size() != 1) texts.push_back(attribute.value);
    if (!values.want(texts)) return false;
  }
  (void)event;
  return true;
}

std::optional<std::vector<std::string>> Search::named_events() const {
  if (events.empty() || !std::ranges::all_of(events, [](const std::string& name) { return is_uuid(name); }))
    return std::nullopt;
  return events;
}

Result<Search> parse_search(const misp::Value& body, const Target& target, Timestamp now) {
  Search out;
  Parser parser(out, now);
  const misp::Value* inner = &body;
  if (const misp::Value* wrapped = body.find("request"); wrapped != nullptr && wrapped->is_object())
    inner = wrapped;
  const bool is_empty_list = inner->is_array() && inner->if_array()->empty();  // PHP's empty object
  if (!inner->is_null() && !inner->is_object() && !is_empty_list)
    return fail(ErrorKind::bad_input, "the body is no JSON object of parameters");
  if (const auto* members = inner->if_object())
    for (const misp::Value::Member& member : *members) PARLEY_CHECK(parser.take(member.name, member.value));
  // Several values of one name ("deleted[]:0/deleted[]:1") are a list.
  std::vector<std::string> done;
  for (const auto& [written, value] : target.named) {
    std::string name = written;
    const bool is_list = name.ends_with("[]");
    if (is_list) name.resize(name.size() - 2);
    if (std::ranges::find(done, name) != done.end()) continue;
    done.push_back(name);
    misp::Value list = misp::Value::array();
    for (const std::string_view one : target.values(name)) list.push_back(one);
    PARLEY_CHECK(parser.take(name, is_list ? std::move(list) : misp::Value(value)));
  }
  return out;
}

}  // namespace parley::misp_sync
