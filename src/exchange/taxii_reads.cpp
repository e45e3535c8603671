#include "exchange/taxii_reads.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "exchange/json_documents.hpp"
#include "policy/policy.hpp"
#include "state/store.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;

constexpr std::string_view schema = "parley/served/1";

}  // namespace

Result<std::uint64_t> TaxiiReads::served(std::string_view caller, std::string_view collection,
                                         std::int64_t minute, const crypto::Hash256& page,
                                         std::uint64_t objects) {
  TaxiiMinute key{minute, std::string(caller), std::string(collection)};
  auto found = open_.find(key);
  if (found == open_.end()) {
    const std::string id = make_uuid7(node_->clock().now().microseconds(), node_->entropy());
    PARLEY_CHECK(save_json(*node_, {notes_, id}, minute_note(id, key), state::DocumentVersion(0)));
    found = open_.emplace(std::move(key), Reading{id, 0, 0, {}}).first;
  }
  const auto [entry, is_new] = found->second.pages.try_emplace(page);
  if (is_new) {
    entry->second = {&found->second, objects, 0, next_ticket_++};
    tickets_.emplace(entry->second.ticket, &entry->second);
  }
  count(entry->second, 1);
  return entry->second.ticket;
}

bool TaxiiReads::again(std::uint64_t ticket, std::uint64_t times) {
  const auto found = tickets_.find(ticket);
  if (found == tickets_.end()) return false;
  count(*found->second, times);
  return true;
}

void TaxiiReads::count(Page& page, std::uint64_t times) {
  page.times += times;
  page.reading->requests += times;
  page.reading->objects += times * page.objects;
}

Result<void> TaxiiReads::close_before(std::int64_t minute) {
  std::vector<Json> payloads;
  const auto end = open_.lower_bound(TaxiiMinute{minute, "", ""});
  for (auto at = open_.begin(); at != end; ++at) {
    const Reading& reading = at->second;
    crypto::Sha256 hash;
    for (const auto& [page_hash, page] : reading.pages)
      hash.update(fmt::format("{} {}\n", to_hex(page_hash), page.times));
    Json payload = minute_payload(*node_, {notes_, schema}, reading.id, at->first);
    payload.set("complete", true);
    payload.set("requests", reading.requests);
    payload.set("objects", reading.objects);
    payload.set("pages", reading.pages.size());
    payload.set("pages_hash", to_hex(hash.finish()));
    payload.set("policy_version", node_->policy().version());
    payloads.push_back(std::move(payload));
  }
  PARLEY_CHECK(record_minutes(*node_, {notes_, schema}, payloads));
  for (auto at = open_.begin(); at != end; ++at)
    for (const auto& [page_hash, page] : at->second.pages) tickets_.erase(page.ticket);
  open_.erase(open_.begin(), end);
  return {};
}

Result<void> TaxiiReads::recover(Node& node, std::string_view notes) {
  return recover_minutes(node, {notes, schema},
                         [](const Json&, Json& payload) { payload.set("complete", false); });
}

}  // namespace parley::exchange
