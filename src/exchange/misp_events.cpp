#include "exchange/misp_events.hpp"

#include <optional>
#include <unordered_set>
#include <utility>

#include "base/bytes.hpp"
#include "crypto/hash.hpp"
#include "intel/misp.hpp"
#include "misp/event.hpp"
#include "misp/feed.hpp"
#include "state/store.hpp"
#include "state/upkeep.hpp"

namespace parley::exchange {

namespace {

using misp::lower;

/// UUIDs of the attributes that hold something.
std::unordered_set<std::string> living(const misp::Event& event) {
  std::unordered_set<std::string> out;
  for (const misp::AttributeView& attribute : event.attributes())
    if (!attribute.deleted) out.insert(lower(attribute.uuid));
  return out;
}

/// Takes out what an attribute held from this source, or from any of ours.
Result<void> retract(state::Transaction& transaction, const misp::AttributeView& attribute,
                     state::SourceId source, bool received) {
  PARLEY_TRY(const auto key, transaction.find_key("x-misp-attribute--" + lower(attribute.uuid)));
  if (!key) return {};
  std::vector<std::string> warnings;
  for (const intel::Selector& selector : intel::misp_selectors(attribute.type, attribute.value, warnings)) {
    PARLEY_TRY(const auto holdings, transaction.find_holdings(selector));
    for (const state::StoredHolding& holding : holdings) {
      if (holding.object != *key) continue;
      if (received && holding.source != source) continue;
      if (!received) {
        PARLEY_TRY(const auto giver, transaction.find_source(holding.source));
        if (giver && giver->latest.kind == "peer") continue;
      }
      PARLEY_CHECK(transaction.upkeep().retract(selector, key, holding.source));
    }
  }
  return {};
}

/// What lists are made from: the entry of a feed's manifest and what an index says besides.
std::string summary_of(const misp::Event& event) {
  misp::Value summary = misp::manifest_entry(event);
  for (const char* const name : {"distribution", "sharing_group_id", "publish_timestamp", "extends_uuid"})
    if (const misp::Value* const value = event.json().find(name)) summary.set(name, *value);
  return misp::write_value(summary);
}

}  // namespace

std::string misp_instance_uuid(std::string_view origin) {
  crypto::Hash256 hash = crypto::sha256(as_bytes("parley/misp-instance/1 " + std::string(origin)));
  hash[6] = static_cast<std::uint8_t>((hash[6] & 0x0FU) | 0x80U);
  hash[8] = static_cast<std::uint8_t>((hash[8] & 0x3FU) | 0x80U);
  std::string out = to_hex(BytesView(hash).first(16));
  for (const std::size_t dash : {20U, 16U, 12U, 8U}) out.insert(dash, 1, '-');
  return out;
}

Result<MispEventOutcome> store_misp_event(state::Transaction& transaction, state::SourceId source,
                                          bool received, std::string_view document) {
  using Fate = MispEventFate;
  Result<misp::Event> event = misp::parse_event(document);
  if (!event) return MispEventOutcome{Fate::unreadable, event.error().text()};
  state::MispEvents& events = transaction.misp_events_for_writing();
  PARLEY_TRY(const auto held, events.find_of(event->uuid(), source, received));
  Fate fate = Fate::added;
  if (held) {
    if (held->content == document) return MispEventOutcome{Fate::unchanged, {}};
    Result<misp::Event> before = misp::parse_event(held->content);
    if (!before)
      return fail(ErrorKind::internal, "the store has an event that is none: " + before.error().text());
    const misp::EventOrder order =
        event->timestamp() == 0 ? misp::EventOrder::newer : misp::compare_versions(*before, *event);
    const std::string named = "the event " + lower(event->uuid());
    if (order == misp::EventOrder::older)
      return MispEventOutcome{Fate::older, named + " is older than the one that is held"};
    if (order == misp::EventOrder::changed)
      return MispEventOutcome{Fate::changed,
                              named +
                                  " has other content than the one that is held under the same timestamp;"
                                  " whoever changed it has to give it a later one"};
    fate = order == misp::EventOrder::same ? Fate::unchanged : Fate::replaced;
    // Said again later, with what instances say for themselves.
    if (fate == Fate::unchanged && event->publish_timestamp() < before->publish_timestamp())
      return MispEventOutcome{fate, {}};
    const std::unordered_set<std::string> now = living(*event);
    for (const misp::AttributeView& attribute : before->attributes())
      if (!attribute.deleted && !now.contains(lower(attribute.uuid)))
        PARLEY_CHECK(retract(transaction, attribute, source, received));
  }
  PARLEY_CHECK(events.put({.uuid = std::string(event->uuid()),
                           .source = source,
                           .received = received,
                           .timestamp = event->timestamp(),
                           .published = event->published(),
                           .attributes = event->attributes().size(),
                           .summary = summary_of(*event),
                           .content = std::string(document)}));
  return MispEventOutcome{fate, {}};
}

}  // namespace parley::exchange
