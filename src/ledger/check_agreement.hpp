#pragma once

#include <optional>

#include "ledger/findings.hpp"
#include "record/agreement_statement.hpp"

namespace parley::ledger {

/// The agreement of a bundle, when there is exactly one, with what the signatures say.
struct AgreementCheck {
  std::optional<record::AgreementStatement> terms;
  std::string id;
  Claim signatures;
};

AgreementCheck check_agreement(const Case& the_case);

/// That an act between these two, at each of these times and for this purpose, lay within the agreement.
Claim check_in_force(const Case& the_case, const AgreementCheck& agreement, std::string_view named_agreement,
                     std::string_view purpose, std::string_view one_side, std::string_view other_side,
                     const std::vector<Timestamp>& times);

/// The times that bind a statement: its own, and that of its leaf when it is recorded here.
std::vector<Timestamp> times_of(const Piece& piece);

/// When the exporter recorded a statement of its own: what it cannot date back. Nothing for the statements of
/// others, which it may record at any later time.
std::optional<Timestamp> own_leaf_time(const Case& the_case, const Piece& piece);

}  // namespace parley::ledger
