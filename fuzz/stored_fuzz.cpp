// Property: what is stored can be exported, read again into an empty store, and compares equal: whatever came
// as STIX, MISP, CSV, a plain list, running text, a web page or a PDF file. An own copy in CSV holds every
// value with its marking and times; one in STIX every object and value; one in MISP every value that it says.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.hpp"
#include "document_reader/html.hpp"
#include "document_reader/pdf.hpp"
#include "document_reader/small_pdf.hpp"
#include "exchange/exporting.hpp"
#include "exchange/importing.hpp"
#include "exchange/node_fixture.hpp"
#include "intel/warninglist.hpp"
#include "review/text_list.hpp"

namespace {

using namespace parley;
using exchange::ExportFormat;
using intel::InputFormat;

void require(bool holds) {
  if (!holds) std::abort();
}

/// A store of its own, and the node around it.
class Store {
 public:
  void take(std::string_view bytes, InputFormat format, bool marked) {
    static const intel::WarninglistSet none;
    exchange::ImportOptions options;
    options.format = format;
    if (marked) options.tlp = intel::TlpLevel::green;
    exchange::Import import(*home_.node, options, none, {});
    require(import.begin_file("file", "file").has_value());
    require(import.feed(as_bytes(bytes)).has_value());
    require(import.end_file().has_value());
    require(import.finish().has_value());
  }

  std::string copy(ExportFormat format) {
    exchange::ExportQuestion question;
    question.format = format;
    auto out = exchange::Export::begin(*home_.node, question);
    require(out.has_value());
    std::string bytes;
    for (;;) {
      auto piece = out->next();
      require(piece.has_value());
      if (!*piece) break;
      bytes += as_text((*piece)->value());
    }
    return bytes;
  }

  std::set<std::string> values() {
    std::set<std::string> out;
    const auto reader = home_.node->store().snapshot();
    require(reader.has_value());
    const auto visit = [&](const state::SelectorSummary& one) {
      out.insert(std::string(intel::type_name(one.selector.type)) + " " + one.selector.value);
      return true;
    };
    require((*reader)->for_each_selector(intel::all_selector_types(), visit, nullptr).has_value());
    return out;
  }

 private:
  exchange::MemoryNode home_{"CERT Alpha", "version = 1\n"};
};

/// What stands behind the first line, which names the copy.
std::string_view body(std::string_view copy) {
  return copy.substr(std::min(copy.find('\n'), copy.size()));
}

/// The values of a text, as `import --format text` takes them; false for what is no text.
bool list_of(std::string_view text, std::string& out) {
  const auto list = review::list_of_text(as_bytes(text));
  if (list) out = list->list;
  return list.has_value();
}

bool read(unsigned kind, std::string_view bytes, std::string& text, InputFormat& format) {
  text = bytes;
  switch (kind) {
    case 0:
      format = InputFormat::stix;
      return true;
    case 1:
      format = InputFormat::misp;
      return true;
    case 2:
      format = InputFormat::csv;
      return true;
    case 3:
      format = InputFormat::list;
      return true;
    case 4:
      return list_of(bytes, text);
    case 5: {
      const auto page = document::read_html(as_bytes(bytes));
      require(page.has_value());
      return list_of(page->text, text);
    }
    default: {
      // What stands behind "%%" goes into the dictionary of the page, where its links are.
      const std::size_t more = std::min(bytes.find("%%"), bytes.size());
      const auto pages =
          document::read_pdf(as_bytes(document::pdf_with(bytes.substr(0, more), bytes.substr(more))));
      require(!pages || document::parse_document(document::write_document(*pages)).has_value());
      return pages && list_of(pages->text, text);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > 64U << 10U) return 0;
  static const bool ready = [] {
    document::prepare_pdf();
    return true;
  }();
  require(ready);
  const unsigned kind = data[0] % 7U;
  const bool marked = data[1] % 2 == 0;
  std::string text;
  InputFormat format = InputFormat::list;
  if (!read(kind, as_text({data + 2, size - 2}), text, format)) return 0;

  Store stored;
  stored.take(text, format, marked);
  const std::set<std::string> values = stored.values();

  const std::string csv = stored.copy(ExportFormat::csv);
  Store from_csv;
  from_csv.take(csv, InputFormat::csv, false);
  require(from_csv.values() == values);
  require(from_csv.copy(ExportFormat::csv) == csv);

  const std::string stix = stored.copy(ExportFormat::stix);
  Store from_stix;
  from_stix.take(stix, InputFormat::stix, false);
  require(body(from_stix.copy(ExportFormat::stix)) == body(stix));

  const std::string misp = stored.copy(ExportFormat::misp);
  Store from_misp;
  from_misp.take(misp, InputFormat::misp, false);
  const std::set<std::string> of_misp = from_misp.values();
  for (const std::string& one : of_misp) require(values.contains(one));
  return 0;
}
