#include "net/address.hpp"

#include <algorithm>
#include <charconv>

namespace parley::net {

namespace {

std::unexpected<Error> refuse_address(std::string_view text) {
  return fail(ErrorKind::usage, "expected HOST:PORT, such as 192.0.2.1:8443 or [2001:db8::1]:8443",
              std::string(text.substr(0, 80)));
}

bool is_host_character(char c, bool bracketed) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.') return true;
  return bracketed ? c == ':' || c == '%' : c == '-' || c == '_';
}

}  // namespace

std::string Address::text() const {
  const bool literal = host.find(':') != std::string::npos;
  return (literal ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Address> parse_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return refuse_address(text);
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host.empty() || host.size() > 253 ||
      !std::all_of(host.begin(), host.end(), [&](char c) { return is_host_character(c, bracketed); }))
    return refuse_address(text);
  Address out{.host = std::string(host)};
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (error != std::errc() || end != port.data() + port.size() || (port.size() > 1 && port.front() == '0'))
    return refuse_address(text);
  return out;
}

}  // namespace parley::net
