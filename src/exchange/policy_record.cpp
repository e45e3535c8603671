#include "exchange/policy_record.hpp"

#include "exchange/json_documents.hpp"
#include "exchange/recording.hpp"

namespace parley::exchange {

using encoding::Json;

namespace {
constexpr state::DocumentKey last_recorded{"node", "policy"};
}  // namespace

Result<void> record_policy(Node& node, const policy::Policy& policy, std::string_view by) {
  const Json now = Json::object({{"policy_version", policy.version()}, {"closed", policy.is_closed()}});
  PARLEY_TRY(const std::optional<JsonDocument> known, load_json(node, last_recorded));
  if (known && known->body == now) return {};
  Json payload = node.new_payload("parley/policy/1");
  payload.set("policy_version", policy.version());
  payload.set("closed", policy.is_closed());
  payload.set("by", by);
  PARLEY_CHECK(record(node, payload));
  return save_json(node, last_recorded, now, known ? known->version : state::DocumentVersion(0));
}

}  // namespace parley::exchange
