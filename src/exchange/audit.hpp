#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "encoding/json.hpp"
#include "exchange/node.hpp"
#include "exchange/run_store.hpp"

namespace parley::exchange {

enum class AuditVerdict { proven, refuted, not_shown };
std::string_view verdict_name(AuditVerdict verdict);

struct AuditClaim {
  std::string claim;
  AuditVerdict verdict = AuditVerdict::not_shown;
  std::string why;
};

/// What the replay of one's own side of a run shows before an agreed auditor.
struct AuditReport {
  std::string run;
  AuditVerdict verdict = AuditVerdict::not_shown;  ///< the worst of the claims
  std::vector<AuditClaim> claims;
};

/// `ledger audit RUN`: opens the sealed run and recomputes. Claims: the seed is the one committed to in the
/// offer that both signed; the opened set has the committed root; the own messages, recomputed from seed, set
/// and recorded inbound messages, have the hash in the own signed match record; that record is in the ledger.
/// All are `not_shown` once the run key is destroyed, or when the run never came to its end.
Result<AuditReport> audit_run(Node& node, RunStore& runs, std::string_view run);

/// `{"run":…,"verdict":…,"claims":[{"claim","verdict","why"}]}`
encoding::Json audit_json(const AuditReport& report);

}  // namespace parley::exchange
