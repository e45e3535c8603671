#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "encoding/json.hpp"
#include "net/https_client_answer.hpp"

namespace parley::client {

// TAXII 2.1 as servers write it. Read liberally where nothing depends on it, and bounded.

inline constexpr std::string_view taxii_media_type = "application/taxii+json;version=2.1";

/// Bounds of the small resources; objects have their own (`page.hpp`).
struct ResourceLimits {
  std::size_t resource_bytes = std::size_t{8} << 20;
  std::size_t api_roots = 16;
  std::size_t collections = 10'000;
};

/// What a body says it is, by its Content-Type.
enum class BodyKind { taxii, other_json, nothing, html, other };
BodyKind body_kind(const net::HttpsAnswer& answer);

/// "404 Not Found: Collection not found (…)", from a TAXII error or from whatever was sent, in printable
/// ASCII of bounded length.
std::string describe_refusal(const net::HttpsAnswer& answer);
/// Text from a server for people: printable ASCII, `max` characters at most.
std::string printable(std::string_view text, std::size_t max = 200);

/// RFC 9110 section 10.2.3: seconds or a date. Nothing when it is neither.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value, Timestamp now);

/// A moment and how finely it was written.
struct WrittenTime {
  Timestamp time;
  std::chrono::microseconds unit{0};  ///< 0 for microseconds, else what may have been cut off
};
/// A TAXII timestamp, and what stands in its place: fewer digits, an HTTP date, or what JavaScript's `Date`
/// prints. Nothing when it is none of them.
std::optional<WrittenTime> parse_written_time(std::string_view text);
/// TAXII 2.1 section 3.1: six digits and Z.
std::string taxii_time(Timestamp time);

/// A discovery resource or an API root; servers give one where the other was asked for.
struct RootResource {
  bool is_api_root = false;  ///< has `versions`
  std::string title;
  std::string default_root;            ///< as written
  std::vector<std::string> api_roots;  ///< as written
  bool speaks_21 = true;
  std::uint64_t max_content_length = 0;  ///< 0: not said
};
Result<RootResource> parse_root(std::string_view body, const ResourceLimits& limits);

struct CollectionResource {
  std::string id, title, alias;
  bool can_read = false, can_write = false;
};
Result<CollectionResource> parse_collection(const encoding::Json& json);
/// `{}` is an empty list.
Result<std::vector<CollectionResource>> parse_collections(std::string_view body,
                                                          const ResourceLimits& limits);

/// A status resource (TAXII 2.1 section 4.3.1).
struct StatusResource {
  struct Failure {
    std::string id, message;
  };
  std::string id;
  bool complete = false;
  std::uint64_t total = 0, success = 0, failure = 0, pending = 0;
  std::vector<Failure> failures;  ///< the first 10,000
};
Result<StatusResource> parse_status(std::string_view body, const ResourceLimits& limits);

}  // namespace parley::client
