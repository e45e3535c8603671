#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/entropy.hpp"
#include "ledger/evidence.hpp"
#include "ledger/memory_log.hpp"
#include "record/agreement_statement.hpp"
#include "record/disclosure.hpp"
#include "record/match_statement.hpp"
#include "record/match_terms.hpp"
#include "record/node_statement.hpp"
#include "record/release_statement.hpp"

/// Two nodes, one agreement, one release and one run, small and always the same: what the tests and the fuzz
/// targets of evidence are made from. Any part can be changed before it is signed and recorded.
namespace parley::ledger::world {

/// Bytes 0, 1, 2, …: a different opening and salt each time, the same in every run.
class CountingEntropy final : public Entropy {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(next_++ * 167 + 13);
  }

 private:
  std::uint64_t next_ = 0;
};

inline crypto::SigningKey key(std::uint8_t byte) {
  return *crypto::SigningKey::from_seed(Bytes(32, byte));
}

/// A moment of the story.
inline Timestamp at(std::int64_t minute) {
  return Timestamp::from_seconds(1'800'000'000 + 60 * minute);
}

inline const std::string alpha = "node.example/alpha";
inline const std::string bravo = "node.example/bravo";

/// The statements of one release, to be changed by a test before `bundle` signs and records them.
struct Release {
  record::AgreementStatement agreement;
  std::vector<record::OfficerStatement> officers;
  record::DecisionStatement decision;
  std::vector<record::ApprovalStatement> approvals;
  std::vector<crypto::SigningKey> officer_keys;
  record::DeliveryStatement delivery;
  record::ReceiptStatement receipt;
  Bytes package = to_bytes(R"({"type":"bundle","objects":[]})");
  std::vector<record::OfficerRevocation> revocations;
  /// Recorded before the approvals instead of after them.
  bool revoked_first = false;
  /// When the delivery was recorded, if not at the time that it names.
  std::optional<Timestamp> delivery_recorded;

  /// Everything that hashes or signs something else, made again after a change.
  void settle();
};

Release release();

struct Run {
  record::AgreementStatement agreement;
  record::MatchStatement initiator;
  record::MatchStatement responder;
  std::vector<record::OfficerStatement> officers;
  std::vector<record::MatchApprovalStatement> approvals;
  std::vector<std::uint8_t> officer_keys = {10, 11};   ///< as `key` names them
  std::vector<record::OfficerRevocation> revocations;  ///< recorded before the approvals
  bool approved_afterwards = false;                    ///< recorded behind the run instead of before it

  /// The officers' signatures, made again after a change of the terms.
  void settle();
};
Run run();
/// The same, with two officers of two units of alpha.
Run approved_run();

/// Alpha's keys: role 1, log 2, TLS 3. Bravo's: 4, 5, 6. Officers': 10, 11, ….
Result<Bytes> bundle(const Release& release, bool with_package = true);
Result<Bytes> bundle(const Run& run);

/// The input that `bundle` builds from, to be spoiled afterwards.
EvidenceInput input(const Release& release, bool with_package = true);
EvidenceInput input(const Run& run);

/// Trusts both nodes' role keys and alpha's log key.
Trust trust();

}  // namespace parley::ledger::world
