#include "ledger/findings.hpp"

#include <algorithm>

namespace parley::ledger {

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::proven:
      return "proven";
    case Verdict::refuted:
      return "refuted";
    case Verdict::not_shown:
      break;
  }
  return "not_shown";
}

Verdict worse(Verdict a, Verdict b) {
  for (const Verdict verdict : {Verdict::refuted, Verdict::not_shown})
    if (a == verdict || b == verdict) return verdict;
  return Verdict::proven;
}

void Finding::note(Verdict verdict, std::string why) {
  const Verdict now = worse(verdict_, verdict);
  if (now != verdict_) reasons_.clear();  // what was merely missing does not matter beside what is false
  verdict_ = now;
  if (verdict == now && std::find(reasons_.begin(), reasons_.end(), why) == reasons_.end())
    reasons_.push_back(std::move(why));
}

void Finding::join(const Finding& other) {
  for (const std::string& why : other.reasons_) note(other.verdict_, why);
}

Claim Finding::claim(std::string text, std::string proven_why, std::string rests_on, bool core) const {
  std::string why;
  for (const std::string& reason : reasons_) why += (why.empty() ? "" : "; ") + reason;
  return {std::move(text), verdict_, holds() ? std::move(proven_why) : std::move(why), std::move(rests_on),
          core};
}

Finding Case::signed_by(std::string_view jws, std::string_view origin) const {
  Finding out;
  const std::vector<crypto::PublicKey> keys = trust.role_keys(origin);
  const auto fits = [&](const crypto::PublicKey& key) {
    return record::verify_statement(jws, key).has_value();
  };
  if (!keys.empty()) {
    if (!std::any_of(keys.begin(), keys.end(), fits))
      out.refute("it is not signed by a role key that the trust file has for " + std::string(origin));
    return out;
  }
  const EvidenceParty* party = dossier.party(origin);
  if (party != nullptr && !fits(party->role_key))
    out.refute("it is not even signed by the key that the bundle itself names for " + std::string(origin));
  else
    out.miss("the trust file has no role key of " + std::string(origin));
  return out;
}

Finding Case::signed_with(std::string_view jws, const crypto::PublicKey& key) const {
  Finding out;
  const auto statement = record::verify_statement(jws, key);
  if (!statement) out.refute(statement.error().message);
  return out;
}

}  // namespace parley::ledger
