#include "encoding/ip_address.hpp"
#include "intel/selector_rules.hpp"

namespace parley::intel::rules {
namespace {

Result<void> not_an_address(std::string_view raw, std::string_view expected) {
  if (raw.find('/') != std::string_view::npos)
    return fail(ErrorKind::bad_input, "an address range is no selector in selector/1; list single addresses");
  if (raw.find('%') != std::string_view::npos)
    return fail(ErrorKind::bad_input,
                "an address with a zone id means something on one machine only; leave the zone out");
  return fail(ErrorKind::bad_input, std::string(expected));
}

/// STIX lets a single address carry its full prefix length: 192.0.2.1/32 is 192.0.2.1.
std::string_view without_full_prefix(std::string_view raw, std::string_view suffix) {
  if (raw.ends_with(suffix)) raw.remove_suffix(suffix.size());
  return raw;
}

}  // namespace

Result<void> ipv4_addr(std::string_view raw, std::string& out) {
  const std::string_view plain = without_full_prefix(raw, "/32");
  if (!encoding::parse_ipv4(plain))
    return not_an_address(raw, "not an IPv4 address: four decimal numbers up to 255 without leading zeros");
  out.append(plain);  // the accepted form is the canonical one
  return {};
}

Result<void> ipv6_addr(std::string_view raw, std::string& out) {
  const auto address = encoding::parse_ipv6(without_full_prefix(raw, "/128"));
  if (!address) return not_an_address(raw, "not an IPv6 address as RFC 4291 section 2.2 writes them");
  encoding::append_ipv6(out, *address, encoding::MappedForm::dotted);
  return {};
}

}  // namespace parley::intel::rules
