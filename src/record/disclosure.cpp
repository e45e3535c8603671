#include "record/disclosure.hpp"

#include <algorithm>

#include "crypto/hash.hpp"

namespace parley::record {
namespace {

constexpr std::size_t salt_bytes = 16;
constexpr std::size_t max_disclosure_bytes = 64 * 1024;

std::string digest_of(std::string_view encoded) {
  return to_base64url(crypto::sha256(as_bytes(encoded)));
}

bool is_reserved(std::string_view name) {
  return name == "_sd" || name == "..." || name == "_sd_alg";
}

}  // namespace

Result<Disclosure> make_disclosure(std::string name, Json value, Entropy& entropy) {
  if (is_reserved(name)) return fail(ErrorKind::bad_input, "the name " + name + " cannot be disclosed");
  const auto salt = entropy.array<salt_bytes>();
  Disclosure out;
  const Json array = Json::array({Json(to_base64url(salt)), Json(name), value});
  out.encoded = to_base64url(as_bytes(encoding::write_json(array)));
  out.digest = digest_of(out.encoded);
  out.name = std::move(name);
  out.value = std::move(value);
  return out;
}

Result<Disclosure> parse_disclosure(std::string_view encoded) {
  if (encoded.size() > max_disclosure_bytes)
    return fail(ErrorKind::bad_input,
                "a disclosure longer than " + std::to_string(max_disclosure_bytes) + " bytes");
  PARLEY_TRY(const Bytes bytes, from_base64url(encoded));
  PARLEY_TRY(const Json json, encoding::parse_json(as_text(bytes)));
  const Json::Array* array = json.if_array();
  if (array == nullptr || array->size() != 3 || !(*array)[0].is_string() || !(*array)[1].is_string())
    return fail(ErrorKind::bad_input, "a disclosure is an array of salt, name and value");
  const auto salt = from_base64url(*(*array)[0].if_string());
  if (!salt || salt->size() < salt_bytes)
    return fail(ErrorKind::bad_input, "the salt of a disclosure has at least 128 bits");
  Disclosure out;
  out.encoded = encoded;
  out.digest = digest_of(encoded);
  out.name = *(*array)[1].if_string();
  out.value = (*array)[2];
  if (is_reserved(out.name))
    return fail(ErrorKind::bad_input, "the name " + out.name + " cannot be disclosed");
  return out;
}

void add_digests(Json& payload, std::span<const Disclosure> disclosures) {
  std::vector<std::string> digests;
  if (const Json* present = payload.find("_sd"); present != nullptr && present->is_array())
    for (const Json& digest : *present->if_array())
      if (digest.is_string()) digests.push_back(*digest.if_string());
  for (const Disclosure& disclosure : disclosures) digests.push_back(disclosure.digest);
  std::sort(digests.begin(), digests.end());
  Json::Array array;
  for (std::string& digest : digests) array.emplace_back(std::move(digest));
  payload.set("_sd", Json(std::move(array)));
}

bool discloses(const Json& payload, const Disclosure& disclosure) {
  const Json* digests = payload.find("_sd");
  if (digests == nullptr || !digests->is_array() || payload.contains(disclosure.name)) return false;
  return std::count(digests->if_array()->begin(), digests->if_array()->end(), Json(disclosure.digest)) == 1;
}

}  // namespace parley::record
