#include <array>
#include <cstdint>

#include "document/document.hpp"
#include "document/mail.hpp"
#include "intel/utf8.hpp"

namespace parley::document {
namespace {

/// 0x80 to 0x9F; what is undefined there keeps its number, as browsers do (WHATWG Encoding Standard).
constexpr std::array<char32_t, 32> windows_1252 = {
    0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

}  // namespace

void append_utf8(std::string& out, char32_t point) {
  if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) point = 0xFFFD;
  const auto put = [&](char32_t byte) { out.push_back(static_cast<char>(static_cast<unsigned char>(byte))); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0 | point >> 6);
    put(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    put(0xE0 | point >> 12);
    put(0x80 | (point >> 6 & 0x3F));
    put(0x80 | (point & 0x3F));
  } else {
    put(0xF0 | point >> 18);
    put(0x80 | (point >> 12 & 0x3F));
    put(0x80 | (point >> 6 & 0x3F));
    put(0x80 | (point & 0x3F));
  }
}

void append_windows_1252(std::string& out, std::string_view bytes) {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    append_utf8(out, byte >= 0x80 && byte < 0xA0 ? windows_1252[byte - 0x80] : byte);
  }
}

std::string from_utf16(BytesView bytes, bool big_endian) {
  std::string out;
  out.reserve(bytes.size());
  const auto unit = [&](std::size_t i) -> char32_t {
    const std::uint8_t first = bytes[i];
    const std::uint8_t second = bytes[i + 1];
    return big_endian ? static_cast<char32_t>(first << 8 | second)
                      : static_cast<char32_t>(second << 8 | first);
  };
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    char32_t point = unit(i);
    if (point >= 0xD800 && point < 0xDC00 && i + 3 < bytes.size()) {
      const char32_t low = unit(i + 2);
      if (low >= 0xDC00 && low < 0xE000) {
        point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
        i += 2;
      }
    }
    append_utf8(out, point);
  }
  return out;
}

Result<Document> read_text(BytesView bytes, const DocumentLimits& limits) {
  if (bytes.size() > limits.max_text_bytes)
    return fail(ErrorKind::bad_input, "the file is larger than " + std::to_string(limits.max_text_bytes) +
                                          " bytes; cut it into parts");
  Document out;
  const std::string_view text = as_text(bytes);
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    out.text = from_utf16(bytes.subspan(2), text[0] == '\xFE');
    if (bytes.size() % 2 != 0) out.warnings.emplace_back("the UTF-16 text ends in half a character");
  } else if (text.starts_with("\xEF\xBB\xBF") && intel::is_utf8(text)) {
    out.text = text.substr(3);
  } else if (is_mail(text)) {
    read_mail(out, text);
  } else if (intel::is_utf8(text)) {
    out.text = text;
  } else {
    append_windows_1252(out.text, text);
    out.warnings.emplace_back("the text is not UTF-8; it was read as windows-1252, so letters may be wrong");
  }
  if (out.text.find('\0') != std::string::npos)
    return fail(ErrorKind::bad_input,
                "the file holds NUL bytes: it is no text; save it as text, HTML or PDF");
  return out;
}

}  // namespace parley::document
