#pragma once

#include <string_view>

namespace parley::stix {

// Names that others have registered, as STIX 2.1 wants them: media types, character sets, services and
// protocols, IPFIX elements (IANA), countries (ISO 3166-1, reserved ones too), languages (ISO 639-1 and
// 639-2), socket options, request headers. Each is a binary search.

bool is_registered_media_type(std::string_view name);
bool is_registered_character_set(std::string_view name);
bool is_registered_protocol(std::string_view name);
bool is_ipfix_element(std::string_view name);
bool is_country(std::string_view upper_case);
bool is_language_code(std::string_view lower_case);
bool is_socket_option(std::string_view name);
bool is_request_header(std::string_view name);
bool is_pdf_information_key(std::string_view name);

}  // namespace parley::stix
