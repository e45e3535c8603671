#include "stix/registry.hpp"

#include <algorithm>
#include <array>

namespace parley::stix {
namespace {

// One word a line, sorted by bytes.
constexpr std::string_view media_types =
#include "stix/registry_media_types.inc"
    ;
constexpr std::string_view character_sets =
#include "stix/registry_character_sets.inc"
    ;
constexpr std::string_view protocols_1 =
#include "stix/registry_protocols_1.inc"
    ;
constexpr std::string_view protocols_2 =
#include "stix/registry_protocols_2.inc"
    ;
constexpr std::string_view ipfix =
#include "stix/registry_ipfix.inc"
    ;
constexpr std::string_view countries =
#include "stix/registry_countries.inc"
    ;
constexpr std::string_view languages =
#include "stix/registry_languages.inc"
    ;
constexpr std::string_view socket_options =
#include "stix/registry_socket_options.inc"
    ;
constexpr std::string_view request_headers =
#include "stix/registry_request_headers.inc"
    ;

/// Searches the text itself: steps to the line that the middle falls into.
bool has(std::string_view words, std::string_view word) {
  std::size_t low = 0;
  std::size_t high = words.size();
  while (low < high) {
    std::size_t begin = low + (high - low) / 2;
    while (begin > low && words[begin - 1] != '\n') --begin;
    const std::size_t end = words.find('\n', begin);
    const std::string_view here = words.substr(begin, end - begin);
    if (here == word) return true;
    if (here < word)
      low = end + 1;
    else
      high = begin;
  }
  return false;
}

}  // namespace

bool is_registered_media_type(std::string_view name) {
  return has(media_types, name);
}
bool is_registered_character_set(std::string_view name) {
  return has(character_sets, name);
}
bool is_registered_protocol(std::string_view name) {
  return has(protocols_1, name) || has(protocols_2, name);
}
bool is_ipfix_element(std::string_view name) {
  return has(ipfix, name);
}
bool is_country(std::string_view upper_case) {
  return has(countries, upper_case);
}
bool is_language_code(std::string_view lower_case) {
  return has(languages, lower_case);
}
bool is_socket_option(std::string_view name) {
  return has(socket_options, name);
}
bool is_request_header(std::string_view name) {
  return has(request_headers, name);
}
bool is_pdf_information_key(std::string_view name) {
  constexpr std::array<std::string_view, 9> keys{"Title",    "Author",       "Subject", "Keywords", "Creator",
                                                 "Producer", "CreationDate", "ModDate", "Trapped"};
  return std::ranges::find(keys, name) != keys.end();
}

}  // namespace parley::stix
