#include "exchange/search_hit.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/ascii.hpp"
#include "encoding/ip_address.hpp"
#include "intel/url_host.hpp"

namespace parley::exchange {
namespace {

using intel::Selector;
using intel::SelectorType;

bool is_below(const state::Scope& scope, const Selector& selector) {
  std::string_view host = selector.value;
  if (selector.type == SelectorType::email_addr) host = host.substr(host.rfind('@') + 1);
  if (selector.type == SelectorType::url) host = intel::host_of_canonical_url(host);
  const bool has_host = selector.type == SelectorType::email_addr || selector.type == SelectorType::url ||
                        selector.type == SelectorType::domain_name;
  if (scope.network) {
    const auto address = intel::parse_network(host);
    return address && address->length == address->bits() && address->v6 == scope.network->v6 &&
           intel::shortened(*address, scope.network->length) == *scope.network;
  }
  return has_host && (host == scope.domain || host.ends_with("." + scope.domain));
}

bool overlaps(const TimeRange& range, const std::optional<Timestamp>& first,
              const std::optional<Timestamp>& last) {
  if (range.any()) return true;
  if (!first || !last) return false;
  return (!range.from || *range.from <= *last) && (!range.to || *first <= *range.to);
}

bool holds(const TimeRange& range, const std::optional<Timestamp>& time) {
  return range.any() || (time && range.holds(*time));
}

void add_labels(std::vector<std::string>& all, const std::vector<std::string>& more) {
  std::vector<std::string> both;
  std::ranges::set_union(all, more, std::back_inserter(both));
  all = std::move(both);
}

std::optional<Timestamp> time_of(const std::string& text) {
  const Result<Timestamp> time = parse_time(text);
  return time ? std::optional(*time) : std::nullopt;
}

void widen(SearchHit& hit, Timestamp first, Timestamp last) {
  if (first != Timestamp()) hit.first_seen = hit.first_seen ? std::min(*hit.first_seen, first) : first;
  if (last != Timestamp()) hit.last_seen = hit.last_seen ? std::max(*hit.last_seen, last) : last;
}

}  // namespace

std::string stored_prefix(SelectorType type, const std::string& prefix) {
  using enum SelectorType;
  if (type == url || type == btc || type == xmr || type == mutex) return prefix;
  if (type == iban || type == cve) {
    std::string out = prefix;
    for (char& c : out) c = to_upper(c);
    return out;
  }
  std::string out;
  append_lower(out, prefix);
  return out;
}

bool SearchTest::wants(const Selector& selector) const {
  if (!query.types.empty() && std::ranges::find(query.types, selector.type) == query.types.end())
    return false;
  if (exact) return selector == *exact;
  if (scope) return is_below(*scope, selector);
  return prefix.empty() || selector.value.starts_with(stored_prefix(selector.type, prefix));
}

Result<std::string> HitMaker::source_name(state::SourceId id) {
  const auto known = names_.find(id.value());
  if (known != names_.end()) return known->second;
  PARLEY_TRY(const auto source, reader_.find_source(id));
  return names_.emplace(id.value(), source ? source->latest.name : std::string()).first->second;
}

/// What is held of a selector, of one object alone unless `only` is none; whether anything is.
Result<bool> HitMaker::add_holdings(const Selector& selector, state::ObjectKey only, SearchHit& hit,
                                    std::set<std::string>& sources, bool& wanted) {
  PARLEY_TRY(const std::vector<state::StoredHolding> holdings, reader_.find_holdings(selector));
  bool any = false;
  std::vector<std::string> labels;
  Timestamp last;
  for (const state::StoredHolding& holding : holdings) {
    if (only != state::ObjectKey() && holding.object != only) continue;
    hit.marking = any || !hit.selector ? strictest(hit.marking, holding.marking) : holding.marking;
    any = true;
    last = std::max(last, holding.last_seen);
    widen(hit, holding.first_seen, holding.last_seen);
    hit.open_case = hit.open_case || holding.open_case;
    hit.unpublished = hit.unpublished || holding.unpublished;
    add_labels(labels, holding.labels);
    PARLEY_TRY(std::string name, source_name(holding.source));
    sources.insert(std::move(name));
    wanted = wanted || test_.sources.contains(holding.source.value());
    if (hit.selector && !holding.object_id.empty() && hit.objects.size() < max_hit_list &&
        (hit.objects.empty() || hit.objects.back() != holding.object_id))
      hit.objects.push_back(holding.object_id);
  }
  if (!any) return false;
  add_labels(hit.labels, labels);
  PARLEY_TRY(const auto sightings, reader_.searching().find_sightings(selector));
  const Score score = models_.score(selector.type, labels, last, sightings, now_);
  if (!hit.score || score.value > hit.score->value) hit.score = score;
  return true;
}

bool HitMaker::wants_rest(const SearchHit& hit) const {
  const SearchQuery& query = test_.query;
  if (!query.markings.empty() && std::ranges::find(query.markings, hit.marking) == query.markings.end())
    return false;
  for (const std::string& label : query.labels)
    if (!std::ranges::binary_search(hit.labels, label)) return false;
  return overlaps(query.seen, hit.first_seen, hit.last_seen);
}

Result<std::optional<SearchHit>> HitMaker::of_value(const Selector& selector) {
  SearchHit hit;
  hit.selector = selector;
  std::set<std::string> sources;
  bool wanted = test_.sources.empty();
  PARLEY_TRY(const bool held, add_holdings(selector, {}, hit, sources, wanted));
  if (!held || !wanted || !wants_rest(hit)) return std::nullopt;
  hit.sources.assign(sources.begin(), sources.end());
  return hit;
}

Result<std::optional<SearchHit>> HitMaker::of_content(state::ContentKey key) {
  const state::Searching& searching = reader_.searching();
  const SearchQuery& query = test_.query;
  PARLEY_TRY(const bool current, searching.is_current(key));
  if (!current) return std::nullopt;
  PARLEY_TRY(const auto content, searching.find_content(key));
  if (!content) return std::nullopt;
  const state::StoredObject& object = content->object;
  if (!query.object_types.empty() &&
      std::ranges::find(query.object_types, object.type) == query.object_types.end())
    return std::nullopt;
  SearchHit hit;
  PARLEY_TRY(hit.ended, searching.ended(key));
  if (hit.ended && !query.with_ended) return std::nullopt;
  intel::IndexTerms terms = terms_.read(object.type, object.raw);
  hit.modified = time_of(object.version);
  hit.created = terms.created;
  if (!holds(query.modified, hit.modified) || !holds(query.created, hit.created)) return std::nullopt;
  const bool by_value = test_.exact || test_.scope || !test_.prefix.empty() || !query.types.empty();
  const bool says = !by_value || std::ranges::any_of(terms.selectors, [&](const Selector& selector) {
    return test_.wants(selector);
  });
  if (!says) return std::nullopt;

  hit.object_id = object.id;
  hit.object_type = object.type;
  hit.name = terms.names.substr(0, terms.names.find('\n'));
  hit.revoked = terms.revoked;
  hit.marking = object.marking;
  std::set<std::string> sources;
  bool wanted = test_.sources.empty();
  PARLEY_TRY(const std::vector<state::StoredObject> versions, reader_.find_versions(object.id));
  for (const state::StoredObject& version : versions) {
    if (version.version != object.version) continue;
    hit.marking = strictest(hit.marking, version.marking);
    add_labels(hit.labels, version.labels);
    PARLEY_TRY(std::string name, source_name(version.source));
    sources.insert(std::move(name));
    wanted = wanted || test_.sources.contains(version.source.value());
  }
  for (Selector& selector : terms.selectors) {
    if (hit.values.size() == max_hit_list) break;
    PARLEY_TRY(const bool held, add_holdings(selector, object.key, hit, sources, wanted));
    static_cast<void>(held);
    hit.values.push_back(std::move(selector));
  }
  if (!wanted || !wants_rest(hit)) return std::nullopt;
  hit.sources.assign(sources.begin(), sources.end());
  return hit;
}

}  // namespace parley::exchange
