#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "crypto/ed25519.hpp"
#include "encoding/json.hpp"
#include "ledger/ledger.hpp"
#include "ledger/trust.hpp"

namespace parley::ledger {

/// A node that a bundle speaks of. Names and keys here are what the exporter says: hints for the reader.
struct EvidenceParty {
  std::string origin;
  std::string name;
  std::string kind;
  std::string jurisdiction;
  crypto::PublicKey role_key;
  std::optional<crypto::PublicKey> log_key;
};

/// A statement in a bundle.
struct EvidenceStatement {
  /// Where it stands in the exporter's ledger; absent for statements that are recorded elsewhere.
  struct Recorded {
    LeafIndex index;
    record::Opening opening{};
    LeafProof proof;  ///< of `Ledger::prove`, all under the bundle's checkpoint
  };
  std::string jws;
  std::vector<std::string> disclosures;  ///< those that this reader may see
  std::optional<Recorded> recorded;
};

enum class EvidenceKind { release, match };

/// All that goes into a bundle. Which statements a kind needs (by schema; docs/spec/evidence.md):
/// release: both signatures of the agreement, decision, its approvals, the enrolments of their officers,
/// delivery, the receiver's receipt. match: both signatures of the agreement, both match records; the
/// officers' approvals of the exporter and their enrolments, where there were any.
struct EvidenceInput {
  EvidenceKind kind = EvidenceKind::release;
  std::string subject;   ///< id of the release or run
  std::string exporter;  ///< origin of the node whose ledger proves it
  std::string id;        ///< UUIDv7 of the bundle
  Timestamp created;
  std::vector<EvidenceParty> parties;  ///< the exporter among them
  std::vector<EvidenceStatement> statements;
  std::string checkpoint;
  std::optional<Bytes> package;  ///< the released bytes, when the reader may have them
};

/// The bundle: a deterministic archive whose manifest is signed with the exporter's role key. The same input
/// and key give the same bytes.
Result<Bytes> build_bundle(const EvidenceInput& input, const crypto::SigningKey& role_key);

enum class Verdict { proven, refuted, not_shown };
std::string_view verdict_name(Verdict verdict);

/// One thing that was checked.
struct Claim {
  std::string claim;
  Verdict verdict = Verdict::not_shown;
  std::string why;
  std::string rests_on;  ///< what one has to believe for it
  bool core = true;      ///< whether the whole depends on it
};

/// The result of a verification.
struct Report {
  Verdict verdict = Verdict::not_shown;
  std::vector<Claim> claims;
  std::vector<std::string> limits;  ///< what no bundle of this kind shows
  std::string kind;                 ///< "release", "match", or empty when the bundle could not be read
  std::string subject;
};

/// Checks a bundle offline. `bad_input` only for bytes that are no archive at all; whatever else is wrong
/// with a bundle is a report that is not proven. Refuted when any claim is; proven when every core claim is;
/// not shown otherwise. No single byte of a proven bundle can be changed without losing that verdict.
Result<Report> verify_bundle(BytesView bundle, const Trust& trust);

/// `{"verdict":…,"claims":[{"claim","verdict","why","rests_on","core"}],"limits":[…],"kind":…,"subject":…}`
encoding::Json report_json(const Report& report);
/// For a person at a terminal; `colour` adds ANSI colours.
std::string report_text(const Report& report, bool colour);

}  // namespace parley::ledger
