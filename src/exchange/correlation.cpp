#include "exchange/correlation.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include "base/ascii.hpp"
#include "encoding/json.hpp"
#include "exchange/cursor.hpp"
#include "intel/index_terms.hpp"
#include "intel/network.hpp"
#include "intel/refang.hpp"
#include "state/search.hpp"
#include "state/store.hpp"

namespace parley::exchange {
namespace {

using intel::Selector;
using intel::SelectorType;
using state::ContentKey;
using Relation = Neighbour::Relation;

/// One question to the index, in the order in which they are asked.
struct Question {
  std::string value;
  Relation relation;
};

std::string text_member(const encoding::Json& json, std::string_view key) {
  const encoding::Json* const value = json.find(key);
  return value != nullptr && value->is_string() ? *value->if_string() : std::string();
}

/// The value itself, its parts, and every network around an address.
Result<std::vector<Question>> questions_of(const state::Reader& reader, const std::string& value) {
  std::vector<Question> out;
  const std::string plain = intel::refang(value);
  const auto ask = [&](std::string_view text, Relation relation) {
    std::string spelt = intel::correlating_value(text);
    const bool known =
        std::ranges::any_of(out, [&](const Question& question) { return question.value == spelt; });
    if (!spelt.empty() && !known) out.push_back({std::move(spelt), relation});
  };
  ask(value, Relation::equal);
  ask(plain, Relation::equal);
  if (const auto guessed = intel::guess_selector(value); guessed && *guessed)
    ask((*guessed)->value, Relation::equal);
  if (const std::size_t bar = value.find('|'); bar != std::string::npos) {
    ask(std::string_view(value).substr(0, bar), Relation::part);
    ask(std::string_view(value).substr(bar + 1), Relation::part);
  }
  const auto network = intel::parse_network(plain);
  if (!network) return out;
  for (std::uint8_t length = network->length; length-- > 0;)
    ask(intel::network_text(intel::shortened(*network, length)), Relation::contains);
  if (network->length == network->bits()) return out;
  state::Scope scope;
  scope.network = network;
  PARLEY_TRY(const auto inside,
             reader.searching().list_in_scope(
                 scope, network->v6 ? SelectorType::ipv6_addr : SelectorType::ipv4_addr, {}, max_addresses));
  for (const Selector& address : inside) out.push_back({address.value, Relation::inside});
  return out;
}

class Walk {
 public:
  Walk(const state::Reader& reader, std::size_t limit) : reader_(reader), limit_(limit) {}

  /// Those of one question behind a content; whether the page is full.
  Result<bool> ask(const Question& question, ContentKey after) {
    constexpr std::size_t chunk = 256;
    at_ = after;
    for (;;) {
      PARLEY_TRY(const std::vector<ContentKey> keys,
                 reader_.searching().find_saying(question.value, at_, chunk));
      for (const ContentKey key : keys) {
        if (out_.size() >= limit_) return true;
        at_ = key;
        PARLEY_CHECK(take(question, key));
      }
      if (keys.size() < chunk) break;
    }
    return plain_lists(question);
  }

  ContentKey at() const { return at_; }
  std::vector<Neighbour> take_found() { return std::move(out_); }

 private:
  Result<void> take(const Question& question, ContentKey key) {
    PARLEY_TRY(const bool current, reader_.searching().is_current(key));
    if (!current) return {};
    PARLEY_TRY(const auto content, reader_.searching().find_content(key));
    if (!content) return {};
    const state::StoredObject& object = content->object;
    // Another value may have the same hash.
    const intel::IndexTerms terms = terms_.read(object.type, object.raw);
    if (!std::ranges::binary_search(terms.values, question.value)) return {};
    Neighbour one;
    one.relation = question.relation;
    one.object_id = object.id;
    one.object_type = object.type;
    one.kind = object.type;
    one.value = question.value;
    one.marking = object.marking;
    if (object.type == "x-misp-attribute") {
      PARLEY_TRY(const encoding::Json json, encoding::parse_json(object.raw));
      one.kind = text_member(json, "type");
      one.value = text_member(json, "value");
      PARLEY_TRY(const auto references, reader_.references_from(object.id));
      for (const state::StoredReference& reference : references)
        if (reference.property == "event_ref") one.event = reference.target;
    }
    const bool is_whole = intel::correlating_value(one.value) == question.value;
    if (one.relation == Relation::equal && (!is_whole || (one.event.empty() && terms.values.size() > 1)))
      one.relation = Relation::part;
    PARLEY_TRY(const auto source, reader_.find_source(object.source));
    if (source) one.source = source->latest.name;
    out_.push_back(std::move(one));
    return {};
  }

  /// Lists that say the value without an object: a few a value, so they end the answer to a question whole.
  Result<bool> plain_lists(const Question& question) {
    const auto guessed = intel::guess_selector(question.value);
    if (!guessed || !*guessed) return false;
    PARLEY_TRY(const auto holdings, reader_.find_holdings(**guessed));
    for (const state::StoredHolding& holding : holdings) {
      if (holding.object != state::ObjectKey()) continue;
      Neighbour one;
      one.relation = question.relation;
      one.value = holding.selector.value;
      one.kind = intel::type_name(holding.selector.type);
      one.marking = holding.marking;
      PARLEY_TRY(const auto source, reader_.find_source(holding.source));
      if (source) one.source = source->latest.name;
      out_.push_back(std::move(one));
    }
    return false;
  }

  const state::Reader& reader_;
  std::size_t limit_;
  intel::TermReader terms_;
  ContentKey at_;
  std::vector<Neighbour> out_;
};

/// "12 4711": the question and the content behind which the next page begins.
Result<std::pair<std::size_t, ContentKey>> read_place(const std::string& place) {
  if (place.empty()) return std::pair{std::size_t{0}, ContentKey()};
  std::size_t question = 0;
  std::int64_t key = 0;
  const char* const end = place.data() + place.size();
  const auto [space, error] = std::from_chars(place.data(), end, question);
  if (error != std::errc() || space == end || std::from_chars(space + 1, end, key).ptr != end)
    return fail(ErrorKind::usage, "this cursor is not of this list; start again without it");
  return std::pair{question, ContentKey(key)};
}

}  // namespace

std::string_view relation_name(Relation relation) {
  switch (relation) {
    case Relation::part:
      return "part";
    case Relation::contains:
      return "contains";
    case Relation::inside:
      return "inside";
    case Relation::equal:
      break;
  }
  return "equal";
}

Result<Neighbours> find_neighbours(Node& node, const std::string& value, std::size_t limit,
                                   const std::string& cursor) {
  if (trim(value).empty() || value.size() > intel::max_correlating_bytes)
    return fail(ErrorKind::usage,
                "name a value of at most " + std::to_string(intel::max_correlating_bytes) + " bytes");
  const std::string filter = "neighbours:" + value;
  PARLEY_TRY(const std::string place, read_cursor(node, cursor, filter));
  PARLEY_TRY(const auto begin, read_place(place));
  PARLEY_TRY(const auto reader, node.store().snapshot());
  PARLEY_TRY(const std::vector<Question> questions, questions_of(*reader, value));
  Walk walk(*reader, std::clamp<std::size_t>(limit, 1, max_neighbours));
  Neighbours out;
  for (std::size_t i = begin.first; i < questions.size(); ++i) {
    PARLEY_TRY(const bool full, walk.ask(questions[i], i == begin.first ? begin.second : ContentKey()));
    if (!full) continue;
    out.cursor = make_cursor(node, std::to_string(i) + " " + std::to_string(walk.at().value()), filter);
    break;
  }
  out.found = walk.take_found();
  return out;
}

}  // namespace parley::exchange
