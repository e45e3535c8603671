#include "document_reader/pdf.hpp"

#include <iconv.h>
#include <poppler-document.h>
#include <poppler-global.h>
#include <poppler-page.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "base/ascii.hpp"
#include "document_reader/pdf_links.hpp"
#include "intel/utf8.hpp"

namespace parley::document {
namespace {

/// Poppler's UTF-16 to UTF-8; unpaired surrogates become U+FFFD, control characters blanks.
std::string utf8_of(const poppler::ustring& text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char32_t point = text[i];
    if (point >= 0xD800 && point < 0xDC00 && i + 1 < text.size() && text[i + 1] >= 0xDC00 &&
        text[i + 1] < 0xE000)
      point = 0x10000 + ((point - 0xD800) << 10) + (text[++i] - 0xDC00U);
    if (point == 0xAD) continue;  // a soft hyphen
    append_utf8(out, point < 0x20 && point != '\n' && point != '\t' ? U' ' : point);
  }
  return out;
}

void ignore(const std::string&, void*) {}

/// Held open for the life of the process, so that their modules stay loaded.
class KeptConverters {
 public:
  KeptConverters()
      : open_{::iconv_open("UTF-8", "UTF-16"), ::iconv_open("UTF-16", "UTF-8"),
              ::iconv_open("UTF-16LE", "UTF-8")} {}
  ~KeptConverters() {
    for (const iconv_t one : open_)
      // NOLINTNEXTLINE(performance-no-int-to-ptr): so POSIX writes what iconv_open returns when it fails
      if (one != reinterpret_cast<iconv_t>(static_cast<std::intptr_t>(-1))) ::iconv_close(one);
  }
  KeptConverters(const KeptConverters&) = delete;
  KeptConverters& operator=(const KeptConverters&) = delete;

 private:
  std::array<iconv_t, 3> open_;
};

/// A word of a page and where it stands, in points from its upper left corner.
struct Word {
  double x = 0;
  double y = 0;
  std::string text;
};

std::vector<Word> words_of(const poppler::page& page) {
  std::vector<Word> out;
  for (const poppler::text_box& box : page.text_list()) {
    const poppler::rectf area = box.bbox();
    out.push_back({area.x() + area.width() / 2, area.y() + area.height() / 2, utf8_of(box.text())});
  }
  return out;
}

/// Behind the words in their order, with blanks of any kind between them, from `at` on; 0 when they are not
/// there.
std::size_t end_of_words(std::string_view text, std::size_t at, std::span<const std::string> words) {
  for (const std::string& word : words) {
    while (at < text.size() && is_space(text[at])) ++at;
    if (!text.substr(at).starts_with(word)) return 0;
    at += word.size();
  }
  return at;
}

/// Gives the links of a page their places in its text, which begins at `begin`. A link that shows no text, or
/// such as is not found again, gets a place without text.
void place_links(Document& out, std::size_t begin, std::span<PdfLink> links, const poppler::page& page) {
  constexpr std::size_t most_placed = 500;  // each looks at every word of the page
  constexpr std::size_t most_words = 20;    // that a link shows; the rest is not looked for
  const std::vector<Word> words = words_of(page);
  const poppler::rectf area = page.page_rect(poppler::crop_box);
  const std::string_view text = out.text;
  std::vector<Document::Link> placed;
  std::size_t from = begin;
  for (PdfLink& link : links) {
    std::vector<std::string> shown;
    if (placed.size() < most_placed)
      for (const Word& word : words) {
        const double x = area.x() + word.x;
        const double y = area.y() + area.height() - word.y;
        if (x >= link.left && x <= link.right && y >= link.bottom && y <= link.top && !word.text.empty() &&
            shown.size() < most_words)
          shown.push_back(word.text);
      }
    Document::Link one{.begin = from, .end = from, .target = std::move(link.target)};
    for (const std::size_t start : {from, begin}) {  // links mostly follow each other as the text does
      if (shown.empty() || one.end > one.begin) break;
      for (std::size_t at = text.find(shown.front(), start); at != std::string_view::npos;
           at = text.find(shown.front(), at + 1))
        if (const std::size_t end = end_of_words(text, at, shown); end > 0) {
          one.begin = at;
          one.end = from = end;
          break;
        }
    }
    placed.push_back(std::move(one));
  }
  std::ranges::sort(placed, {}, [](const Document::Link& one) { return std::pair(one.begin, one.end); });
  for (Document::Link& one : placed) {
    const std::size_t last = out.links.empty() ? begin : out.links.back().end;
    if (one.begin < last) one.begin = one.end = last;  // one above the other: the first has the text
    out.links.push_back(std::move(one));
  }
}

}  // namespace

void prepare_pdf() {
  // Poppler converts by iconv, which loads its converters from files; they stay loaded.
  static const KeptConverters kept;
  poppler::set_debug_error_function(&ignore, nullptr);
}

Result<Document> read_pdf(BytesView bytes, const DocumentLimits& limits) {
  if (bytes.size() > limits.max_file_bytes)
    return fail(ErrorKind::bad_input,
                "the file is larger than " + std::to_string(limits.max_file_bytes) + " bytes");
  const std::unique_ptr<poppler::document> pdf(poppler::document::load_from_raw_data(
      reinterpret_cast<const char*>(bytes.data()), static_cast<int>(bytes.size())));
  if (!pdf) return fail(ErrorKind::bad_input, "this is no PDF file, or it is damaged beyond reading");
  if (pdf->is_locked())
    return fail(ErrorKind::bad_input,
                "the PDF file is encrypted with a password; save it without one and add that");
  Document out;
  std::string title = utf8_of(pdf->info_key("Title"));
  if (title.size() <= limits.max_title_bytes) out.title = std::string(trim(title));
  const int pages = pdf->pages();
  if (pages < 1) return fail(ErrorKind::bad_input, "the PDF file has no pages");
  const int wanted =
      static_cast<int>(std::min<std::size_t>(static_cast<std::size_t>(pages), limits.max_pages));
  if (wanted < pages) out.warnings.push_back("only the first " + std::to_string(wanted) + " pages were read");
  std::vector<PdfLink> links = pdf_links(bytes, limits, out.warnings);
  auto link = links.begin();
  bool cut = false;
  std::size_t unreadable = 0;
  for (int number = 0; number < wanted && !cut; ++number) {
    const std::unique_ptr<poppler::page> page(pdf->create_page(number));
    out.pages.push_back(out.text.size());
    if (!page) {
      ++unreadable;
      continue;
    }
    std::string text = utf8_of(page->text(poppler::rectf(), poppler::page::non_raw_non_physical_layout));
    if (out.text.size() + text.size() + 1 > limits.max_text_bytes) {
      cut = true;
      break;
    }
    out.text += text;
    if (!out.text.ends_with('\n')) out.text.push_back('\n');
    const auto first = std::ranges::find_if(
        link, links.end(), [&](const PdfLink& one) { return one.page >= static_cast<std::size_t>(number); });
    link = std::ranges::find_if(
        first, links.end(), [&](const PdfLink& one) { return one.page > static_cast<std::size_t>(number); });
    if (first != link) place_links(out, out.pages.back(), {first, link}, *page);
  }
  if (cut) out.warnings.emplace_back("the text is longer than is taken; the end is missing");
  if (unreadable > 0) out.warnings.push_back(std::to_string(unreadable) + " pages could not be read");
  if (trim(out.text).empty())
    out.warnings.emplace_back("the file has no text: it may be scanned, and its pages pictures");
  return out;
}

}  // namespace parley::document
