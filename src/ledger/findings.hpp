#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ledger/dossier.hpp"

/// How the checks of a bundle come to their verdicts.
namespace parley::ledger {

/// The worse of two: refuted beats not shown beats proven.
Verdict worse(Verdict a, Verdict b);

/// What is known of one claim so far. Begins as proven and only gets worse; the worst reasons are kept.
class Finding {
 public:
  /// It is false.
  void refute(std::string why) { note(Verdict::refuted, std::move(why)); }
  /// Something that it needs is missing.
  void miss(std::string why) { note(Verdict::not_shown, std::move(why)); }
  void join(const Finding& other);

  Verdict verdict() const { return verdict_; }
  bool holds() const { return verdict_ == Verdict::proven; }
  /// The reasons, or `proven_why` when it holds.
  Claim claim(std::string text, std::string proven_why, std::string rests_on, bool core = true) const;

 private:
  void note(Verdict verdict, std::string why);

  Verdict verdict_ = Verdict::proven;
  std::vector<std::string> reasons_;
};

/// What the checks share: the bundle and what the verifier believes.
struct Case {
  const Dossier& dossier;
  const Trust& trust;

  /// That the node with this origin signed the statement with its role key. Without a trusted key for it the
  /// best is "not shown", however well the signature fits the key that the bundle names.
  Finding signed_by(std::string_view jws, std::string_view origin) const;
  /// The same for a key that is named by something else that was checked.
  Finding signed_with(std::string_view jws, const crypto::PublicKey& key) const;
};

/// That the checkpoint is the exporter's.
Claim check_checkpoint(const Case& the_case);
/// That each statement of the exporter is committed to by a leaf under the checkpoint.
Claim check_recorded(const Case& the_case);
/// Cosignatures by the witnesses of the trust file; no core claim when its quorum is none.
Claim check_witnesses(const Case& the_case);

/// The claims of each kind of bundle.
std::vector<Claim> check_release(const Case& the_case);
std::vector<Claim> check_match(const Case& the_case);

}  // namespace parley::ledger
