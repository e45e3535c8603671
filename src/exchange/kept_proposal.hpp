#pragma once

#include <fmt/format.h>

#include <algorithm>

#include "exchange/agreement_book.hpp"
#include "exchange/approval_counting.hpp"
#include "exchange/committed_set.hpp"
#include "exchange/json_documents.hpp"
#include "exchange/proposal.hpp"
#include "state/store.hpp"

/// How proposals are kept, whatever they are about: one document each, and the secrets of the set beside it
/// until nothing can come of it any more. `Kind` says what differs:
///
///   Statement, Item        of an officer's signature; the proposal
///   collection, secrets    of the store
///   noun, many             "match is", "match begins so"
///   state_rule, over_rule, over
///   write(item, json), read(json, item)    members of its own
namespace parley::exchange::kept {

template <class Kind>
struct Kept {
  typename Kind::Item proposal;
  state::DocumentVersion version;
};

/// Members that every proposal has.
encoding::Json write_members(const encoding::Json& terms, const policy::Approvals& needs,
                             const std::vector<Approval>& approvals);
Result<policy::Approvals> read_needs(const encoding::Json& json);
Result<std::vector<Approval>> read_approvals(const encoding::Json& json);
/// The same for people: `approvals_needed` and `approvals`.
void tell_approvals(encoding::Json& out, const policy::Approvals& needs,
                    const std::vector<Approval>& approvals);

/// With the secrets gone once it has ended.
template <class Kind>
Result<void> save(Node& node, Kept<Kind>& kept) {
  const typename Kind::Item& proposal = kept.proposal;
  encoding::Json json = write_members(proposal.terms.to_json(), proposal.needs, proposal.approvals);
  json.set("id", proposal.id);
  json.set("state", proposal_state_name(proposal.state));
  json.set("why_rule", proposal.why_rule);
  json.set("why", proposal.why);
  json.set("created", format_time(proposal.created));
  Kind::write(proposal, json);
  const std::string body = encoding::write_json(json);
  return state::write(node.store(), state::Durability::synced, [&](state::Transaction& t) -> Result<void> {
    PARLEY_TRY(kept.version, t.put_document({Kind::collection, proposal.id}, as_bytes(body), kept.version));
    if (!is_open(proposal.state)) PARLEY_CHECK(t.erase_document({Kind::secrets, proposal.id}));
    return {};
  });
}

template <class Kind>
Result<void> end(Node& node, Kept<Kind>& kept, ProposalState state, std::string_view rule,
                 std::string_view why) {
  kept.proposal.state = state;
  kept.proposal.why_rule = rule;
  kept.proposal.why = why;
  return save(node, kept);
}

/// As it stands in the store.
template <class Kind>
Result<Kept<Kind>> read_as_kept(const JsonDocument& document) {
  const encoding::Json& json = document.body;
  Kept<Kind> kept;
  kept.version = document.version;
  typename Kind::Item& out = kept.proposal;
  PARLEY_TRY(out.id, json.string_member("id"));
  PARLEY_TRY(const std::string state, json.string_member("state"));
  out.state = parse_proposal_state(state).value_or(ProposalState::voided);
  PARLEY_TRY(out.why_rule, json.string_member("why_rule"));
  PARLEY_TRY(out.why, json.string_member("why"));
  PARLEY_TRY(const encoding::Json* terms, json.member("terms"));
  PARLEY_TRY(out.terms, decltype(out.terms)::from_json(*terms));
  PARLEY_TRY(out.needs, read_needs(json));
  PARLEY_TRY(out.approvals, read_approvals(json));
  PARLEY_TRY(out.created, time_member(json, "created"));
  PARLEY_CHECK(Kind::read(json, out));
  return kept;
}

/// Ends it when its time is over, or because rules or agreement changed since.
template <class Kind>
Result<void> bring_up_to_date(Node& node, Kept<Kind>& kept) {
  typename Kind::Item& proposal = kept.proposal;
  if (!is_open(proposal.state)) return {};
  const Timestamp now = node.clock().now();
  if (now >= proposal.terms.expiry)
    return end(node, kept, ProposalState::expired, Kind::over_rule, Kind::over);
  if (node.policy().version() != proposal.terms.policy_version)
    return end(node, kept, ProposalState::voided, "policy-changed",
               "the rules changed after it was proposed; propose it again");
  PARLEY_TRY(const AgreementEntry agreement, find_agreement(node, proposal.terms.agreement));
  if (const auto status = agreement.state.status(now); status != policy::AgreementStatus::in_force)
    return end(node, kept, ProposalState::voided, "agreement-not-in-force",
               "the agreement is " + std::string(policy::status_name(status)));
  // What an approval counts for depends on who is enrolled now.
  PARLEY_TRY(const bool dropped, drop_revoked(node, proposal.approvals));
  if (!dropped) return {};
  if (proposal.approvals.size() < proposal.needs.count) proposal.state = ProposalState::proposed;
  return save(node, kept);
}

template <class Kind>
Result<Kept<Kind>> read(Node& node, const JsonDocument& document) {
  PARLEY_TRY(Kept<Kind> kept, read_as_kept<Kind>(document));
  PARLEY_CHECK(bring_up_to_date(node, kept));
  return kept;
}

/// By id or its first characters, eight at least.
template <class Kind>
Result<Kept<Kind>> load(Node& node, std::string_view id) {
  constexpr std::size_t least_prefix = 8;
  PARLEY_TRY(const auto exact, load_json(node, {Kind::collection, id}));
  if (exact) return read<Kind>(node, *exact);
  std::vector<JsonDocument> near;
  if (id.size() >= least_prefix) {
    PARLEY_TRY(std::vector<JsonDocument> all, list_json(node, Kind::collection));
    for (JsonDocument& one : all) {
      PARLEY_TRY(const std::string name, one.body.string_member("id"));
      if (name.starts_with(id)) near.push_back(std::move(one));
    }
  }
  if (near.size() > 1)
    return fail(ErrorKind::usage,
                fmt::format("more than one {} begins so; give more characters of its id", Kind::noun));
  if (near.empty())
    return fail(ErrorKind::not_found, fmt::format("no {} \"{}\" is kept here", Kind::noun, id));
  return read<Kind>(node, near.front());
}

template <class Kind>
Result<std::vector<typename Kind::Item>> list(Node& node) {
  PARLEY_TRY(const std::vector<JsonDocument> all, list_json(node, Kind::collection));
  std::vector<typename Kind::Item> out;
  for (const JsonDocument& one : all) {
    PARLEY_TRY(Kept<Kind> kept, read<Kind>(node, one));
    out.push_back(std::move(kept.proposal));
  }
  std::ranges::sort(out, [](const auto& a, const auto& b) { return a.id > b.id; });  // newest first
  return out;
}

template <class Kind>
Result<void> check_state(const typename Kind::Item& proposal, ProposalState wanted) {
  if (proposal.state == wanted) return {};
  std::vector<std::string> rules = {std::string(Kind::state_rule)};
  if (!proposal.why_rule.empty() && proposal.why_rule != Kind::state_rule) rules.push_back(proposal.why_rule);
  return refuse(std::move(rules),
                fmt::format("the {} is {}{}{}", Kind::noun, proposal_state_name(proposal.state),
                            proposal.why.empty() ? "" : ": ", proposal.why));
}

/// Stores a new one and its secrets.
template <class Kind>
Result<void> add(Node& node, const typename Kind::Item& proposal, const SetSecrets& of_set) {
  Bytes secrets = to_bytes(of_set.seed.view());
  append(secrets, of_set.opening.view());
  auto stored =
      state::write(node.store(), state::Durability::synced, [&](state::Transaction& t) -> Result<void> {
        PARLEY_CHECK(t.put_document({Kind::secrets, proposal.id}, secrets, state::DocumentVersion(0)));
        return {};
      });
  crypto::wipe(secrets);
  PARLEY_CHECK(std::move(stored));
  Kept<Kind> kept{proposal, {}};
  return save(node, kept);
}

template <class Kind>
Result<SetSecrets> secrets_of(Node& node, std::string_view id) {
  PARLEY_TRY(const auto reader, node.store().snapshot());
  PARLEY_TRY(auto document, reader->get_document({Kind::secrets, id}));
  if (!document || document->body.size() != 64)
    return refuse({std::string(Kind::state_rule)}, fmt::format("the {} has ended", Kind::noun));
  SetSecrets out;
  PARLEY_TRY(out.seed, crypto::Secret<32>::from(BytesView(document->body).first(32)));
  PARLEY_TRY(out.opening, crypto::Secret<32>::from(BytesView(document->body).subspan(32)));
  crypto::wipe(document->body);
  return out;
}

/// Takes an officer's yes or no.
template <class Kind>
Result<typename Kind::Item> submit(Node& node, const OfficerAnswer& answer) {
  PARLEY_TRY(Kept<Kind> kept, load<Kind>(node, answer.subject));
  typename Kind::Item& proposal = kept.proposal;
  PARLEY_CHECK(check_state<Kind>(proposal, ProposalState::proposed));
  PARLEY_TRY(Approval given,
             record_answer<typename Kind::Statement>(node, answer, proposal.needs, proposal.approvals,
                                                     proposal.terms, proposal.created));
  if (answer.verdict == Verdict::reject) {
    PARLEY_CHECK(end(node, kept, ProposalState::rejected, Kind::state_rule,
                     "an officer of " + given.unit + " said no"));
    return std::move(proposal);
  }
  proposal.approvals.push_back(std::move(given));
  if (proposal.approvals.size() >= proposal.needs.count) proposal.state = ProposalState::approved;
  PARLEY_CHECK(save(node, kept));
  return std::move(proposal);
}

/// Ends one that is open.
template <class Kind>
Result<void> end_if_open(Node& node, std::string_view id, std::string_view rule, std::string_view why) {
  PARLEY_TRY(Kept<Kind> kept, load<Kind>(node, id));
  if (!is_open(kept.proposal.state)) return {};
  return end(node, kept, ProposalState::voided, rule, why);
}

}  // namespace parley::exchange::kept
