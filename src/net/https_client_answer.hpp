#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "net/http_message.hpp"
#include "net/https_client_decoder.hpp"

namespace parley::net {

/// A request of ours to somebody else's server, without its origin. `Host`, `Content-Length` and
/// `Connection` are added when it is written.
struct HttpsRequest {
  std::string method = "GET";
  std::string target;  ///< origin form: "/taxii2/?limit=10"
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
};

/// The bytes of a request. Bad input when the method, the target or a field could not travel as what they
/// are: control characters, spaces in the target, line ends in a value.
Result<std::string> write_request(const HttpsRequest& request, std::string_view host);

/// What a server answered; the body with its content coding undone.
struct HttpsAnswer {
  int status = 0;
  HttpFields fields;
  std::string body;
};

/// In `Error::rules` when an answer is more than is taken: a smaller question may help.
inline constexpr std::string_view answer_too_large = "answer-too-large";

/// Bounds of one answer.
struct AnswerLimits {
  std::size_t head_bytes = std::size_t{64} * 1024;
  std::size_t fields = 128;
  std::size_t body_bytes = std::size_t{64} << 20;    ///< decoded; as it comes, a little more
  std::size_t chunk_line_bytes = std::size_t{1024};  ///< size and extensions of a chunk, or a trailer field
  std::size_t trailers = 64;
  std::size_t interim_answers = 8;  ///< 1xx before the answer
};

/// Reads one answer (RFC 9112) from bytes as they come, without a socket. Liberal in what servers do wrong
/// and two readers cannot see differently: HTTP/1.0, no reason phrase, bytes above 0x7e in values. Strict in
/// framing: a chunked body has no length beside it, lengths are digits, nothing follows a body.
class AnswerReader {
 public:
  /// `no_body`: the request was HEAD.
  explicit AnswerReader(AnswerLimits limits, bool no_body = false) : limits_(limits), no_body_(no_body) {}

  /// Takes the next bytes; true once the answer is complete. Bad input for what is no answer or too large.
  Result<bool> feed(std::string_view bytes);
  /// The connection has ended: fine only for a body that lasts until then.
  Result<void> end();

  bool has_begun() const { return begun_; }
  bool complete() const { return state_ == State::done; }
  /// Whether the connection may carry a further request.
  bool keep_alive() const { return keep_alive_; }
  /// Of a complete answer.
  HttpsAnswer take() { return std::move(answer_); }

 private:
  enum class State { head, length, until_close, chunk_size, chunk_data, chunk_end, trailer, done };
  Result<bool> read_head();
  Result<void> begin_body();
  Result<void> read_chunk_line(std::string_view line);
  /// The next line of chunked framing without its end; nothing while it has not come whole.
  Result<std::optional<std::string>> take_line();
  Result<void> keep_body(std::string_view bytes);
  Result<void> finish_body();

  AnswerLimits limits_;
  bool no_body_;
  State state_ = State::head;
  std::string waiting_;  // bytes not yet understood
  std::optional<BodyDecoder> decoder_;
  HttpsAnswer answer_;
  std::uint64_t left_ = 0;      // of a length, or of a chunk
  std::uint64_t received_ = 0;  // of the body as it comes
  std::size_t trailers_ = 0;
  std::size_t interim_ = 0;
  bool begun_ = false;
  bool keep_alive_ = true;
};

}  // namespace parley::net
