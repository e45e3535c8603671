#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace parley {

using Bytes = std::vector<std::uint8_t>;
using BytesView = std::span<const std::uint8_t>;
template <std::size_t N>
using ByteArray = std::array<std::uint8_t, N>;

/// The bytes of a text, without copying.
inline BytesView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
/// The bytes as text, without copying or checking UTF-8.
inline std::string_view as_text(BytesView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes to_bytes(BytesView bytes) {
  return {bytes.begin(), bytes.end()};
}
inline Bytes to_bytes(std::string_view text) {
  return to_bytes(as_bytes(text));
}

inline void append(Bytes& out, BytesView more) {
  out.insert(out.end(), more.begin(), more.end());
}
inline void append(Bytes& out, std::string_view more) {
  append(out, as_bytes(more));
}

/// Big-endian integers, as every Parley format writes them.
void append_u16(Bytes& out, std::uint16_t value);
void append_u32(Bytes& out, std::uint32_t value);
void append_u64(Bytes& out, std::uint64_t value);

/// Reads a byte string from front to back; every read is bounds-checked and fails with the offset.
class ByteReader {
 public:
  explicit ByteReader(BytesView bytes) : bytes_(bytes) {}

  std::size_t offset() const { return offset_; }
  std::size_t remaining() const { return bytes_.size() - offset_; }
  bool at_end() const { return remaining() == 0; }

  Result<std::uint8_t> u8();
  Result<std::uint16_t> u16();
  Result<std::uint32_t> u32();
  Result<std::uint64_t> u64();
  /// The next `count` bytes, a view into the input.
  Result<BytesView> take(std::size_t count);
  template <std::size_t N>
  Result<ByteArray<N>> array() {
    PARLEY_TRY(BytesView view, take(N));
    ByteArray<N> out;
    std::copy(view.begin(), view.end(), out.begin());
    return out;
  }
  /// A u32 length and that many bytes, refused when longer than `limit`.
  Result<BytesView> prefixed(std::size_t limit);
  /// Fails unless everything was read.
  Result<void> expect_end() const;

 private:
  BytesView bytes_;
  std::size_t offset_ = 0;
};

/// A u32 length and the bytes: what `ByteReader::prefixed` reads.
void append_prefixed(Bytes& out, BytesView bytes);

/// Lower-case hexadecimal.
std::string to_hex(BytesView bytes);
/// Strict: even length, digits and lower- or upper-case letters only.
Result<Bytes> from_hex(std::string_view text);

/// RFC 4648 section 4, with padding.
std::string to_base64(BytesView bytes);
/// Strict: padding required, no white space, unused bits zero.
Result<Bytes> from_base64(std::string_view text);
/// RFC 4648 section 5, without padding (RFC 7515).
std::string to_base64url(BytesView bytes);
/// Strict: no padding, no white space, unused bits zero.
Result<Bytes> from_base64url(std::string_view text);

/// Copies exactly N bytes, or says what length came instead.
template <std::size_t N>
Result<ByteArray<N>> to_array(BytesView bytes) {
  if (bytes.size() != N)
    return fail(ErrorKind::bad_input,
                "expected " + std::to_string(N) + " bytes, got " + std::to_string(bytes.size()));
  ByteArray<N> out;
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

}  // namespace parley
