#include "ledger/trust.hpp"

#include <algorithm>

namespace parley::ledger {
namespace {

std::size_t cosigned(const Trust& trust, std::string_view name, const std::vector<std::string>& by) {
  for (const TrustedWitness& witness : trust.witnesses)
    if (witness.name == name) return std::find(by.begin(), by.end(), name) != by.end() ? 1 : 0;
  for (const WitnessGroup& group : trust.groups) {
    if (group.name != name) continue;
    // Groups name only what stands above them, so this ends.
    std::size_t count = 0;
    for (const std::string& member : group.members) count += cosigned(trust, member, by);
    return count >= group.threshold ? 1 : 0;
  }
  return 0;
}

}  // namespace

bool Trust::trusts_role(std::string_view origin, const crypto::PublicKey& key) const {
  return std::any_of(roles.begin(), roles.end(),
                     [&](const merkle::VerifierKey& role) { return role.name == origin && role.key == key; });
}

std::vector<crypto::PublicKey> Trust::role_keys(std::string_view origin) const {
  std::vector<crypto::PublicKey> out;
  for (const merkle::VerifierKey& role : roles)
    if (role.name == origin) out.push_back(role.key);
  return out;
}

std::vector<merkle::VerifierKey> Trust::log_keys(std::string_view origin) const {
  std::vector<merkle::VerifierKey> out;
  for (const merkle::VerifierKey& log : logs)
    if (log.name == origin) out.push_back(log);
  return out;
}

bool Trust::quorum_met(const std::vector<std::string>& cosigned_by) const {
  return quorum == "none" || cosigned(*this, quorum, cosigned_by) == 1;
}

std::string format_trust(const Trust& trust) {
  std::string out;
  for (const merkle::VerifierKey& log : trust.logs) out += "log " + log.text() + '\n';
  for (const merkle::VerifierKey& role : trust.roles) out += "role " + role.text() + '\n';
  for (const TrustedWitness& witness : trust.witnesses)
    out += "witness " + witness.name + ' ' + witness.key.text() + '\n';
  for (const WitnessGroup& group : trust.groups) {
    out += "group " + group.name + ' ' + std::to_string(group.threshold);
    for (const std::string& member : group.members) out += ' ' + member;
    out += '\n';
  }
  return out + "quorum " + trust.quorum + '\n';
}

}  // namespace parley::ledger
