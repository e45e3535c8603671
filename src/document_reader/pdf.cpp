#include "document_reader/pdf.hpp"

#include <iconv.h>
#include <poppler-document.h>
#include <poppler-global.h>
#include <poppler-page.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

#include "base/ascii.hpp"
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
  }
  if (cut) out.warnings.emplace_back("the text is longer than is taken; the end is missing");
  if (unreadable > 0) out.warnings.push_back(std::to_string(unreadable) + " pages could not be read");
  if (trim(out.text).empty())
    out.warnings.emplace_back("the file has no text: it may be scanned, and its pages pictures");
  return out;
}

}  // namespace parley::document
