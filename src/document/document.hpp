#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace parley::document {

/// The text of a report, whatever file it came in. UTF-8.
struct Document {
  /// Bytes [begin, end) of the text that can be clicked on; none of them for a picture, or where the file
  /// does not say what its reader clicks on.
  struct Link {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string target = {};  ///< where it leads, as the file has it; empty: nowhere outside, or not kept
  };
  std::string title;  ///< as the file names itself; often empty
  std::string text;
  std::vector<std::size_t> pages;      ///< where each page begins, rising; empty where there are none
  std::vector<Link> links;             ///< in the order of the text
  std::vector<std::string> own_hosts;  ///< where a web page says that it is from
  std::vector<std::string> warnings;   ///< what was odd about the file, for the analyst
};

/// Bounds on what a file may come to.
struct DocumentLimits {
  std::size_t max_file_bytes = 128U << 20U;
  std::size_t max_text_bytes = 64U << 20U;
  std::size_t max_title_bytes = 1024;
  std::size_t max_pages = 10'000;
  std::size_t max_links = 100'000;
  std::size_t max_target_bytes = 2048;  ///< of one link; a longer one is not kept, with a warning
  std::size_t max_targets = 10'000;     ///< that are kept; the links behind them have none, with a warning
  std::size_t max_warnings = 16;
  std::size_t max_hosts = 16;
};

enum class Kind { text, html, pdf };
std::string_view kind_name(Kind kind);  ///< "text", "html", "pdf"
std::optional<Kind> parse_kind(std::string_view name);
/// What a file is, by its first bytes and its name.
Kind guess_kind(BytesView head, std::string_view file_name);

/// Plain text and Markdown: UTF-8 (with or without a byte order mark), UTF-16 with one, else windows-1252
/// with a warning. Of a mail (is_mail) what its reader sees. `bad_input` for a file with NUL bytes (a binary
/// one) and for one that is too large.
Result<Document> read_text(BytesView bytes, const DocumentLimits& limits = {});

/// Appends what windows-1252 means by the bytes.
void append_windows_1252(std::string& out, std::string_view bytes);
/// UTF-16 in that byte order; unpaired surrogates become U+FFFD.
std::string from_utf16(BytesView bytes, bool big_endian);
/// Writes one code point as UTF-8; what is none becomes U+FFFD.
void append_utf8(std::string& out, char32_t point);

/// Where a link with this attribute leads, cleaned as browsers do: trimmed, without line ends and tabs. Empty
/// for one that stays on the page or the site, runs a script or carries its data with it.
std::string link_target(std::string_view attribute);

/// How a reader in another process hands a document over: one line of JSON, then the text.
std::string write_document(const Document& document);
/// Reads it back, trusting nothing: UTF-8, offsets inside the text, limits.
Result<Document> parse_document(std::string_view bytes, const DocumentLimits& limits = {});

}  // namespace parley::document
