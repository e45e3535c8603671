#include "peer/invitation.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "crypto/hash.hpp"
#include "encoding/canonical.hpp"
#include "encoding/json.hpp"
#include "merkle/note.hpp"

namespace parley::peer {
namespace {

using encoding::Json;

constexpr std::string_view schema = "parley/invitation/1";
constexpr std::string_view fingerprint_label = "parley/fingerprint/1";
constexpr std::string_view pairing_label = "parley/pairing/1";
constexpr encoding::JsonLimits invitation_json_limits{
    .max_bytes = max_invitation_bytes, .max_depth = 2, .max_values = 64};
constexpr std::chrono::hours clock_tolerance{24};
constexpr std::size_t fingerprint_groups = 8;

Result<void> require(bool good, std::string_view member, std::string_view rule) {
  if (!good) return fail(ErrorKind::bad_input, "invitation: " + std::string(rule), "/" + std::string(member));
  return {};
}

bool is_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (text.size() > max_address_bytes || colon == std::string_view::npos || colon == 0) return false;
  const std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  return error == std::errc() && end == port.data() + port.size() && port.front() != '0' && number <= 65535 &&
         std::ranges::all_of(host, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                  c == '-' || c == ':' || c == '[' || c == ']';
         });
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = text[i];
    if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  }
  return true;
}

bool is_log_vkey(std::string_view text, std::string_view origin) {
  const auto vkey = merkle::parse_vkey(text);
  return vkey && vkey->type == merkle::KeyType::ed25519 && vkey->name == origin && vkey->text() == text;
}

Result<void> check(const Invitation& invitation) {
  PARLEY_CHECK(require(is_uuid(invitation.id), "id", "not a UUID"));
  PARLEY_CHECK(require(is_address(invitation.address), "address", "not host:port"));
  PARLEY_CHECK(require(
      !invitation.name.empty() && invitation.name.size() <= max_party_name_bytes &&
          std::ranges::none_of(invitation.name,
                               [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }),
      "name", "empty, too long, or with control characters"));
  PARLEY_CHECK(require(
      !invitation.kind.empty() && invitation.kind.size() <= 32 &&
          std::ranges::all_of(invitation.kind, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; }),
      "kind", "not a kind of party"));
  PARLEY_CHECK(
      require(invitation.jurisdiction.size() == 2 &&
                  std::ranges::all_of(invitation.jurisdiction, [](char c) { return c >= 'A' && c <= 'Z'; }),
              "jurisdiction", "not two capital letters"));
  PARLEY_CHECK(require(is_origin(invitation.origin.value()), "origin", "not an origin"));
  PARLEY_CHECK(require(is_log_vkey(invitation.log_vkey, invitation.origin.value()), "log_vkey",
                       "not the verifier key of the node's log"));
  PARLEY_CHECK(require(invitation.role_key != invitation.tls_key, "tls_key", "the same as the role key"));
  return require(invitation.created < invitation.expires, "expires", "not after created");
}

Json to_json(const Invitation& invitation) {
  return Json::object({
      {"schema", schema},
      {"id", invitation.id},
      {"address", invitation.address},
      {"name", invitation.name},
      {"kind", invitation.kind},
      {"jurisdiction", invitation.jurisdiction},
      {"node", invitation.origin.value()},
      {"role_key", to_base64url(invitation.role_key.value())},
      {"log_vkey", invitation.log_vkey},
      {"tls_key", to_base64url(invitation.tls_key.value())},
      {"fingerprint", fingerprint(invitation)},
      {"pairing_secret", to_base64url(invitation.pairing_secret)},
      {"created", format_time(invitation.created)},
      {"expires", format_time(invitation.expires)},
  });
}

Result<Bytes> signed_bytes(const Invitation& invitation) {
  PARLEY_TRY(const std::string text, encoding::canonical_json(to_json(invitation)));
  Bytes out;
  append(out, schema);
  out.push_back(0);
  append(out, text);
  return out;
}

Result<std::string> encode(const Invitation& invitation, const crypto::Signature& signature) {
  Json json = to_json(invitation);
  json.set("signature", Json(to_base64url(signature.value())));
  PARLEY_TRY(std::string text, encoding::canonical_json(json));
  text += '\n';
  return text;
}

template <std::size_t N>
Result<ByteArray<N>> base64_member(const Json& json, std::string_view name) {
  PARLEY_TRY(const std::string text, json.string_member(name));
  PARLEY_TRY(const Bytes bytes, from_base64url(text));
  return to_array<N>(bytes);
}

Result<Timestamp> time_member(const Json& json, std::string_view name) {
  PARLEY_TRY(const std::string text, json.string_member(name));
  return parse_time(text);
}

Result<Invitation> from_json(const Json& json) {
  PARLEY_TRY(const std::string name, json.string_member("schema"));
  PARLEY_CHECK(require(name == schema, "schema", "unknown schema " + name));
  Invitation invitation;
  PARLEY_TRY(invitation.id, json.string_member("id"));
  PARLEY_TRY(invitation.address, json.string_member("address"));
  PARLEY_TRY(invitation.name, json.string_member("name"));
  PARLEY_TRY(invitation.kind, json.string_member("kind"));
  PARLEY_TRY(invitation.jurisdiction, json.string_member("jurisdiction"));
  PARLEY_TRY(std::string origin, json.string_member("node"));
  invitation.origin = Origin(std::move(origin));
  PARLEY_TRY(const auto role_key, base64_member<32>(json, "role_key"));
  invitation.role_key = crypto::PublicKey(role_key);
  PARLEY_TRY(invitation.log_vkey, json.string_member("log_vkey"));
  PARLEY_TRY(const auto tls_key, base64_member<32>(json, "tls_key"));
  invitation.tls_key = crypto::PublicKey(tls_key);
  PARLEY_TRY(invitation.pairing_secret, base64_member<32>(json, "pairing_secret"));
  PARLEY_TRY(invitation.created, time_member(json, "created"));
  PARLEY_TRY(invitation.expires, time_member(json, "expires"));
  return invitation;
}

}  // namespace

Result<std::string> write_invitation(const Invitation& invitation, const crypto::SigningKey& role_key) {
  PARLEY_CHECK(check(invitation));
  PARLEY_CHECK(require(invitation.role_key == role_key.public_key(), "role_key", "not the signer's"));
  PARLEY_TRY(const Bytes bytes, signed_bytes(invitation));
  return encode(invitation, role_key.sign(bytes));
}

Result<Invitation> read_invitation(std::string_view text, Timestamp now) {
  if (text.size() > max_invitation_bytes)
    return fail(ErrorKind::bad_input,
                "invitation: longer than " + std::to_string(max_invitation_bytes) + " bytes");
  PARLEY_TRY(const Json json, encoding::parse_json(text, invitation_json_limits));
  PARLEY_TRY(Invitation invitation, from_json(json));
  PARLEY_CHECK(check(invitation));
  PARLEY_TRY(const auto signature_bytes, base64_member<64>(json, "signature"));
  const crypto::Signature signature(signature_bytes);
  // One reading only: no further members, no other order, no other spelling of a value, the fingerprint that
  // follows from the keys. White space at the end is what mail and editors add.
  PARLEY_TRY(const std::string again, encode(invitation, signature));
  const std::size_t end = text.find_last_not_of(" \t\r\n");
  if (again != std::string(text.substr(0, end + 1)) + '\n')
    return fail(ErrorKind::bad_input, "invitation: not in canonical form; it was changed on its way");
  PARLEY_TRY(const Bytes bytes, signed_bytes(invitation));
  if (!crypto::verify(invitation.role_key, bytes, signature))
    return fail(ErrorKind::bad_input, "invitation: the signature is wrong; it was changed on its way",
                "/signature");
  if (now >= invitation.expires)
    return refuse({"invitation-expired"},
                  "invitation: expired at " + format_time(invitation.expires) + "; ask for a new one");
  if (invitation.created > now + clock_tolerance)
    return refuse({"invitation-expired"}, "invitation: made in the future, at " +
                                              format_time(invitation.created) +
                                              "; check the clocks of both nodes");
  return invitation;
}

std::string fingerprint(const Invitation& invitation) {
  Bytes input;
  append(input, fingerprint_label);
  input.push_back(0);
  append_prefixed(input, as_bytes(invitation.origin.value()));
  append(input, invitation.role_key.value());
  append(input, invitation.tls_key.value());
  append_prefixed(input, as_bytes(invitation.log_vkey));
  const auto hash = crypto::sha512(input);
  std::string out;
  for (std::size_t group = 0; group < fingerprint_groups; ++group) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < 5; ++i) number = number << 8U | hash[group * 5 + i];
    std::string digits = std::to_string(number % 100'000);
    digits.insert(0, 5 - digits.size(), '0');
    if (group > 0) out += ' ';
    out += digits;
  }
  return out;
}

crypto::Secret<32> combine_pairing_secrets(const Origin& own, BytesView own_secret, const Origin& peer,
                                           BytesView peer_secret) {
  const bool first = own < peer;
  Bytes input;
  append(input, first ? own_secret : peer_secret);
  append(input, first ? peer_secret : own_secret);
  Bytes info;
  append(info, pairing_label);
  info.push_back(0);
  append_prefixed(info, as_bytes((first ? own : peer).value()));
  append_prefixed(info, as_bytes((first ? peer : own).value()));
  Bytes key = crypto::hkdf_sha256(input, {}, info, 32);
  crypto::Secret<32> secret;
  std::ranges::copy(key, secret.mutable_view().begin());
  crypto::wipe(key);
  crypto::wipe(input);
  return secret;
}

}  // namespace parley::peer
