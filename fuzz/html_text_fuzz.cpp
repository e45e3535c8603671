#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "document/document.hpp"
#include "document_reader/html.hpp"

namespace {

using namespace parley;
using Link = document::Document::Link;

/// What the parent takes of whatever the reading process says: places inside the text and in order, the same
/// when it is handed over again.
void take(std::string_view answer) {
  const auto document = document::parse_document(answer);
  if (!document) return;
  std::size_t last = 0;
  for (const auto& link : document->links) {
    PARLEY_ASSERT(last <= link.begin && link.begin <= link.end && link.end <= document->text.size());
    last = link.end;
  }
  for (std::size_t i = 0; i < document->links.size(); ++i)
    PARLEY_ASSERT(document::link_target(document->links[i].target) == document->links[i].target);
  last = 0;
  for (const std::size_t page : document->pages) {
    PARLEY_ASSERT(last <= page && page <= document->text.size());
    last = page;
  }
  const auto again = document::parse_document(document::write_document(*document));
  PARLEY_ASSERT(again && again->text == document->text && again->title == document->title &&
                again->pages == document->pages &&
                std::ranges::equal(again->links, document->links, {}, &Link::target, &Link::target) &&
                again->own_hosts == document->own_hosts && again->warnings == document->warnings);
}

}  // namespace

// Whatever a page holds, its text is what the parent of the reading process takes: UTF-8, links and pages in
// order. The same bytes as the answer of a reading process that somebody else has taken over.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  take(as_text({data, size}));
  // The same bytes as a text, and as the rest of a mail.
  const std::string mail = "From: a\nSubject: b\nMIME-Version: 1.0\n" + std::string(as_text({data, size}));
  for (const std::string_view file : {as_text({data, size}), std::string_view(mail)})
    if (const auto text = document::read_text(as_bytes(file)))
      PARLEY_ASSERT(document::parse_document(document::write_document(*text)).has_value());
  const auto read = document::read_html({data, size});
  PARLEY_ASSERT(read.has_value());
  const auto taken = document::parse_document(document::write_document(*read));
  PARLEY_ASSERT(taken.has_value());
  PARLEY_ASSERT(taken->text == read->text);
  return 0;
}
