#include "exchange/approval_counting.hpp"

#include <algorithm>

namespace parley::exchange {

Result<bool> drop_revoked(Node& node, std::vector<Approval>& given) {
  PARLEY_TRY(const std::vector<Officer> officers, list_officers(node));
  const auto gone = [&](const Approval& one) {
    return std::ranges::none_of(
        officers, [&](const Officer& officer) { return officer.id == one.officer && !officer.revoked; });
  };
  return std::erase_if(given, gone) > 0;
}

}  // namespace parley::exchange
