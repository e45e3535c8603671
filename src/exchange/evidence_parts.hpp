#pragma once

#include <string>
#include <string_view>

#include "exchange/node.hpp"
#include "exchange/release_book.hpp"
#include "ledger/evidence.hpp"

namespace parley::exchange {

/// What the evidence of any act begins with: id and time of the bundle, the exporter, this node and its peer
/// as parties, the checkpoint under which everything is proven.
Result<ledger::EvidenceInput> begin_evidence(Node& node, ledger::EvidenceKind kind, std::string subject,
                                             std::string_view peer_origin);

/// Adds a statement, with the proof of its leaf when it is in the own ledger. None when `jws` is empty.
Result<void> add_statement(Node& node, const std::string& jws, ledger::EvidenceInput& out);

/// Adds the enrolment of the officer who gave an approval, once, without the disclosure of the name: the
/// bundle shows that an enrolled officer signed, not who that is.
Result<void> add_enrolment(Node& node, const ReleaseApproval& given, ledger::EvidenceInput& out);

}  // namespace parley::exchange
