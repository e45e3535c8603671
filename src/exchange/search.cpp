#include "exchange/search.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "base/ascii.hpp"
#include "encoding/json.hpp"
#include "exchange/cursor.hpp"
#include "exchange/object_facts.hpp"
#include "exchange/search_hit.hpp"
#include "intel/refang.hpp"
#include "intel/stix.hpp"

namespace parley::exchange {
namespace {

using encoding::Json;
using intel::Selector;
using intel::SelectorType;

/// Candidates of one step: a few milliseconds where each is looked at and none is wanted.
constexpr std::size_t candidates_a_step = 500;

Json times_json(const TimeRange& range) {
  Json out = Json::array();
  out.push_back(range.from ? Json(range.from->microseconds()) : Json());
  out.push_back(range.to ? Json(range.to->microseconds()) : Json());
  return out;
}

template <class List>
Json list_json(const List& list) {
  Json out = Json::array();
  for (const auto& one : list) {
    if constexpr (std::is_enum_v<std::decay_t<decltype(one)>>)
      out.push_back(static_cast<std::uint64_t>(one));
    else
      out.push_back(one);
  }
  return out;
}

/// What a cursor is bound to.
std::string filter_of(const SearchQuery& query) {
  Json out = Json::array({query.value, static_cast<std::uint64_t>(query.match), query.text,
                          list_json(query.types), list_json(query.object_types), list_json(query.labels),
                          list_json(query.markings), list_json(query.sources), times_json(query.seen),
                          times_json(query.created), times_json(query.modified), query.with_ended});
  return "search:" + encoding::write_json(out);
}

Result<std::optional<Selector>> exact_value(const SearchQuery& query) {
  if (query.types.size() == 1) {
    auto selector = intel::canonical_selector(query.types.front(), query.value);
    if (!selector) selector = intel::canonical_selector(query.types.front(), intel::refang(query.value));
    if (!selector)
      return fail(ErrorKind::usage, "this is no value of that type: " + selector.error().message);
    return *selector;
  }
  const auto guessed = intel::guess_selector(query.value);
  if (!guessed || !*guessed)
    return fail(ErrorKind::usage, "this is no value of a type that is known; name the type, or --prefix");
  return **guessed;
}

Result<state::Scope> scope_of(const std::string& value) {
  state::Scope out;
  const std::string plain = intel::refang(trim(value));
  if (const auto network = intel::parse_network(plain)) {
    out.network = network;
    return out;
  }
  std::string_view name = plain;
  while (name.starts_with("*.") || name.starts_with('.')) name.remove_prefix(name.front() == '*' ? 2 : 1);
  // A top-level domain is no name by itself, and a scope all the same.
  const auto domain = intel::canonical_selector(SelectorType::domain_name, name);
  if (domain) {
    out.domain = domain->value;
    return out;
  }
  append_lower(out.domain, name);
  const bool is_label =
      !name.empty() && std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '-'; });
  if (!is_label) return fail(ErrorKind::usage, "--below takes a domain, or a network like 192.0.2.0/24");
  return out;
}

}  // namespace

Result<std::vector<state::TextTerm>> parse_text_query(std::string_view text) {
  std::vector<state::TextTerm> out;
  if (text.size() > max_search_text_bytes)
    return fail(ErrorKind::usage,
                "the text is longer than " + std::to_string(max_search_text_bytes) + " bytes");
  while (!(text = trim(text)).empty()) {
    state::TextTerm term;
    std::size_t end = 0;
    if (text.front() == '"') {
      text.remove_prefix(1);
      end = std::min(text.find('"'), text.size());
      term.text = text.substr(0, end);
      end = std::min(end + 1, text.size());
    } else {
      while (end < text.size() && !is_space(text[end]) && text[end] != '"') ++end;
      term.text = text.substr(0, end);
      while (term.text.ends_with('*')) {
        term.text.pop_back();
        term.prefix = true;
      }
    }
    text.remove_prefix(end);
    if (term.text.empty()) continue;
    if (term.text.size() > state::max_text_term_bytes)
      return fail(ErrorKind::usage,
                  "a word or phrase is longer than " + std::to_string(state::max_text_term_bytes) + " bytes");
    out.push_back(std::move(term));
    if (out.size() > state::max_text_terms)
      return fail(ErrorKind::usage,
                  "more than " + std::to_string(state::max_text_terms) + " words and phrases");
  }
  return out;
}

struct Search::State {
  State(Node& the_node, const DecayModels& the_models) : node(the_node), models(the_models) {}

  Node& node;
  const DecayModels& models;
  SearchTest test;
  std::string filter;
  std::size_t limit = 0;
  bool objects = false;              ///< hits are objects
  bool by_value = false;             ///< of those that say one value, by rising key
  std::vector<SelectorType> walked;  ///< types that are still to be looked through, the last first
  std::optional<Selector> after;     ///< of the type that is walked
  Selector last;                     ///< that was looked at
  state::ContentKey at;
  intel::TermReader terms;
  SearchPage page;
  bool done = false;

  Result<void> resume(const std::string& key);
  Result<void> step();
  Result<void> step_values(const state::Reader& reader, HitMaker& maker);
  Result<void> step_objects(const state::Reader& reader, HitMaker& maker);
  Result<std::vector<Selector>> next_values(const state::Reader& reader, SelectorType type);
  Result<std::vector<state::ContentKey>> next_contents(const state::Reader& reader);
  void end_page(const std::string& key) {
    page.cursor = make_cursor(node, key, filter);
    done = true;
  }
};

Result<void> Search::State::resume(const std::string& key) {
  if (key.empty()) return {};
  const auto foreign = [] { return fail(ErrorKind::usage, "this cursor is not of this search"); };
  if (objects) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), number);
    if (error != std::errc() || end != key.data() + key.size()) return foreign();
    at = state::ContentKey(number);
    return {};
  }
  const std::size_t space = key.find(' ');
  const auto type = intel::parse_selector_type(key.substr(0, space));
  if (!type || space == std::string::npos) return foreign();
  after = Selector{*type, key.substr(space + 1)};
  while (!walked.empty() && walked.back() != *type) walked.pop_back();
  return {};
}

/// Of one type, behind the last.
Result<std::vector<Selector>> Search::State::next_values(const state::Reader& reader, SelectorType type) {
  if (test.scope)
    return reader.searching().list_in_scope(*test.scope, type, after ? after->value : std::string(),
                                            candidates_a_step);
  std::vector<Selector> out;
  if (test.exact) {
    if (!after && test.exact->type == type) out.push_back(*test.exact);
    return out;
  }
  const auto visit = [&](const state::SelectorSummary& summary) {
    out.push_back(summary.selector);
    return out.size() < candidates_a_step;
  };
  PARLEY_CHECK(reader.searching().for_each_with_prefix(type, stored_prefix(type, test.prefix), visit,
                                                       after ? &*after : nullptr));
  return out;
}

Result<void> Search::State::step_values(const state::Reader& reader, HitMaker& maker) {
  if (walked.empty()) {
    done = true;
    return {};
  }
  PARLEY_TRY(const std::vector<Selector> values, next_values(reader, walked.back()));
  for (const Selector& value : values) {
    if (page.hits.size() == limit || page.looked_at >= max_search_candidates) {
      end_page(std::string(intel::type_name(last.type)) + " " + last.value);
      return {};
    }
    ++page.looked_at;
    PARLEY_TRY(auto hit, maker.of_value(value));
    if (hit) page.hits.push_back(std::move(*hit));
    after = last = value;
  }
  if (values.size() < candidates_a_step) {
    walked.pop_back();
    after.reset();
  }
  return {};
}

Result<std::vector<state::ContentKey>> Search::State::next_contents(const state::Reader& reader) {
  if (by_value)
    return reader.searching().find_saying(intel::correlating_value(test.exact->value), at, candidates_a_step);
  return reader.searching().find_text(test.terms, at, candidates_a_step);
}

Result<void> Search::State::step_objects(const state::Reader& reader, HitMaker& maker) {
  PARLEY_TRY(const std::vector<state::ContentKey> keys, next_contents(reader));
  for (const state::ContentKey key : keys) {
    if (page.hits.size() == limit || page.looked_at >= max_search_candidates) {
      end_page(std::to_string(at.value()));
      return {};
    }
    ++page.looked_at;
    at = key;
    if (by_value) {
      PARLEY_TRY(const bool has_text, reader.searching().has_text(test.terms, key));
      if (!has_text) continue;
    }
    PARLEY_TRY(auto hit, maker.of_content(key));
    if (hit) page.hits.push_back(std::move(*hit));
  }
  done = keys.size() < candidates_a_step;
  return {};
}

Result<void> Search::State::step() {
  PARLEY_TRY(const auto reader, node.store().snapshot());
  HitMaker maker(*reader, test, models, terms, node.clock().now());
  return objects ? step_objects(*reader, maker) : step_values(*reader, maker);
}

Search::Search(std::unique_ptr<State> state) : state_(std::move(state)) {}
Search::Search(Search&&) noexcept = default;
Search::~Search() = default;

Result<Search> Search::make(Node& node, SearchQuery query, const DecayModels& models, std::size_t limit,
                            const std::string& cursor) {
  auto state = std::make_unique<State>(node, models);
  state->filter = filter_of(query);
  state->limit = std::clamp<std::size_t>(limit, 1, max_search_page);
  SearchTest& test = state->test;
  PARLEY_TRY(test.terms, parse_text_query(query.text));
  using Match = SearchQuery::Match;
  if (!query.value.empty() && query.match == Match::exact) {
    PARLEY_TRY(test.exact, exact_value(query));
  }
  if (!query.value.empty() && query.match == Match::below) {
    PARLEY_TRY(test.scope, scope_of(query.value));
  }
  if (query.match == Match::prefix) test.prefix = query.value;
  if (!query.sources.empty()) {
    PARLEY_TRY(const auto reader, node.store().snapshot());
    PARLEY_TRY(const auto sources, reader->list_sources());
    for (const state::StoredSource& source : sources)
      if (std::ranges::find(query.sources, source.latest.name) != query.sources.end())
        test.sources.insert(source.id.value());
    if (test.sources.empty())
      return fail(ErrorKind::usage, "--source: nothing was imported from a source called " +
                                        query.sources.front() + "; what was is in the answer to any search");
  }
  state->objects = !test.terms.empty() || !query.object_types.empty() || !query.created.any() ||
                   !query.modified.any() || query.with_ended;
  state->by_value = state->objects && test.exact;
  if (!state->objects) {
    const auto all = intel::all_selector_types();
    state->walked.assign(all.begin(), all.end());
    if (!query.types.empty()) state->walked = query.types;
    if (test.exact) state->walked = {test.exact->type};
    std::ranges::sort(state->walked, std::greater<>());
    const auto repeats = std::ranges::unique(state->walked);
    state->walked.erase(repeats.begin(), repeats.end());
  }
  test.query = std::move(query);
  PARLEY_TRY(const std::string key, read_cursor(node, cursor, state->filter));
  PARLEY_CHECK(state->resume(key));
  return Search(std::move(state));
}

Result<bool> Search::step() {
  if (!state_->done) PARLEY_CHECK(state_->step());
  return state_->done;
}

std::uint64_t Search::looked_at() const {
  return state_->page.looked_at;
}

SearchPage Search::take() {
  return std::move(state_->page);
}

}  // namespace parley::exchange
