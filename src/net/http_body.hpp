#pragma once

// The body of a request as its bytes come: framing (RFC 9112 section 6) and content coding, both bounded.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_message.hpp"
#include "net/https_client_decoder.hpp"

namespace parley::net {

/// Reads one body. A body ends exactly where its framing says; what follows belongs to the next request.
class RequestBody {
 public:
  /// `max_bytes` holds for the body as it travels and as it is when its coding is undone: one byte more is
  /// 413. `request` gives framing and Content-Encoding; 415 for a coding that is not known here.
  static std::expected<RequestBody, HttpRefusal> begin(const Request& request, std::uint64_t length,
                                                       std::uint64_t max_bytes);

  /// Takes what belongs to the body off the front of `bytes`; how many bytes that were.
  std::expected<std::size_t, HttpRefusal> feed(std::string_view bytes);
  bool complete() const { return stage_ == Stage::complete; }
  /// The decoded body; complete ones alone.
  std::string take() { return std::move(body_); }
  /// Memory that it holds, about.
  std::size_t held_bytes() const { return body_.capacity() + working_bytes_; }

  /// Longest line of a chunk's size, its extensions included, and most bytes of trailers (which are dropped).
  static constexpr std::size_t max_chunk_line = 256;
  static constexpr std::size_t max_trailer_bytes = 4'096;

 private:
  enum class Stage { data, chunk_line, chunk_data, chunk_end, trailer, complete };
  RequestBody(BodyDecoder decoder, std::uint64_t max_bytes) : decoder_(std::move(decoder)), max_(max_bytes) {}
  std::optional<HttpRefusal> take_line();
  std::optional<HttpRefusal> chunk_line();
  std::optional<HttpRefusal> data(std::string_view bytes);
  std::optional<HttpRefusal> finish();

  BodyDecoder decoder_;
  std::uint64_t max_;
  std::uint64_t travelled_ = 0;
  std::uint64_t left_ = 0;  // of the body, or of the chunk
  Stage stage_ = Stage::data;
  std::string line_;
  std::size_t trailer_ = 0;
  std::string body_;
  std::size_t working_bytes_ = 0;
};

}  // namespace parley::net
