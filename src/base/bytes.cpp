#include "base/bytes.hpp"

namespace parley {

namespace {

void append_big_endian(Bytes& out, std::uint64_t value, int width) {
  for (int shift = 8 * (width - 1); shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(value >> shift));
}

std::uint64_t big_endian(BytesView bytes) {
  std::uint64_t value = 0;
  for (std::uint8_t byte : bytes) value = (value << 8) | byte;
  return value;
}

constexpr std::string_view standard_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encode_base64(BytesView bytes, std::string_view alphabet, bool padded) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = (group << 8) | (k < count ? bytes[i + k] : 0U);
    for (std::size_t k = 0; k < 4; ++k) {
      if (k <= count)
        out.push_back(alphabet[(group >> (18 - 6 * k)) & 63U]);
      else if (padded)
        out.push_back('=');
    }
  }
  return out;
}

std::array<std::int8_t, 256> inverse(std::string_view alphabet) {
  std::array<std::int8_t, 256> table;
  table.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  return table;
}

Result<Bytes> decode_base64(std::string_view text, std::string_view alphabet, bool padded) {
  if (padded) {
    if (text.size() % 4 != 0)
      return fail(ErrorKind::bad_input, "base64: the length is no multiple of four; padding is required");
    if (text.ends_with("=="))
      text.remove_suffix(2);
    else if (text.ends_with('='))
      text.remove_suffix(1);
  }
  if (text.size() % 4 == 1) return fail(ErrorKind::bad_input, "base64: impossible length");
  const auto table = inverse(alphabet);
  Bytes out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const signed char value = table[static_cast<unsigned char>(text[i])];
    if (value < 0)
      return fail(ErrorKind::bad_input, "base64: a character outside the alphabet",
                  "offset " + std::to_string(i));
    bits = (bits << 6) | static_cast<unsigned char>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out.push_back(static_cast<std::uint8_t>(bits >> count));
    }
  }
  if ((bits & ((1U << count) - 1U)) != 0)
    return fail(ErrorKind::bad_input, "base64: unused bits are not zero");
  return out;
}

}  // namespace

void append_u16(Bytes& out, std::uint16_t value) {
  append_big_endian(out, value, 2);
}
void append_u32(Bytes& out, std::uint32_t value) {
  append_big_endian(out, value, 4);
}
void append_u64(Bytes& out, std::uint64_t value) {
  append_big_endian(out, value, 8);
}

void append_prefixed(Bytes& out, BytesView bytes) {
  append_u32(out, static_cast<std::uint32_t>(bytes.size()));
  append(out, bytes);
}

Result<BytesView> ByteReader::take(std::size_t count) {
  if (count > remaining())
    return fail(
        ErrorKind::bad_input,
        "cut short: " + std::to_string(count) + " bytes expected, " + std::to_string(remaining()) + " left",
        "offset " + std::to_string(offset_));
  BytesView view = bytes_.subspan(offset_, count);
  offset_ += count;
  return view;
}

Result<std::uint8_t> ByteReader::u8() {
  PARLEY_TRY(BytesView view, take(1));
  return view[0];
}
Result<std::uint16_t> ByteReader::u16() {
  PARLEY_TRY(BytesView view, take(2));
  return static_cast<std::uint16_t>(big_endian(view));
}
Result<std::uint32_t> ByteReader::u32() {
  PARLEY_TRY(BytesView view, take(4));
  return static_cast<std::uint32_t>(big_endian(view));
}
Result<std::uint64_t> ByteReader::u64() {
  PARLEY_TRY(BytesView view, take(8));
  return big_endian(view);
}

Result<BytesView> ByteReader::prefixed(std::size_t limit) {
  const std::size_t start = offset_;
  PARLEY_TRY(std::uint32_t length, u32());
  if (length > limit)
    return fail(ErrorKind::bad_input,
                "length " + std::to_string(length) + " is over the limit of " + std::to_string(limit),
                "offset " + std::to_string(start));
  return take(length);
}

Result<void> ByteReader::expect_end() const {
  if (!at_end())
    return fail(ErrorKind::bad_input, std::to_string(remaining()) + " bytes too many",
                "offset " + std::to_string(offset_));
  return {};
}

std::string to_hex(BytesView bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (std::uint8_t byte : bytes) {
    out.push_back(digits[byte >> 4]);
    out.push_back(digits[byte & 15]);
  }
  return out;
}

Result<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return fail(ErrorKind::bad_input, "hexadecimal: odd number of digits");
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  Bytes out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]);
    const int low = digit(text[i + 1]);
    if (high < 0 || low < 0)
      return fail(ErrorKind::bad_input, "hexadecimal: not a digit", "offset " + std::to_string(i));
    out.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return out;
}

std::string to_base64(BytesView bytes) {
  return encode_base64(bytes, standard_alphabet, true);
}
std::string to_base64url(BytesView bytes) {
  return encode_base64(bytes, url_alphabet, false);
}
Result<Bytes> from_base64(std::string_view text) {
  return decode_base64(text, standard_alphabet, true);
}
Result<Bytes> from_base64url(std::string_view text) {
  return decode_base64(text, url_alphabet, false);
}

}  // namespace parley
