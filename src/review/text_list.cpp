#include "review/text_list.hpp"

#include "document/document.hpp"
#include "report/findings.hpp"

namespace parley::review {

Result<TextList> list_of_text(BytesView bytes) {
  PARLEY_TRY(const document::Document document, document::read_text(bytes));
  TextList out;
  for (const report::Finding& one : report::find_all(document.text, {}, nullptr, {})) {
    if (one.held_back()) {
      ++out.held_back[one.hold];
      continue;
    }
    if (one.selector->type == intel::SelectorType::autonomous_system) out.list += "AS";
    out.list += one.selector->value + "\n";
  }
  return out;
}

}  // namespace parley::review
