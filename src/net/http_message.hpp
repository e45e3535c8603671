#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace parley::net {

/// Bounds of what one HTTP/1.1 message may hold (RFC 9112). Reached: 431 or 413, and the connection closes.
struct HttpLimits {
  std::size_t head_bytes = std::size_t{16} * 1024;  ///< request line and fields together
  std::size_t fields = 64;
  std::size_t target_bytes = std::size_t{4} * 1024;
  std::uint64_t body_bytes = 0;  ///< largest accepted body
  bool chunked = false;          ///< whether a body may come in chunks (else 501)
};

/// Header fields in the order they came; names are kept in lower case.
class HttpFields {
 public:
  void add(std::string name, std::string value);
  /// The value of the only field of that (lower-case) name; nothing when it is absent or repeated.
  std::optional<std::string_view> only(std::string_view name) const;
  bool has(std::string_view name) const;
  /// Whether the comma-separated values of the fields of that name hold the token, in any letter case.
  bool has_token(std::string_view name, std::string_view token) const;
  std::size_t size() const { return fields_.size(); }
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

struct Request {
  std::string method;
  std::string path;   ///< starts with '/', percent escapes left as they came
  std::string query;  ///< after the first '?', without it
  HttpFields fields;
  std::string body;      ///< its Content-Encoding undone
  std::string network;   ///< of the other side: its IPv4 address, or the /64 of its IPv6 address
  std::string remote;    ///< address of the other side, without the port
  bool chunked = false;  ///< how the body travels; its length is not known beforehand
  /// SHA-256 of the DER of the certificate whose key the other side has proven in the handshake. Nobody
  /// vouches for its names and dates: a certificate is who it is by this hash.
  std::optional<ByteArray<32>> client_certificate;

  bool keep_alive = true;
};

struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> fields;  ///< besides type, length and connection
  std::string body;
  /// In place of `body` when it is set: bytes that many answers share, sent without a copy.
  std::shared_ptr<const std::string> page;

  /// The answer is not there yet, all else here counts for nothing: called on the node thread, again and
  /// again, each call about 100 ms at most, until it gives the answer; destroyed there too.
  std::shared_ptr<std::function<std::optional<Response>()>> later;

  /// Work on this answer that needs neither the node nor the IO thread, such as compressing it: called once,
  /// on another thread, before the answer is sent. When too much of that waits the answer goes as it is, so
  /// it must be good without.
  std::shared_ptr<std::function<void(Response&)>> aside;
};

/// A refused message: `status` is what the other side is told (400, 413, 414, 415, 417, 431, 501, 505).
struct HttpRefusal {
  int status = 400;
  std::string why;
  std::string target{};  ///< path of the request as far as it was read, empty before that
};

/// Where the head ends: the offset behind the empty line, or nothing while it has not come. Only CRLF ends a
/// line: a bare CR or LF is refused by the parsers.
std::optional<std::size_t> head_end(std::string_view bytes);

/// Parses a request head (through the empty line). Strict where leniency has led to request smuggling: one
/// field, no folding, no white space before the colon, no Transfer-Encoding, one Content-Length of
/// plain digits, origin-form targets only, HTTP/1.1 only. Linear in the size of the head.
std::expected<Request, HttpRefusal> parse_request_head(std::string_view head, const HttpLimits& limits,
                                                       std::uint64_t& body_length);

/// Parses a response head; the same rules. Used by the peer channel, which expects a 101 and no body.
struct ResponseHead {
  int status = 0;
  HttpFields fields;
};
std::expected<ResponseHead, HttpRefusal> parse_response_head(std::string_view head, const HttpLimits& limits);

/// The head of a response whose body has `size` bytes, with the empty line.
std::string write_response_head(const Response& response, std::size_t size, bool keep_alive);
/// The bytes of a response. `with_body` false leaves the body out but keeps its length (HEAD).
std::string write_response(const Response& response, bool keep_alive, bool with_body);
/// The canonical reason phrase, or "Status".
std::string_view reason_phrase(int status);

}  // namespace parley::net
