#include "document_reader/html.hpp"

#include <libxml/HTMLparser.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "base/ascii.hpp"
#include "document_reader/html_charset.hpp"

namespace parley::document {
namespace {

/// Elements that begin and end on a line of their own.
constexpr std::array blocks = std::to_array<std::string_view>(
    {"address", "article",  "aside",      "blockquote", "body",   "center", "dd",    "details", "div", "dl",
     "dt",      "fieldset", "figcaption", "figure",     "footer", "form",   "h1",    "h2",      "h3",  "h4",
     "h5",      "h6",       "header",     "hr",         "li",     "main",   "nav",   "ol",      "p",   "pre",
     "section", "summary",  "table",      "tbody",      "tfoot",  "thead",  "title", "tr",      "ul"});
/// Elements whose contents nobody reads.
constexpr std::array hidden =
    std::to_array<std::string_view>({"iframe", "noscript", "object", "script", "style", "svg", "template"});

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& list, std::string_view name) {
  return std::ranges::find(list, name) != list.end();
}

std::string_view view_of(const xmlChar* text) {
  return text == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(text));
}

/// Takes the events of the parser; nothing in it depends on how deep elements are nested.
class Page {
 public:
  Page(Document& out, const DocumentLimits& limits) : out_(out), limits_(limits) {}

  void start(std::string_view name, const xmlChar** attributes) {
    if (is_one_of(hidden, name)) ++hidden_;
    if (name == "title") in_title_ = true;
    if (name == "head") in_head_ = true;
    if (name == "body") in_head_ = false;
    if (name == "a" || name == "area") begin_link(link_target(attribute(attributes, "href")));
    if (name == "link" && equal_ignoring_case(attribute(attributes, "rel"), "canonical"))
      own(attribute(attributes, "href"));
    if (name == "base") own(attribute(attributes, "href"));
    if (name == "meta" && equal_ignoring_case(attribute(attributes, "property"), "og:url"))
      own(attribute(attributes, "content"));
    if (name == "pre" || name == "textarea") ++preformatted_;
    if (name == "br") line();
    if (name == "td" || name == "th") cell();
    if (is_one_of(blocks, name)) line();
    if (name == "li") raw("- ");
  }

  void end(std::string_view name) {
    if (is_one_of(hidden, name) && hidden_ > 0) --hidden_;
    if (name == "title") in_title_ = false;
    if (name == "head") in_head_ = false;
    if (name == "a" || name == "area") end_link();
    if ((name == "pre" || name == "textarea") && preformatted_ > 0) --preformatted_;
    if (is_one_of(blocks, name)) line();
  }

  void text(std::string_view more) {
    if (hidden_ > 0) return;
    if (in_title_) {
      if (out_.title.size() + more.size() <= limits_.max_title_bytes) out_.title += more;
      return;
    }
    if (in_head_) return;
    for (std::size_t i = 0; i < more.size(); ++i) {
      const std::string_view rest = more.substr(i);
      // Soft hyphens, zero-width blanks and byte order marks are put into values to break them.
      if (rest.starts_with("\xC2\xAD")) {
        i += 1;
      } else if (rest.starts_with("\xE2\x80\x8B") || rest.starts_with("\xE2\x80\x8C") ||
                 rest.starts_with("\xE2\x80\x8D") || rest.starts_with("\xE2\x81\xA0") ||
                 rest.starts_with("\xEF\xBB\xBF")) {
        i += 2;
      } else if (more[i] == '\0') {
        continue;
      } else if (preformatted_ == 0 && is_space(more[i])) {
        blank();
      } else {
        put(more[i]);
      }
    }
  }

  void finish() {
    end_link();
    out_.title = std::string(trim(out_.title));
    for (Document::Link& link : out_.links) {  // blanks at the end of a line were taken back
      link.end = std::min(link.end, out_.text.size());
      link.begin = std::min(link.begin, link.end);
      while (link.end > link.begin && is_space(out_.text[link.end - 1])) --link.end;
    }
    if (cut_) out_.warnings.emplace_back("the text is longer than is taken; the end is missing");
    if (targets_lost_ > 0)
      out_.warnings.push_back("where " + std::to_string(targets_lost_) +
                              " links lead is not kept: they are too long or too many");
  }

 private:
  static std::string_view attribute(const xmlChar** attributes, std::string_view name) {
    for (; attributes != nullptr && attributes[0] != nullptr; attributes += 2)
      if (view_of(attributes[0]) == name) return view_of(attributes[1]);
    return {};
  }

  void own(std::string_view url) {
    const std::size_t scheme = url.find("://");
    if (scheme == std::string_view::npos || out_.own_hosts.size() >= limits_.max_hosts) return;
    std::string host;
    append_lower(host, url.substr(scheme + 3).substr(0, url.substr(scheme + 3).find_first_of("/:?#@")));
    if (host.starts_with("www.")) host.erase(0, 4);
    if (host.empty() || host.size() > 253 || std::ranges::find(out_.own_hosts, host) != out_.own_hosts.end())
      return;
    out_.own_hosts.push_back(std::move(host));
  }

  void put(char c) {
    if (out_.text.size() >= limits_.max_text_bytes) {
      // Whole characters alone.
      if (!cut_)
        while (!out_.text.empty() && (static_cast<unsigned char>(out_.text.back()) & 0xC0) == 0x80)
          out_.text.pop_back();
      if (!cut_ && !out_.text.empty() && !is_ascii(out_.text.back())) out_.text.pop_back();
      cut_ = true;
      return;
    }
    if (!cut_) out_.text.push_back(c);
  }
  void raw(std::string_view text) {
    if (hidden_ == 0 && !in_head_)
      for (const char c : text) put(c);
  }
  void blank() {
    if (!out_.text.empty() && !is_space(out_.text.back())) put(' ');
  }
  void line() {
    if (hidden_ > 0 || in_head_) return;
    while (!out_.text.empty() && out_.text.back() == ' ' && !link_open()) out_.text.pop_back();
    if (!out_.text.empty() && out_.text.back() != '\n') put('\n');
  }
  void cell() {
    if (!out_.text.empty() && !is_space(out_.text.back())) put('\t');
  }
  bool link_open() const { return in_link_ && out_.text.size() <= link_begin_; }
  void begin_link(std::string target) {
    end_link();
    in_link_ = hidden_ == 0 && !in_head_ && !target.empty();
    link_begin_ = out_.text.size();
    target_ = std::move(target);
  }
  void end_link() {
    if (!in_link_) return;
    in_link_ = false;
    const bool room = out_.links.size() < limits_.max_links;
    if (!room || targets_ >= limits_.max_targets || target_.size() > limits_.max_target_bytes) {
      ++targets_lost_;
      target_.clear();
    }
    targets_ += target_.empty() ? 0U : 1U;
    const bool text = out_.text.size() > link_begin_;
    const std::size_t before = out_.links.empty() ? 0 : out_.links.back().end;
    if (room && (text || !target_.empty()))
      out_.links.push_back({std::max(before, std::min(link_begin_, out_.text.size())),
                            std::max(before, out_.text.size()), std::move(target_)});
    target_.clear();
  }

  Document& out_;
  const DocumentLimits& limits_;
  std::size_t hidden_ = 0;
  std::size_t preformatted_ = 0;
  std::size_t link_begin_ = 0;
  std::string target_;  // of the link that is open
  std::size_t targets_ = 0;
  std::size_t targets_lost_ = 0;
  bool in_title_ = false;
  bool in_head_ = false;
  bool in_link_ = false;
  bool cut_ = false;
};

Page& page_of(void* user) {
  return *static_cast<Page*>(user);
}

}  // namespace

Result<Document> read_html(BytesView bytes, const DocumentLimits& limits) {
  if (bytes.size() > limits.max_file_bytes)
    return fail(ErrorKind::bad_input,
                "the page is larger than " + std::to_string(limits.max_file_bytes) + " bytes");
  Document out;
  std::string html = html_in_utf8(bytes, out);
  std::ranges::replace(html, '\0', ' ');  // libxml2 takes a NUL for the end
  Page page(out, limits);
  htmlSAXHandler events;
  std::memset(&events, 0, sizeof(events));
  events.startElement = [](void* user, const xmlChar* name, const xmlChar** attributes) {
    page_of(user).start(view_of(name), attributes);
  };
  events.endElement = [](void* user, const xmlChar* name) { page_of(user).end(view_of(name)); };
  events.characters = [](void* user, const xmlChar* text, int length) {
    page_of(user).text({reinterpret_cast<const char*>(text), static_cast<std::size_t>(length)});
  };
  events.ignorableWhitespace = events.characters;
  const std::unique_ptr<htmlParserCtxt, decltype(&htmlFreeParserCtxt)> parser(
      htmlCreatePushParserCtxt(&events, &page, nullptr, 0, nullptr, XML_CHAR_ENCODING_UTF8),
      &htmlFreeParserCtxt);
  if (!parser) return fail(ErrorKind::internal, "the HTML parser could not be made");
  htmlCtxtUseOptions(parser.get(), HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                                       HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
  constexpr std::size_t chunk = 1U << 16U;
  for (std::size_t at = 0; at < html.size(); at += chunk)
    htmlParseChunk(parser.get(), html.data() + at, static_cast<int>(std::min(chunk, html.size() - at)), 0);
  htmlParseChunk(parser.get(), nullptr, 0, 1);
  if (parser->myDoc != nullptr) xmlFreeDoc(parser->myDoc);
  parser->myDoc = nullptr;
  page.finish();
  return out;
}

}  // namespace parley::document
