#include "exchange/taxii_minutes.hpp"

#include "exchange/json_documents.hpp"
#include "exchange/recording.hpp"
#include "state/store.hpp"

namespace parley::exchange {

using encoding::Json;

Json minute_note(const std::string& id, const TaxiiMinute& about) {
  return Json::object(
      {{"id", id}, {"caller", about.caller}, {"collection", about.collection}, {"minute", about.minute}});
}

Json minute_payload(Node& node, const MinuteKind& kind, const std::string& id, const TaxiiMinute& about) {
  Json payload = node.new_payload(std::string(kind.schema));
  payload.set("id", id);
  payload.set("caller", about.caller);
  payload.set("collection", about.collection);
  payload.set("minute", format_time(Timestamp::from_seconds(about.minute * 60)));
  return payload;
}

Result<void> put_note(state::Transaction& transaction, const MinuteKind& kind, const std::string& id,
                      const Json& note) {
  PARLEY_TRY(const auto before, transaction.get_document({kind.notes, id}));
  PARLEY_CHECK(transaction.put_document({kind.notes, id}, to_bytes(encoding::write_json(note)),
                                        before ? before->version : state::DocumentVersion(0)));
  return {};
}

Result<void> record_minutes(Node& node, const MinuteKind& kind, const std::vector<Json>& payloads) {
  if (payloads.empty()) return {};
  PARLEY_CHECK(record_all(node, payloads));
  return state::write(node.store(), state::Durability::synced,
                      [&](state::Transaction& transaction) -> Result<void> {
                        for (const Json& payload : payloads) {
                          PARLEY_TRY(const std::string id, payload.string_member("id"));
                          PARLEY_CHECK(transaction.erase_document({kind.notes, id}));
                        }
                        return {};
                      });
}

Result<void> drop_note(Node& node, const MinuteKind& kind, const std::string& id) {
  return state::write(node.store(), state::Durability::buffered,
                      [&](state::Transaction& transaction) -> Result<void> {
                        PARLEY_CHECK(transaction.erase_document({kind.notes, id}));
                        return {};
                      });
}

Result<void> recover_minutes(Node& node, const MinuteKind& kind,
                             const std::function<void(const Json& note, Json& payload)>& fill) {
  PARLEY_TRY(const std::vector<JsonDocument> notes, list_json(node, kind.notes));
  for (const JsonDocument& note : notes) {
    PARLEY_TRY(const std::string id, note.body.string_member("id"));
    // Recorded, and only the note was not taken away.
    const Result<Recorded> recorded = find_recorded(node, id);
    if (recorded) {
      PARLEY_CHECK(drop_note(node, kind, id));
      continue;
    }
    if (recorded.error().kind != ErrorKind::not_found) return std::unexpected<Error>(recorded.error());
    TaxiiMinute about;
    PARLEY_TRY(about.caller, note.body.string_member("caller"));
    PARLEY_TRY(about.collection, note.body.string_member("collection"));
    PARLEY_TRY(about.minute, note.body.int_member("minute"));
    Json payload = minute_payload(node, kind, id, about);
    fill(note.body, payload);
    PARLEY_CHECK(record_minutes(node, kind, {payload}));
  }
  return {};
}

}  // namespace parley::exchange
