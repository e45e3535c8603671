#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace parley::client {

/// An https URL that requests go to (RFC 3986), without user information and fragment.
struct Url {
  std::string host;  ///< lower case; a literal IPv6 address without its brackets
  std::uint16_t port = 443;
  std::string path = "/";
  std::string query;  ///< without its question mark

  /// Usage errors for anything but https, and for credentials inside the URL, which would end up in logs.
  static Result<Url> parse(std::string_view text);
  /// Another place as this one names it: an absolute URL, or a path (RFC 3986 section 5.2).
  Result<Url> resolve(std::string_view reference) const;

  /// "https://host[:port]"
  std::string origin() const;
  /// The same without the query, which may hold what is nobody's business.
  std::string text() const { return origin() + path; }
  /// Path and query as a request line carries them.
  std::string target() const { return query.empty() ? path : path + "?" + query; }
  bool same_origin(const Url& other) const { return host == other.host && port == other.port; }
  /// The path with exactly one slash at its end, and below it.
  Url below(std::string_view more) const;
  bool operator==(const Url&) const = default;
};

/// A value for a query, everything but letters, digits and `-._~` escaped.
std::string percent_encode(std::string_view text);

}  // namespace parley::client
