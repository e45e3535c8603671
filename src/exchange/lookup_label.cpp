#include "exchange/lookup_label.hpp"

#include <algorithm>

#include "exchange/object_facts.hpp"

namespace parley::exchange {

Result<lookup::EncodedLabel> label_of(const state::Reader& reader, const intel::Selector& selector) {
  PARLEY_TRY(const std::vector<state::StoredHolding> holdings, reader.find_holdings(selector));
  lookup::Label out;
  out.marking = static_cast<std::uint8_t>(state::MarkingCode::none);
  for (const state::StoredHolding& holding : holdings) {
    if (holding.object_id.empty() || holding.object_id.size() > lookup::max_pointer_bytes) continue;
    if (std::ranges::any_of(holding.labels, is_received_label)) continue;
    out.pointer = holding.object_id;
    out.marking = static_cast<std::uint8_t>(holding.marking);
    break;
  }
  return lookup::encode_label(out);
}

}  // namespace parley::exchange
