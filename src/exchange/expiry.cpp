#include "exchange/expiry.hpp"

#include <algorithm>
#include <utility>

#include "exchange/object_facts.hpp"
#include "state/store.hpp"

namespace parley::exchange {
namespace {

using intel::Selector;
using state::Searching;

/// Looked at in one step.
constexpr std::size_t at_once = 1'000;

/// A value that is to be taken out.
struct Doomed {
  Selector selector;
  std::string why;
};

}  // namespace

struct Expiry::State {
  State(Node& the_node, const DecayModels& the_models, ExpiryOptions the_options)
      : node(the_node), models(the_models), options(the_options), now(the_node.clock().now()) {}

  enum class Stage : std::uint8_t { validity, sightings, decay, done };

  Node& node;
  const DecayModels& models;
  ExpiryOptions options;
  Timestamp now;
  Stage stage = Stage::validity;
  Searching::Validity validity;
  std::optional<state::Sighting> sighting;
  std::optional<Selector> value;
  ExpiryReport report;

  void note(std::string what, std::string why) {
    if (report.listed.size() < ExpiryReport::max_listed)
      report.listed.push_back({std::move(what), std::move(why)});
  }
  Result<void> step_validity();
  Result<void> step_sightings();
  Result<void> step_decay();
  Result<void> take_out(const std::vector<std::string>& objects);
  Result<void> take_out(const std::vector<Doomed>& values, std::uint64_t& count);
};

Result<void> Expiry::State::step_validity() {
  std::vector<std::string> over;
  {
    PARLEY_TRY(const auto reader, node.store().snapshot());
    const Searching& searching = reader->searching();
    PARLEY_TRY(const auto found, searching.list_valid_until(now, validity, at_once));
    for (const Searching::Validity& one : found) {
      validity = one;
      ++report.looked_at;
      // An older version may have been valid for longer or shorter.
      PARLEY_TRY(const bool current, searching.is_current(one.content));
      PARLEY_TRY(const auto ended, searching.ended(one.content));
      if (!current || ended) continue;
      PARLEY_TRY(const auto content, searching.find_content(one.content));
      if (content) over.push_back(content->object.id);
    }
    if (found.size() < at_once) stage = Stage::sightings;
  }
  return take_out(over);
}

Result<void> Expiry::State::take_out(const std::vector<std::string>& objects) {
  if (objects.empty()) return {};
  // A dry run does it all, and does not commit.
  PARLEY_TRY(const auto transaction, node.store().begin(state::Durability::synced));
  for (const std::string& id : objects) {
    PARLEY_TRY(const state::UpkeepCounts counts, transaction->upkeep().end_object(id, now));
    report.counts += counts;
    if (counts.objects == 0) continue;
    ++report.by_validity;
    note(id, "valid_until");
  }
  return options.dry_run ? Result<void>{} : transaction->commit();
}

Result<void> Expiry::State::step_sightings() {
  std::vector<Doomed> over;
  {
    PARLEY_TRY(const auto reader, node.store().snapshot());
    const state::Sighting* const after = sighting ? &*sighting : nullptr;
    PARLEY_TRY(const auto found,
               reader->searching().list_sightings(state::SightingKind::expiration, after, at_once));
    for (const state::Sighting& one : found) {
      sighting = one;
      if (one.at > now) continue;
      ++report.looked_at;
      PARLEY_TRY(const auto summary, reader->find_selector(one.selector));
      if (!summary) continue;
      PARLEY_TRY(const auto sightings, reader->searching().find_sightings(one.selector));
      const Score score =
          models.score(one.selector.type, summary->labels, summary->last_seen, sightings, now);
      if (score.expired) over.push_back({one.selector, "sighting"});
    }
    if (found.size() < at_once)
      stage = models.any_expires() || options.all_decayed ? Stage::decay : Stage::done;
  }
  return take_out(over, report.by_sighting);
}

Result<void> Expiry::State::step_decay() {
  std::vector<Doomed> over;
  {
    PARLEY_TRY(const auto reader, node.store().snapshot());
    std::vector<state::SelectorSummary> batch;
    const auto visit = [&](const state::SelectorSummary& summary) {
      batch.push_back(summary);
      return batch.size() < at_once;
    };
    PARLEY_CHECK(reader->for_each_selector(intel::all_selector_types(), visit, value ? &*value : nullptr));
    for (const state::SelectorSummary& summary : batch) {
      ++report.looked_at;
      PARLEY_TRY(const auto sightings, reader->searching().find_sightings(summary.selector));
      const Score score =
          models.score(summary.selector.type, summary.labels, summary.last_seen, sightings, now);
      if (score.decayed && !score.model.empty() && (score.expire || options.all_decayed))
        over.push_back({summary.selector, "decay " + score.model});
    }
    if (!batch.empty()) value = batch.back().selector;
    if (batch.size() < at_once) stage = Stage::done;
  }
  return take_out(over, report.by_decay);
}

Result<void> Expiry::State::take_out(const std::vector<Doomed>& values, std::uint64_t& count) {
  if (values.empty()) return {};
  PARLEY_TRY(const auto transaction, node.store().begin(state::Durability::synced));
  for (const Doomed& one : values) {
    PARLEY_TRY(const state::UpkeepCounts counts,
               transaction->upkeep().retract(one.selector, std::nullopt, std::nullopt));
    report.counts += counts;
    if (counts.holdings == 0) continue;
    ++count;
    note(selector_text(one.selector), one.why);
  }
  return options.dry_run ? Result<void>{} : transaction->commit();
}

Expiry::Expiry(Node& node, const DecayModels& models, ExpiryOptions options)
    : state_(std::make_unique<State>(node, models, options)) {}
Expiry::Expiry(Expiry&&) noexcept = default;
Expiry::~Expiry() = default;

Result<bool> Expiry::step() {
  switch (state_->stage) {
    case State::Stage::validity:
      PARLEY_CHECK(state_->step_validity());
      break;
    case State::Stage::sightings:
      PARLEY_CHECK(state_->step_sightings());
      break;
    case State::Stage::decay:
      PARLEY_CHECK(state_->step_decay());
      break;
    case State::Stage::done:
      break;
  }
  return state_->stage == State::Stage::done;
}

ExpiryReport& Expiry::report() {
  return state_->report;
}

}  // namespace parley::exchange
