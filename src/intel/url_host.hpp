#pragma once

#include <string>
#include <string_view>

namespace parley::intel {

/// The host parser of the WHATWG URL Standard (section 3.5) for special schemes: a name, any of the IPv4
/// number forms, or an IPv6 address in brackets. Appends the serialised host; false when the standard calls
/// it a failure. `host` is UTF-8.
bool append_url_host(std::string& out, std::string_view host);

/// The host of a canonical URL (as `canonical_selector` gives it), without brackets; a view into it.
std::string_view host_of_canonical_url(std::string_view url);

}  // namespace parley::intel
