#include "document/mail.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/ascii.hpp"
#include "intel/utf8.hpp"

// Mails as they are saved: RFC 5322 headers, RFC 2045 encodings, RFC 2046 parts. Parts are taken one after
// the other by the lines that separate them, however they nest: that takes no stack, and what is read is the
// same.
namespace parley::document {
namespace {

constexpr std::size_t max_boundaries = 64;
constexpr std::size_t max_header_lines = 1000;

/// The headers of a part that say how it is to be read.
struct Part {
  std::string encoding;  ///< in lower case
  std::string type;      ///< "text/plain", in lower case; empty: not said
  std::string charset;   ///< in lower case
  std::string boundary;
  std::string subject;
  bool attached = false;
};

/// The line from `at` on, without its end; moves `at` behind it.
std::string_view next_line(std::string_view text, std::size_t& at) {
  const std::size_t end = std::min(text.find('\n', at), text.size());
  std::string_view line = text.substr(at, end - at);
  at = std::min(end + 1, text.size());
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// The value of a parameter: `charset="utf-8"`, `boundary=x`.
std::string parameter(std::string_view header, std::string_view name) {
  for (std::size_t at = header.find(';'); at != std::string_view::npos; at = header.find(';', at + 1)) {
    std::string_view rest = trim(header.substr(at + 1));
    if (!starts_with_ignoring_case(rest, name)) continue;
    rest = trim(rest.substr(name.size()));
    if (!rest.starts_with('=')) continue;
    rest = trim(rest.substr(1));
    if (rest.starts_with('"'))
      return std::string(rest.substr(1, std::min(rest.find('"', 1), rest.size()) - 1));
    return std::string(rest.substr(0, rest.find_first_of("; \t")));
  }
  return {};
}

std::string lower(std::string_view text) {
  std::string out;
  append_lower(out, text);
  return out;
}

void take_header(Part& part, std::string_view header) {
  const std::size_t colon = header.find(':');
  if (colon == std::string_view::npos) return;
  const std::string_view name = header.substr(0, colon);
  const std::string_view value = trim(header.substr(colon + 1));
  if (equal_ignoring_case(name, "content-transfer-encoding")) part.encoding = lower(value);
  if (equal_ignoring_case(name, "content-disposition"))
    part.attached = starts_with_ignoring_case(value, "attachment");
  if (equal_ignoring_case(name, "subject")) part.subject = value;
  if (!equal_ignoring_case(name, "content-type")) return;
  part.type = lower(trim(value.substr(0, value.find(';'))));
  part.charset = lower(parameter(value, "charset"));
  part.boundary = parameter(value, "boundary");
}

bool is_header_line(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == 0 || colon == std::string_view::npos) return false;
  return std::ranges::all_of(line.substr(0, colon), [](char c) { return is_alnum(c) || c == '-'; });
}

/// Reads headers up to the empty line behind them.
Part read_headers(std::string_view text, std::size_t& at) {
  Part part;
  std::string header;
  for (std::size_t lines = 0; at < text.size() && lines < max_header_lines; ++lines) {
    const std::string_view line = next_line(text, at);
    if (line.empty()) break;
    if (line.front() != ' ' && line.front() != '\t') {
      take_header(part, header);
      header.clear();
    }
    header += line;
  }
  take_header(part, header);
  return part;
}

std::string from_quoted_printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '=') {
      out.push_back(text[at]);
      continue;
    }
    std::size_t behind = at + 1;
    while (behind < text.size() && (text[behind] == ' ' || text[behind] == '\t' || text[behind] == '\r'))
      ++behind;
    if (behind >= text.size() || text[behind] == '\n') {  // the line goes on
      at = behind;
    } else if (at + 2 < text.size() && hex_digit(text[at + 1]) >= 0 && hex_digit(text[at + 2]) >= 0) {
      out.push_back(static_cast<char>(hex_digit(text[at + 1]) * 16 + hex_digit(text[at + 2])));
      at += 2;
    } else {
      out.push_back('=');
    }
  }
  return out;
}

/// Line by line, as mails have it; a line that is no base64 is left out.
std::string from_base64_lines(std::string_view text) {
  std::string digits;
  for (const char c : text)
    if (is_alnum(c) || c == '+' || c == '/') digits.push_back(c);
  digits.resize(digits.size() - (digits.size() % 4 == 1 ? 1 : 0));
  while (digits.size() % 4 != 0) digits.push_back('=');
  const Result<Bytes> bytes = from_base64(digits);
  return bytes ? std::string(as_text(*bytes)) : std::string();
}

/// In UTF-8, without NUL bytes.
void append_text(Document& out, std::string bytes, const Part& part) {
  std::ranges::replace(bytes, '\0', ' ');
  const bool one_byte =
      part.charset == "iso-8859-1" || part.charset == "windows-1252" || part.charset == "iso-8859-15";
  if (!one_byte && intel::is_utf8(bytes))
    out.text += bytes;
  else
    append_windows_1252(out.text, bytes);
  if (!out.text.empty() && !out.text.ends_with('\n')) out.text.push_back('\n');
}

}  // namespace

bool is_mail(std::string_view text) {
  constexpr std::array usual = std::to_array<std::string_view>({"from", "to", "cc", "subject", "date"});
  constexpr std::array sent = std::to_array<std::string_view>(
      {"received", "return-path", "delivered-to", "message-id", "mime-version", "content-transfer-encoding"});
  std::size_t known = 0;
  bool was_sent = false;
  for (std::size_t at = 0, lines = 0; at < text.size() && lines < max_header_lines; ++lines) {
    const std::string_view line = next_line(text, at);
    if (line.empty()) return known >= 2 && was_sent;
    if (line.front() == ' ' || line.front() == '\t') continue;
    if (lines == 0 && line.starts_with("From ")) continue;  // of a mailbox
    if (!is_header_line(line)) return false;
    const std::string_view name = line.substr(0, line.find(':'));
    const auto is_name = [&](std::string_view one) { return equal_ignoring_case(name, one); };
    known += std::ranges::any_of(usual, is_name) ? 1U : 0U;
    was_sent = was_sent || std::ranges::any_of(sent, is_name);
  }
  return false;
}

void read_mail(Document& out, std::string_view mail) {
  std::vector<std::string> boundaries;
  std::size_t at = 0;
  std::size_t left_out = 0;
  bool plain = false;  // a text was read: the same in HTML is not needed
  bool tags = false;
  for (bool first = true; first || at < mail.size(); first = false) {
    const Part part = read_headers(mail, at);
    if (first && !part.subject.empty()) append_text(out, part.subject, part);
    if (!part.boundary.empty() && boundaries.size() < max_boundaries)
      boundaries.push_back("--" + part.boundary);
    // To the line that separates it from the next part.
    const std::size_t body = at;
    std::size_t end = mail.size();
    while (at < mail.size()) {
      const std::size_t here = at;
      const std::string_view line = next_line(mail, at);
      if (line.starts_with("--") &&
          std::ranges::any_of(boundaries, [&](const std::string& one) { return line.starts_with(one); })) {
        end = here;
        break;
      }
    }
    const std::string_view text = mail.substr(body, end - body);
    if (part.type.starts_with("multipart/") || trim(text).empty()) continue;
    const bool html = part.type == "text/html";
    const bool readable = !part.attached && (part.type.empty() || part.type.starts_with("text/") ||
                                             part.type == "message/rfc822");
    if (!readable || (html && plain)) {
      left_out += !readable ? 1U : 0U;
      continue;
    }
    plain = plain || !html;
    tags = tags || html;
    if (part.encoding == "quoted-printable")
      append_text(out, from_quoted_printable(text), part);
    else if (part.encoding == "base64")
      append_text(out, from_base64_lines(text), part);
    else
      append_text(out, std::string(text), part);
  }
  out.warnings.emplace_back("of the headers of the mail only its subject is read");
  if (tags && !plain)
    out.warnings.emplace_back(
        "the mail is HTML alone; save its HTML as a file and add that to see its links");
  if (left_out > 0)
    out.warnings.push_back(std::to_string(left_out) +
                           " attachments or pictures of the mail were not read; add them as files");
}

}  // namespace parley::document
