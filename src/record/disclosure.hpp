#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/entropy.hpp"
#include "encoding/json.hpp"

namespace parley::record {

using encoding::Json;

/// A member of a statement that is signed as a salted digest, and shown only to whom it concerns
/// (RFC 9901 section 4.2: SD-JWT disclosures for object properties).
///
/// `encoded` is base64url of the JSON array [salt, name, value]; the digest is base64url of SHA-256 over the
/// characters of `encoded` and stands in the payload's `_sd` array. 128 bits of salt keep a guessable value
/// (a name, a count) from being found by trying.
struct Disclosure {
  std::string encoded;
  std::string digest;
  std::string name;
  Json value;
};

/// A fresh disclosure with a 16-byte salt. Fails when the value cannot be written as JSON.
Result<Disclosure> make_disclosure(std::string name, Json value, Entropy& entropy);

/// Reads a disclosure string. `bad_input` for anything but three elements, a text salt of at least 128 bits
/// in base64url, and a name that is neither `_sd` nor `...` (RFC 9901 section 7.1).
Result<Disclosure> parse_disclosure(std::string_view encoded);

/// Puts the digests into the payload's `_sd`, sorted, so that their order says nothing (RFC 9901
/// section 4.2.4.1).
void add_digests(Json& payload, std::span<const Disclosure> disclosures);

/// Whether the payload's `_sd` holds the digest of this disclosure exactly once and its name is not also a
/// plain member.
bool discloses(const Json& payload, const Disclosure& disclosure);

}  // namespace parley::record
