#include "intel/sco_id.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "base/bytes.hpp"
#include "crypto/hash.hpp"
#include "encoding/canonical.hpp"

namespace parley::intel {

const ByteArray<16> stix_sco_namespace{0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c,
                                       0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7};

std::string make_uuid5(const ByteArray<16>& name_space, std::string_view name) {
  Bytes message;
  message.reserve(name_space.size() + name.size());
  append(message, BytesView(name_space));
  append(message, name);
  const crypto::Hash160 hash = crypto::sha1(message);
  ByteArray<16> uuid;
  std::copy_n(hash.begin(), uuid.size(), uuid.begin());
  uuid[6] = static_cast<std::uint8_t>((uuid[6] & 0x0FU) | 0x50U);
  uuid[8] = static_cast<std::uint8_t>((uuid[8] & 0x3FU) | 0x80U);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(36);
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += digits[uuid[i] >> 4U];
    out += digits[uuid[i] & 0x0FU];
  }
  return out;
}

namespace {

using encoding::Json;

struct Contributing {
  std::string_view type;
  std::array<std::string_view, 8> properties;
};

// STIX 2.1 section 6: "ID Contributing Properties" of each object. process has none.
constexpr std::array contributing{
    Contributing{"artifact", {"hashes", "payload_bin"}},
    Contributing{"autonomous-system", {"number"}},
    Contributing{"directory", {"path"}},
    Contributing{"domain-name", {"value"}},
    Contributing{"email-addr", {"value"}},
    Contributing{"email-message", {"from_ref", "subject", "body"}},
    Contributing{"file", {"hashes", "name", "extensions", "parent_directory_ref"}},
    Contributing{"ipv4-addr", {"value"}},
    Contributing{"ipv6-addr", {"value"}},
    Contributing{"mac-addr", {"value"}},
    Contributing{"mutex", {"name"}},
    Contributing{"network-traffic",
                 {"start", "end", "src_ref", "dst_ref", "src_port", "dst_port", "protocols", "extensions"}},
    Contributing{"software", {"name", "cpe", "swid", "vendor", "version"}},
    Contributing{"url", {"value"}},
    Contributing{"user-account", {"account_type", "user_id", "account_login"}},
    Contributing{"windows-registry-key", {"key", "values"}},
    Contributing{"x509-certificate", {"hashes", "serial_number"}},
};

/// Only one hash counts, the first of these that is there; else whichever comes first.
Json one_hash(const Json& hashes) {
  for (const std::string_view algorithm : {"MD5", "SHA-1", "SHA-256", "SHA-512"})
    if (const Json* hash = hashes.find(algorithm)) {
      Json one = Json::object();
      one.set(algorithm, *hash);
      return one;
    }
  Json one = Json::object();
  if (const Json::Object* members = hashes.if_object(); members != nullptr && !members->empty()) {
    const auto first = std::ranges::min_element(*members, {}, &Json::Member::first);
    one.set(first->first, first->second);
  }
  return one;
}

}  // namespace

std::optional<std::string> sco_id(const Json& object) {
  const Json* type = object.find("type");
  if (type == nullptr || type->if_string() == nullptr) return std::nullopt;
  const auto entry =
      std::ranges::find(contributing, std::string_view(*type->if_string()), &Contributing::type);
  if (entry == contributing.end()) return std::nullopt;
  Json name = Json::object();
  for (const std::string_view property : entry->properties) {
    if (property.empty()) break;
    const Json* value = object.find(property);
    if (value == nullptr) continue;
    if (property != "hashes") {
      name.set(property, *value);
    } else if (value->size() > 0) {
      name.set(property, one_hash(*value));
    }
  }
  if (name.size() == 0) return std::nullopt;
  const Result<std::string> canonical = encoding::canonical_json(name);
  if (!canonical) return std::nullopt;  // a number without an exact form: no id that others could repeat
  return *type->if_string() + "--" + make_uuid5(stix_sco_namespace, *canonical);
}

}  // namespace parley::intel
