#include "exchange/lookup_permission.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "exchange/agreement_book.hpp"
#include "exchange/gate.hpp"
#include "exchange/match_budget.hpp"
#include "exchange/peers.hpp"

namespace parley::exchange {
namespace {

std::string counter_name(const LookupPermission& permission, std::uint64_t epoch, bool asks) {
  return fmt::format("lookup/{}/{}/{}/{}", permission.agreement.hash, asks ? 'i' : 'r', epoch,
                     permission.question.peer);
}

Charge charge_of(const LookupPermission& permission, std::uint64_t epoch, std::uint64_t count) {
  Charge charge;
  charge.peer = permission.question.peer;
  charge.agreement = permission.agreement.hash;
  charge.types = permission.types;
  charge.kind = ChargeKind::lookup;
  charge.amount = count;
  charge.epoch = epoch;
  return charge;
}

// A batch holds as many items of any one type as it has evaluations.
Result<void> check_caps(const policy::MatchRules& rules, const LookupPermission& permission,
                        std::uint64_t count) {
  for (const intel::SelectorType type : permission.types)
    if (const auto cap = rules.cap(type); cap && count > cap->max_set)
      return refuse({"enumerable-cap"},
                    fmt::format("{} look-ups at once could all be of {}, at most {} may be: {}", count,
                                intel::type_name(type), cap->max_set, cap->reason));
  return {};
}

}  // namespace

std::vector<std::string> LookupPermission::type_names() const {
  std::vector<std::string> names;
  names.reserve(types.size());
  for (const intel::SelectorType type : types) names.emplace_back(intel::type_name(type));
  return names;
}

MatchQuestion LookupPermission::match_question() const {
  MatchQuestion out;
  out.peer = question.peer;
  out.agreement = question.agreement;
  out.purpose = question.purpose;
  out.types = types;
  out.output = policy::MatchOutput::items;
  return out;
}

Result<LookupPermission> check_lookup_act(Node& node, const LookupQuestion& question) {
  MatchQuestion match;
  match.peer = question.peer;
  match.agreement = question.agreement;
  match.purpose = question.purpose;
  match.output = policy::MatchOutput::items;
  PARLEY_TRY(const policy::Decision decision, Gate(node).check_match(match));
  if (decision.outcome == policy::Outcome::deny) return decision.refusal();
  PARLEY_TRY(const PeerRecord peer, find_peer(node, question.peer));
  PARLEY_TRY(AgreementEntry entry, find_agreement(node, question.agreement));
  LookupPermission out;
  out.agreement = std::move(entry.state.agreement);
  if (out.agreement.lookups_per_day == 0)
    return refuse({"agreement-lookup"},
                  "the agreement allows no look-ups; draft one with --lookups-per-day that both sign");
  out.needs_approval = decision.outcome == policy::Outcome::needs_approval;
  out.question = {peer.origin, out.agreement.hash, question.purpose};
  out.policy_version = node.policy().version();
  out.types = out.agreement.types;
  std::ranges::sort(out.types, {}, intel::type_name);
  return out;
}

Result<std::uint64_t> lookups_left(const state::Reader& reader, const LookupPermission& permission,
                                   std::uint64_t epoch, bool asks) {
  PARLEY_TRY(const std::int64_t used, reader.counter(counter_name(permission, epoch, asks)));
  const std::uint64_t allowed = permission.agreement.lookups_per_day;
  return allowed - std::min(allowed, static_cast<std::uint64_t>(std::max<std::int64_t>(used, 0)));
}

Result<void> check_lookups_left(const LookupPermission& permission, std::uint64_t left, std::uint64_t count) {
  if (count <= left) return {};
  return refuse(
      {"budget-lookups-per-day"},
      fmt::format("the agreement allows {} look-ups a day in this direction, {} are left and {} are "
                  "asked; the next are possible after midnight UTC",
                  permission.agreement.lookups_per_day, left, count));
}

Result<std::uint64_t> spend_lookups(state::Transaction& transaction, Node& node,
                                    const LookupPermission& permission, std::uint64_t epoch, bool asks,
                                    std::uint64_t count) {
  PARLEY_TRY(const std::uint64_t left, lookups_left(transaction, permission, epoch, asks));
  PARLEY_CHECK(check_lookups_left(permission, left, count));
  if (!asks) {
    PARLEY_CHECK(check_caps(node.policy().match_rules(), permission, count));
    PARLEY_CHECK(spend_charge(transaction, node.policy().match_rules(), charge_of(permission, epoch, count)));
  }
  PARLEY_CHECK(
      transaction.add_counter(counter_name(permission, epoch, asks), static_cast<std::int64_t>(count)));
  return left;
}

Result<void> check_lookup_charge(const state::Reader& reader, Node& node, const LookupPermission& permission,
                                 std::uint64_t epoch, std::uint64_t count) {
  PARLEY_CHECK(check_caps(node.policy().match_rules(), permission, count));
  return check_charge(reader, node.policy().match_rules(), charge_of(permission, epoch, count));
}

Result<void> take_build_quota(state::Store& store, std::string_view peer, std::uint64_t epoch) {
  return state::write(store, state::Durability::synced, [&](state::Transaction& transaction) -> Result<void> {
    const std::string name = fmt::format("lookup/builds/{}/{}", epoch, peer);
    PARLEY_TRY(const std::int64_t used, transaction.counter(name));
    if (used >= max_set_builds_per_day)
      return refuse({"lookup-builds-per-day"},
                    "the peer has made this node begin to build too many sets for look-ups today");
    PARLEY_CHECK(transaction.add_counter(name, 1));
    return {};
  });
}

}  // namespace parley::exchange
