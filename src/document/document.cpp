#include "document/document.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "encoding/json.hpp"
#include "intel/utf8.hpp"

namespace parley::document {
namespace {

using encoding::Json;

bool ends_with_ignoring_case(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && equal_ignoring_case(text.substr(text.size() - end.size()), end);
}

Result<std::size_t> offset_in(const Json& json, std::size_t size) {
  const auto value = json.uint_value();
  if (!value || *value > size) return fail(ErrorKind::bad_input, "an offset lies outside the text");
  return static_cast<std::size_t>(*value);
}

}  // namespace

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::text:
      return "text";
    case Kind::html:
      return "html";
    case Kind::pdf:
      return "pdf";
  }
  return "text";
}

std::optional<Kind> parse_kind(std::string_view name) {
  for (const Kind kind : {Kind::text, Kind::html, Kind::pdf})
    if (name == kind_name(kind)) return kind;
  return std::nullopt;
}

Kind guess_kind(BytesView head, std::string_view file_name) {
  constexpr std::size_t window = 1024;  // where readers of PDF look for its header
  std::string_view text = as_text(head.first(std::min(head.size(), window)));
  if (text.find("%PDF-") != std::string_view::npos) return Kind::pdf;
  for (const std::string_view end : {".html", ".htm", ".xhtml", ".mhtml"})
    if (ends_with_ignoring_case(file_name, end)) return Kind::html;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  text = trim(text);
  for (const std::string_view begin : {"<!doctype html", "<html", "<head", "<body",
                                       "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!doctype html"})
    if (starts_with_ignoring_case(text, begin)) return Kind::html;
  return Kind::text;
}

std::string link_target(std::string_view attribute) {
  constexpr std::array no_places = std::to_array<std::string_view>(
      {"about", "blob", "cid", "chrome", "data", "file", "javascript", "sms", "tel", "vbscript"});
  std::string out;
  for (const char c : attribute)
    if (static_cast<unsigned char>(c) >= 0x20 && c != '\x7f') out.push_back(c);
  out = std::string(trim(out));
  if (out.starts_with("//")) return "https:" + out;
  const std::size_t colon = out.find(':');
  if (colon == std::string::npos || colon == 0 || out.find_first_of("/?#") < colon) return {};
  for (const std::string_view scheme : no_places)
    if (equal_ignoring_case(std::string_view(out).substr(0, colon), scheme)) return {};
  return out;
}

std::string write_document(const Document& document) {
  Json pages = Json::array();
  for (const std::size_t page : document.pages) pages.push_back(page);
  Json links = Json::array();
  for (const Document::Link& link : document.links) {
    Json one = Json::array({link.begin, link.end});
    if (!link.target.empty()) one.push_back(link.target);
    links.push_back(std::move(one));
  }
  const auto texts = [](const std::vector<std::string>& list) {
    Json out = Json::array();
    for (const std::string& one : list) out.push_back(one);
    return out;
  };
  const Json head = Json::object({{"title", document.title},
                                  {"pages", std::move(pages)},
                                  {"links", std::move(links)},
                                  {"own_hosts", texts(document.own_hosts)},
                                  {"warnings", texts(document.warnings)},
                                  {"bytes", document.text.size()}});
  return encoding::write_json(head) + "\n" + document.text;
}

Result<Document> parse_document(std::string_view bytes, const DocumentLimits& limits) {
  const std::size_t line = bytes.find('\n');
  if (line == std::string_view::npos) return fail(ErrorKind::bad_input, "the reader gave no document");
  PARLEY_TRY(const Json head,
             encoding::parse_json(bytes.substr(0, line), {.max_bytes = 32U << 20U, .max_depth = 4}));
  Document out;
  out.text = bytes.substr(line + 1);
  PARLEY_TRY(const std::uint64_t size, head.uint_member("bytes"));
  if (size != out.text.size()) return fail(ErrorKind::bad_input, "the reader's text is cut short");
  if (out.text.size() > limits.max_text_bytes)
    return fail(ErrorKind::bad_input,
                "the text is longer than " + std::to_string(limits.max_text_bytes) + " bytes");
  if (!intel::is_utf8(out.text)) return fail(ErrorKind::bad_input, "the reader's text is not UTF-8");
  PARLEY_TRY(out.title, head.string_member("title"));
  if (out.title.size() > limits.max_title_bytes) out.title.clear();
  PARLEY_TRY(const Json::Array* pages, head.array_member("pages"));
  PARLEY_TRY(const Json::Array* links, head.array_member("links"));
  PARLEY_TRY(out.own_hosts, head.strings_member("own_hosts"));
  PARLEY_TRY(out.warnings, head.strings_member("warnings"));
  if (pages->size() > limits.max_pages || links->size() > limits.max_links ||
      out.own_hosts.size() > limits.max_hosts || out.warnings.size() > limits.max_warnings)
    return fail(ErrorKind::bad_input, "the reader gave more pages, links or warnings than are taken");
  for (const Json& page : *pages) {
    PARLEY_TRY(const std::size_t offset, offset_in(page, out.text.size()));
    if (!out.pages.empty() && offset < out.pages.back())
      return fail(ErrorKind::bad_input, "pages are out of order");
    out.pages.push_back(offset);
  }
  std::size_t targets = 0;
  for (const Json& link : *links) {
    if (!link.is_array() || link.size() < 2 || link.size() > 3)
      return fail(ErrorKind::bad_input, "a link is two offsets and perhaps where it leads");
    PARLEY_TRY(const std::size_t begin, offset_in((*link.if_array())[0], out.text.size()));
    PARLEY_TRY(const std::size_t end, offset_in((*link.if_array())[1], out.text.size()));
    if (end < begin || (!out.links.empty() && begin < out.links.back().end))
      return fail(ErrorKind::bad_input, "links are out of order");
    Document::Link one{.begin = begin, .end = end, .target = {}};
    if (link.size() == 3) {
      const std::string* const target = (*link.if_array())[2].if_string();
      if (target == nullptr || target->size() > limits.max_target_bytes || link_target(*target) != *target ||
          ++targets > limits.max_targets)
        return fail(ErrorKind::bad_input, "where a link leads is no address, too long, or one too many");
      one.target = *target;
    }
    out.links.push_back(std::move(one));
  }
  return out;
}

}  // namespace parley::document
