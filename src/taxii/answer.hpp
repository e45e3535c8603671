#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace parley::taxii {

enum class Method : std::uint8_t { get, post, erase };

/// A request without its transport: method, path below the host, query, who sends it, and for POST the body.
/// Media types and the rest of HTTP were checked before.
struct Request {
  Method method = Method::get;
  std::string_view path;
  std::string_view query;
  std::string_view caller;  ///< as `authenticate` named it; empty: nobody
  BytesView body;
};

/// An answer without its transport. The body is JSON of the TAXII media type, errors too; null for none (a
/// DELETE that worked, HEAD).
struct Answer {
  int status = 200;
  std::shared_ptr<const std::string> body;
  /// X-TAXII-Date-Added-First and -Last: on a page that has objects, nothing otherwise.
  std::optional<Timestamp> date_added_first;
  std::optional<Timestamp> date_added_last;
  /// WWW-Authenticate belongs to it (401).
  bool challenge = false;
  /// Methods that the resource has, for `Allow` (405); empty otherwise.
  std::string allow;

  /// A page of a collection that may be sent again, as it is, for the same caller, path and query, while
  /// `epoch` is the service's and the minute (of the node's clock, since 1970) is `minute`: each such sending
  /// is reported by `note_served(ticket)`.
  struct Reuse {
    std::uint64_t epoch = 0;
    std::int64_t minute = 0;
    std::uint64_t ticket = 0;  ///< of the reading that the statement counts
  };
  std::optional<Reuse> reuse;
};

/// An error as TAXII wants it: title, description and the status as a string.
Answer error_answer(int status, std::string_view title, std::string_view description = {});
/// The status that an error of ours is outside: 400, 403, 404, 409, 413, 422, 500. What it says inside the
/// node stays there, but for `bad_input` and `usage`, which tell the client what to mend.
Answer error_answer(const Error& error);
Answer json_answer(int status, std::string body);

}  // namespace parley::taxii
