#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "stix/model.hpp"

namespace parley::stix {

/// `TYPE--UUID` taken apart.
struct Identifier {
  std::string_view type;
  std::string_view uuid;
  int version = 0;  ///< of the UUID: 1 to 5
};
/// STIX 2.1 section 2.9, with a UUID of RFC 4122 (variant 1, version 1 to 5). `only_v4`: as STIX 2.0 has it.
std::optional<Identifier> read_identifier(std::string_view text, bool only_v4 = false);

/// A timestamp of STIX 2.1 section 2.16 as numbers that compare in the order of time.
struct StixTime {
  enum class Fault : std::uint8_t { none, form, day };
  Fault fault = Fault::form;
  std::uint64_t seconds = 0;  ///< year to second in one number (not since any epoch)
  std::string_view fraction;  ///< the digits behind the point, without zeros at their end
  int digits = 0;             ///< how many digits stood there
};
StixTime read_stix_time(std::string_view text);
/// -1, 0 or 1. Both must be without fault.
int compare(const StixTime& a, const StixTime& b);

/// STIX 2.1 section 3.4: 3 to 250 of a-z, 0-9 and single hyphens, first a letter.
bool is_type_name(std::string_view text);
/// STIX 2.1 section 3.3: 3 to 250 of a-z, 0-9 and _, first a letter.
bool is_property_name(std::string_view text);
/// What stix2-validator lets through as one: it looks at the beginning only.
bool is_property_name_lax(std::string_view text);
/// Up to `longest` and from `shortest` of a-z, A-Z, 0-9, hyphen and underscore.
bool is_dictionary_key(std::string_view text, std::size_t shortest = 0);

bool is_base64(std::string_view text);
bool is_hex_bytes(std::string_view text);
/// RFC 3986 section 3: a URI with its scheme.
bool is_uri(std::string_view text);
/// A host name whose labels IDNA 2008 (RFC 5891) allows; no underscore.
bool is_host_name(std::string_view text);
bool is_email(std::string_view text);
bool is_ipv4(std::string_view text);  ///< with or without a prefix length
bool is_ipv6(std::string_view text);  ///< with or without a prefix length
bool is_ipv6_address(std::string_view text);
bool is_mac(std::string_view text);
/// A formatted string of CPE 2.3 (NIST IR 7695 section 6.2).
bool is_cpe(std::string_view text);
/// RFC 5646 with a language that ISO 639-1 or 639-2 lists.
bool is_language(std::string_view text);
/// The name of a hive is not abbreviated.
bool is_registry_key(std::string_view text);
bool is_selector(std::string_view text);
/// STIX 2.1 section 10.7: hexadecimal digits, as many as the algorithm gives; other algorithms: any text.
bool is_hash(std::string_view algorithm, std::string_view value);
bool is_cve(std::string_view text);
bool is_capec(std::string_view text);
/// Lower case with hyphens, as STIX advises for words of vocabularies.
bool is_plain_word(std::string_view text);

}  // namespace parley::stix
