#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace parley::intel::rules {

// The canonical rules of selector/1, one function a family. Each takes a value without surrounding white
// space and without any NUL (`canonical_value` sees to both), clears nothing, and appends the canonical form
// to an empty `out`. The rules themselves are written down in docs/spec/selector.md.

Result<void> ipv4_addr(std::string_view raw, std::string& out);
Result<void> ipv6_addr(std::string_view raw, std::string& out);
Result<void> domain_name(std::string_view raw, std::string& out);
Result<void> url(std::string_view raw, std::string& out);
Result<void> email_addr(std::string_view raw, std::string& out);
/// `digits` hexadecimal digits.
Result<void> digest(std::string_view raw, std::size_t digits, std::string& out);
Result<void> certificate_digest(std::string_view raw, std::string& out);
Result<void> autonomous_system(std::string_view raw, std::string& out);
Result<void> mac_addr(std::string_view raw, std::string& out);
Result<void> iban(std::string_view raw, std::string& out);
Result<void> btc(std::string_view raw, std::string& out);
Result<void> eth(std::string_view raw, std::string& out);
Result<void> xmr(std::string_view raw, std::string& out);
Result<void> dash(std::string_view raw, std::string& out);
Result<void> cve(std::string_view raw, std::string& out);

}  // namespace parley::intel::rules
