#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace parley::net {

/// Undoes a Content-Encoding (RFC 9110 section 8.4) as the bytes come: `gzip`, `x-gzip`, `deflate` (with or
/// without its zlib header: servers disagree), `zstd`, `identity` or nothing; one coding, not a chain. What
/// comes out is bounded, so that a bomb costs no more than an honest body.
class BodyDecoder {
 public:
  /// Bad input for a coding that is not known here.
  static Result<BodyDecoder> make(std::string_view coding);
  BodyDecoder(BodyDecoder&&) noexcept;
  BodyDecoder& operator=(BodyDecoder&&) noexcept;
  ~BodyDecoder();

  /// Appends what `bytes` decode to. Bad input when it is damaged, or when `out` would grow beyond `limit`.
  Result<void> feed(std::string_view bytes, std::string& out, std::size_t limit);
  /// The body has ended: bad input unless the coded stream has too.
  Result<void> finish() const;

  struct Codec;

 private:
  explicit BodyDecoder(std::unique_ptr<Codec> codec);
  std::unique_ptr<Codec> codec_;
};

}  // namespace parley::net
