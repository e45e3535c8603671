#include "state_sqlite/ids.hpp"

#include <array>
#include <cstdint>

#include "state_sqlite/hex_digit.hpp"

namespace parley::state_sqlite {
namespace {

constexpr std::size_t uuid_text_bytes = 36;
constexpr std::size_t prefix_bytes = 4;
constexpr std::int64_t max_type = 0xFFFFFF;

bool is_hyphen(std::size_t i) {
  return i == 8 || i == 13 || i == 18 || i == 23;
}

/// Adds the 16 bytes of a UUID in lower case; false (and nothing added) for any other text.
bool append_uuid(Bytes& out, std::string_view text) {
  if (text.size() != uuid_text_bytes) return false;
  std::array<std::uint8_t, 16> uuid{};
  std::size_t n = 0;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    if (is_hyphen(i)) {  // groups have even lengths, so the digits stay in pairs
      if (text[i] != '-') return false;
      ++i;
    }
    const int value = hex_byte(text[i], text[i + 1]);
    if (value < 0) return false;
    uuid[n++] = static_cast<std::uint8_t>(value);
  }
  append(out, uuid);
  return true;
}

void append_uuid_text(std::string& out, BytesView uuid) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::array<char, uuid_text_bytes> text{};
  std::size_t at = 0;
  for (const std::uint8_t byte : uuid) {
    if (is_hyphen(at)) text[at++] = '-';
    text[at++] = digits[byte >> 4];
    text[at++] = digits[byte & 15];
  }
  out.append(text.data(), text.size());
}

Bytes encode(std::int64_t type, std::string_view rest) {
  Bytes out;
  out.reserve(prefix_bytes + (rest.size() == uuid_text_bytes ? 16 : rest.size()));
  out = {static_cast<std::uint8_t>(type >> 16), static_cast<std::uint8_t>(type >> 8),
         static_cast<std::uint8_t>(type), 0};
  if (append_uuid(out, rest)) return out;
  out.back() = 1;
  append(out, rest);
  return out;
}

Bytes encode_plain(std::string_view text) {
  Bytes out = {0, 0, 0, 2};
  append(out, text);
  return out;
}

}  // namespace

Bytes type_prefix(std::int64_t type) {
  return {static_cast<std::uint8_t>(type >> 16), static_cast<std::uint8_t>(type >> 8),
          static_cast<std::uint8_t>(type)};
}

Result<Bytes> add_id(Names& names, std::string_view id) {
  const std::size_t dash = id.find("--");
  if (dash == std::string_view::npos) return encode_plain(id);
  PARLEY_TRY(const std::int64_t type, names.add(id.substr(0, dash)));
  if (type > max_type) return fail(ErrorKind::internal, "the store has no numbers left for types of objects");
  return encode(type, id.substr(dash + 2));
}

Result<std::optional<Bytes>> find_id(Names& names, std::string_view id) {
  const std::size_t dash = id.find("--");
  if (dash == std::string_view::npos) return encode_plain(id);
  PARLEY_TRY(const std::optional<std::int64_t> type, names.find(id.substr(0, dash)));
  if (!type) return std::nullopt;
  return encode(*type, id.substr(dash + 2));
}

Result<std::string> id_text(Names& names, BytesView encoded) {
  if (encoded.size() < prefix_bytes || encoded[3] > 2 ||
      (encoded[3] == 0 && encoded.size() != prefix_bytes + 16))
    return fail(ErrorKind::internal, "the store is damaged: bytes that are no id");
  const BytesView rest = encoded.subspan(prefix_bytes);
  if (encoded[3] == 2) return std::string(as_text(rest));
  const std::int64_t type = std::int64_t{encoded[0]} << 16 | std::int64_t{encoded[1]} << 8 | encoded[2];
  std::string out;
  out.reserve(64);  // of an id with a UUID
  PARLEY_CHECK(names.append_text(type, out));
  out += "--";
  if (encoded[3] == 0)
    append_uuid_text(out, rest);
  else
    out += as_text(rest);
  return out;
}

}  // namespace parley::state_sqlite
