#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "misp/value.hpp"
#include "misp_sync/listing.hpp"

namespace parley::misp_sync {

enum class Method : std::uint8_t { get, head, post };

/// A request without its transport.
struct Request {
  Method method = Method::get;
  std::string_view path;
  std::string_view caller;  ///< as it was authenticated; empty: nobody
  std::string_view if_none_match;
};

/// An answer without its transport.
struct Answer {
  int status = 200;
  std::string content_type = "application/json; charset=UTF-8";
  std::shared_ptr<const std::string> body;
  std::optional<std::uint64_t> result_count;  ///< X-Result-Count
  std::string etag;                           ///< with its quotes; empty: none
  std::string location;                       ///< path
  std::string allow;
  bool challenge = false;
};

Answer json_answer(int status, const misp::Value& body);
Answer text_answer(int status, std::string body);
/// `{"name":…,"message":…,"url":…}`, as MISP tells errors.
Answer error_answer(int status, std::string_view message, std::string_view url);
/// What could not be saved: `{"saved":false,"name":…,"message":…,"url":…,"errors":…}` with 403, MISP's status
/// for it.
Answer not_saved(std::string_view action, std::string_view errors);
/// The status that an error of ours is outside. Details stay inside, but for what the client can mend.
Answer error_answer(const Error& error, std::string_view url);

/// A strong validator: the SHA-256 of the bytes, in quotes.
std::string etag_of(std::string_view body);
/// Whether an If-None-Match value names that validator (RFC 9110 section 13.1.2).
bool etag_matches(std::string_view if_none_match, std::string_view etag);

/// What a caller may do.
struct Rights {
  bool read = false;
  bool write = false;
};

/// servers/getVersion. `uuid` of this instance.
misp::Value version_answer(const Version& version, std::string_view uuid, const Rights& rights);
/// users/view/me: the caller as user, its role, and its organisation.
struct Organisation {
  std::string name;
  std::string uuid;
};
misp::Value user_answer(std::string_view caller, const Organisation& organisation, const Rights& rights);

}  // namespace parley::misp_sync
