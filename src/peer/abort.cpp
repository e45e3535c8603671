#include "peer/abort.hpp"

#include <cstdint>

#include "encoding/json.hpp"
#include "record/jws.hpp"

namespace parley::peer {
namespace {

constexpr std::string_view schema = "parley/abort/1";
constexpr std::string_view code = "aborted";

template <std::size_t N>
Result<ByteArray<N>> hex_member(const encoding::Json& payload, std::string_view name) {
  PARLEY_TRY(const std::string text, payload.string_member(name));
  PARLEY_TRY(const Bytes bytes, from_hex(text));
  return to_array<N>(bytes);
}

bool is_kind(std::string_view name) {
  if (name == "hello") return true;
  for (unsigned number = 0; number <= UINT8_MAX; ++number)
    if (const auto known = session_kind_name(static_cast<SessionKind>(number));
        known != "unknown" && known == name)
      return true;
  return false;
}

}  // namespace

Result<std::string> sign_abort(const Abort& abort, Entropy& entropy, const crypto::SigningKey& role_key) {
  // Whole seconds, zeros for what is missing: the length tells nothing.
  const Timestamp created = Timestamp::from_seconds(abort.created.seconds());
  const encoding::Json payload = encoding::Json::object({
      {"schema", schema},
      {"id", make_uuid7(created.microseconds(), entropy)},
      {"node", abort.node.value()},
      {"created", format_time(created)},
      {"counterparty", abort.counterparty.value()},
      {"kind", abort.kind},
      {"session", to_hex(abort.session.value())},
      {"offer", to_hex(abort.offer.value_or(crypto::Hash256{}))},
      {"code", code},
  });
  return record::sign_statement(payload, role_key);
}

Result<Abort> read_abort(std::string_view jws, const crypto::PublicKey& role_key) {
  if (jws.size() > *frame_limit(FrameType::abort)) return fail(ErrorKind::bad_input, "abort: too long");
  PARLEY_TRY(const record::Statement statement, record::verify_statement(jws, role_key));
  if (statement.schema != schema)
    return fail(ErrorKind::bad_input, "abort: not a statement " + std::string(schema));
  PARLEY_TRY(const std::string word, statement.members.string_member("code"));
  if (word != code) return fail(ErrorKind::bad_input, "abort: unknown code");
  Abort abort;
  PARLEY_TRY(std::string node, statement.members.string_member("node"));
  if (!is_origin(node)) return fail(ErrorKind::bad_input, "abort: not an origin");
  abort.node = Origin(std::move(node));
  PARLEY_TRY(std::string counterparty, statement.members.string_member("counterparty"));
  if (!is_origin(counterparty)) return fail(ErrorKind::bad_input, "abort: not an origin", "/counterparty");
  abort.counterparty = Origin(std::move(counterparty));
  PARLEY_TRY(abort.kind, statement.members.string_member("kind"));
  if (!is_kind(abort.kind)) return fail(ErrorKind::bad_input, "abort: unknown kind of session", "/kind");
  PARLEY_TRY(const std::string created, statement.members.string_member("created"));
  PARLEY_TRY(abort.created, parse_time(created));
  PARLEY_TRY(const auto session, hex_member<16>(statement.members, "session"));
  abort.session = SessionId(session);
  PARLEY_TRY(const auto offer, hex_member<32>(statement.members, "offer"));
  if (offer != crypto::Hash256{}) abort.offer = offer;
  return abort;
}

Frame make_abort_frame(std::string_view jws) {
  return {FrameType::abort, to_bytes(jws)};
}

}  // namespace parley::peer
