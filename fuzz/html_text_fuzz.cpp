#include <cstdint>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "document_reader/html.hpp"

// Whatever a page holds, its text is what the parent of the reading process takes: UTF-8, links and pages in
// order.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley;
  const auto read = document::read_html({data, size});
  PARLEY_ASSERT(read.has_value());
  const auto taken = document::parse_document(document::write_document(*read));
  PARLEY_ASSERT(taken.has_value());
  PARLEY_ASSERT(taken->text == read->text);
  return 0;
}
