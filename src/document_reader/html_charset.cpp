#include "document_reader/html_charset.hpp"

#include <iconv.h>

#include <algorithm>
#include <cstdint>

#include "base/ascii.hpp"
#include "document_reader/html.hpp"
#include "intel/utf8.hpp"

namespace parley::document {
namespace {

/// The HTML Standard has browsers look this far.
constexpr std::size_t window_bytes = 1024;
constexpr std::size_t longest_name = 40;

// NOLINTNEXTLINE(performance-no-int-to-ptr): so POSIX writes what iconv_open returns when it fails
const iconv_t no_converter = reinterpret_cast<iconv_t>(static_cast<std::intptr_t>(-1));

/// Made by `prepare_html`, for one charset.
struct Converter {
  iconv_t handle = no_converter;
  std::string charset;
  void close() {
    if (handle != no_converter) ::iconv_close(handle);
    handle = no_converter;
  }
  Converter() = default;
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  ~Converter() { close(); }
};
Converter& converter() {
  static Converter one;
  return one;
}

std::size_t find_ignoring_case(std::string_view text, std::string_view what, std::size_t from) {
  for (std::size_t at = from; at + what.size() <= text.size(); ++at)
    if (starts_with_ignoring_case(text.substr(at), what)) return at;
  return std::string_view::npos;
}

bool is_built_in(std::string_view charset) {
  return charset == "utf-8" || charset == "utf8" || charset == "windows-1252" || charset == "cp1252" ||
         charset == "iso-8859-1" || charset == "latin1" || charset == "us-ascii" || charset == "ascii" ||
         charset.starts_with("utf-16");
}

/// Through the converter; bytes that do not fit become U+FFFD.
std::string converted(std::string_view bytes, bool& all_fit) {
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 2);
  std::string buffer(64U << 10U, '\0');
  ::iconv(converter().handle, nullptr, nullptr, nullptr, nullptr);
  char* in = const_cast<char*>(bytes.data());
  std::size_t left = bytes.size();
  while (left > 0) {
    char* to = buffer.data();
    std::size_t room = buffer.size();
    const std::size_t done = ::iconv(converter().handle, &in, &left, &to, &room);
    const std::size_t written = buffer.size() - room;
    out.append(buffer.data(), written);
    if (done != static_cast<std::size_t>(-1) || left == 0) continue;
    if (written > 0 && room < 8) continue;  // the buffer was full
    all_fit = false;
    append_utf8(out, 0xFFFD);
    ++in;
    --left;
  }
  return out;
}

}  // namespace

std::string declared_charset(std::string_view html) {
  const std::string_view head = html.substr(0, window_bytes);
  const std::size_t at = find_ignoring_case(head, "charset", 0);
  if (at == std::string_view::npos) return {};
  std::string_view rest = trim(head.substr(at + 7));
  if (!rest.starts_with('=')) return {};
  rest = trim(rest.substr(1));
  while (!rest.empty() && (rest.front() == '"' || rest.front() == '\'')) rest.remove_prefix(1);
  std::string name;
  for (const char c : rest) {
    if (!is_alnum(c) && c != '-' && c != '_' && c != ':') break;
    name.push_back(to_lower(c));
  }
  return name.size() <= longest_name ? name : std::string();
}

void prepare_html(BytesView bytes) {
  std::string charset = declared_charset(as_text(bytes));
  if (charset.empty() || is_built_in(charset)) return;
  converter().close();
  converter().handle = ::iconv_open("UTF-8", charset.c_str());
  converter().charset = std::move(charset);
}

std::string html_in_utf8(BytesView bytes, Document& out) {
  const std::string_view text = as_text(bytes);
  if (text.starts_with("\xEF\xBB\xBF") && intel::is_utf8(text)) return std::string(text.substr(3));
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
    return from_utf16(bytes.subspan(2), text[0] == '\xFE');
  const std::string charset = declared_charset(text);
  std::string result;
  if (!charset.empty() && !is_built_in(charset)) {
    if (converter().handle != no_converter && converter().charset == charset) {
      bool all_fit = true;
      result = converted(text, all_fit);
      if (!all_fit)
        out.warnings.push_back("some bytes do not fit the charset " + charset + " that the page declares");
      if (intel::is_utf8(result)) return result;
    }
    out.warnings.push_back("the page declares the charset " + charset + ", which is not known here");
  }
  if (intel::is_utf8(text)) return std::string(text);
  if (charset.starts_with("utf"))
    out.warnings.push_back("the page declares " + charset + " and is not; it was read as windows-1252");
  result.clear();
  append_windows_1252(result, text);
  return result;
}

}  // namespace parley::document
