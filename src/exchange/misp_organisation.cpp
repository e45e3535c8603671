#include "exchange/misp_organisation.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "crypto/hash.hpp"
#include "exchange/json_documents.hpp"
#include "misp_sync/target.hpp"
#include "state/store.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;

constexpr std::string_view collection = "misp_organisations";

std::string key_of(std::string_view origin) {
  return to_hex(crypto::sha256(as_bytes(origin)));
}

}  // namespace

Result<std::string> misp_organisation(const state::Reader& reader, std::string_view origin) {
  const std::string id = key_of(origin);
  PARLEY_TRY(const auto document, reader.get_document({collection, id}));
  if (!document) return std::string();
  PARLEY_TRY(const Json json, encoding::parse_json(as_text(document->body)));
  return json.string_member("uuid");
}

Result<void> set_misp_organisation(Node& node, std::string_view origin, std::string_view uuid) {
  std::string lower;
  append_lower(lower, uuid);
  if (!lower.empty() && !misp_sync::is_uuid(lower))
    return fail(ErrorKind::bad_input, "the UUID of an organisation in MISP, or nothing");
  const std::string id = key_of(origin);
  return state::write(node.store(), state::Durability::synced, [&](state::Transaction& t) -> Result<void> {
    const state::DocumentKey key{collection, id};
    if (lower.empty()) {
      PARLEY_CHECK(t.erase_document(key));
      return {};
    }
    const Json json = Json::object({{"origin", std::string(origin)}, {"uuid", lower}});
    PARLEY_TRY(const auto before, t.get_document(key));
    PARLEY_CHECK(t.put_document(key, to_bytes(encoding::write_json(json)),
                                before ? before->version : state::DocumentVersion(0)));
    return {};
  });
}

}  // namespace parley::exchange
