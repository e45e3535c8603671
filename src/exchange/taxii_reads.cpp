#include "exchange/taxii_reads.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "exchange/json_documents.hpp"
#include "exchange/recording.hpp"
#include "policy/policy.hpp"
#include "state/store.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;

constexpr std::string_view schema = "parley/served/1";

Json start(Node& node, const std::string& id, std::string_view caller, std::string_view collection,
           std::int64_t minute) {
  Json payload = node.new_payload(std::string(schema));
  payload.set("id", id);
  payload.set("caller", caller);
  payload.set("collection", collection);
  payload.set("minute", format_time(Timestamp::from_seconds(minute * 60)));
  return payload;
}

}  // namespace

Result<std::uint64_t> TaxiiReads::served(std::string_view caller, std::string_view collection,
                                         std::int64_t minute, const crypto::Hash256& page,
                                         std::uint64_t objects) {
  Key key{minute, std::string(caller), std::string(collection)};
  auto found = open_.find(key);
  if (found == open_.end()) {
    const std::string id = make_uuid7(node_->clock().now().microseconds(), node_->entropy());
    const Json note =
        Json::object({{"id", id}, {"caller", caller}, {"collection", collection}, {"minute", minute}});
    PARLEY_CHECK(save_json(*node_, {notes_, id}, note, state::DocumentVersion(0)));
    found = open_.emplace(std::move(key), Reading{id, 0, 0, {}, {}}).first;
  }
  Reading& reading = found->second;
  ++reading.requests;
  reading.objects += objects;
  ++reading.pages[page];
  const auto [ticket, is_new] = reading.tickets.try_emplace(page, next_ticket_);
  if (is_new) tickets_.emplace(next_ticket_++, Ticket{found->first, page, objects});
  return ticket->second;
}

bool TaxiiReads::again(std::uint64_t ticket, std::uint64_t times) {
  const auto found = tickets_.find(ticket);
  if (found == tickets_.end()) return false;
  const auto reading = open_.find(found->second.reading);
  if (reading == open_.end()) return false;
  reading->second.requests += times;
  reading->second.objects += times * found->second.objects;
  reading->second.pages[found->second.page] += times;
  return true;
}

Result<void> TaxiiReads::close_before(std::int64_t minute) {
  std::vector<Json> payloads;
  const auto end = open_.lower_bound(Key{minute, "", ""});
  for (auto at = open_.begin(); at != end; ++at) {
    const auto& [when, caller, collection] = at->first;
    const Reading& reading = at->second;
    crypto::Sha256 hash;
    for (const auto& [page, times] : reading.pages) hash.update(fmt::format("{} {}\n", to_hex(page), times));
    Json payload = start(*node_, reading.id, caller, collection, when);
    payload.set("complete", true);
    payload.set("requests", reading.requests);
    payload.set("objects", reading.objects);
    payload.set("pages", reading.pages.size());
    payload.set("pages_hash", to_hex(hash.finish()));
    payload.set("policy_version", node_->policy().version());
    payloads.push_back(std::move(payload));
  }
  if (payloads.empty()) return {};
  PARLEY_CHECK(record_all(*node_, payloads));
  PARLEY_CHECK(state::write(node_->store(), state::Durability::synced,
                            [&](state::Transaction& transaction) -> Result<void> {
                              for (auto at = open_.begin(); at != end; ++at)
                                PARLEY_CHECK(transaction.erase_document({notes_, at->second.id}));
                              return {};
                            }));
  for (auto at = open_.begin(); at != end; ++at)
    for (const auto& [page, ticket] : at->second.tickets) tickets_.erase(ticket);
  open_.erase(open_.begin(), end);
  return {};
}

Result<void> TaxiiReads::recover(Node& node, std::string_view notes) {
  PARLEY_TRY(const std::vector<JsonDocument> left, list_json(node, notes));
  for (const JsonDocument& note : left) {
    PARLEY_TRY(const std::string id, note.body.string_member("id"));
    // Recorded, and only the note was not taken away.
    const Result<Recorded> recorded = find_recorded(node, id);
    if (!recorded && recorded.error().kind != ErrorKind::not_found)
      return std::unexpected<Error>(recorded.error());
    if (!recorded) {
      PARLEY_TRY(const std::string caller, note.body.string_member("caller"));
      PARLEY_TRY(const std::string collection, note.body.string_member("collection"));
      PARLEY_TRY(const std::int64_t minute, note.body.int_member("minute"));
      Json payload = start(node, id, caller, collection, minute);
      payload.set("complete", false);
      PARLEY_CHECK(record(node, payload));
    }
    PARLEY_CHECK(state::write(node.store(), state::Durability::synced,
                              [&](state::Transaction& transaction) -> Result<void> {
                                PARLEY_CHECK(transaction.erase_document({notes, id}));
                                return {};
                              }));
  }
  return {};
}

}  // namespace parley::exchange
