#include "exchange/lookup_proposal.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "exchange/kept_proposal.hpp"
#include "lookup/leak_statement.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;

constexpr std::int64_t day_seconds = 86'400;

struct Sets {
  using Statement = record::LookupApprovalStatement;
  using Item = LookupProposal;
  static constexpr std::string_view collection = "lookup_proposals";
  static constexpr std::string_view secrets = "lookup_proposal_secrets";
  static constexpr std::string_view noun = "proposed set for look-ups";
  static constexpr std::string_view state_rule = "lookup-state";
  static constexpr std::string_view over_rule = "lookup-epoch-over";
  static constexpr std::string_view over = "its day is over";
  static void write(const LookupProposal&, Json&) {}
  static Result<void> read(const Json&, LookupProposal&) { return {}; }
};

bool is_about(const LookupProposal& proposal, const SetName& name) {
  return proposal.set_name().id() == name.id();
}

}  // namespace

Result<LookupProposal> propose_lookup_set(Node& node, const LookupPermission& permission, std::uint64_t epoch,
                                          const SetCommitment& set) {
  const Timestamp now = node.clock().now();
  LookupProposal out;
  out.id = make_uuid7(now.microseconds(), node.entropy());
  out.created = now;
  out.needs = node.policy().approvals(policy::Act::match);
  record::LookupTerms& terms = out.terms;
  terms.set = out.id;
  terms.peer = permission.question.peer;
  terms.agreement = permission.agreement.hash;
  terms.purpose = permission.question.purpose;
  terms.epoch = epoch;
  terms.types = permission.type_names();
  terms.labels = permission.agreement.lookup_labels;
  terms.set_root = set.root;
  terms.set_size = set.size;
  terms.items = set.items;
  terms.lookups_per_day = permission.agreement.lookups_per_day;
  terms.leak_statement = lookup::leak_statement({.asks = false,
                                                 .set_items = set.items,
                                                 .has_labels = terms.labels,
                                                 .lookups = 0,
                                                 .budget_left = terms.lookups_per_day});
  terms.policy_version = set.policy_version;
  terms.expiry = std::min(Timestamp::from_seconds(static_cast<std::int64_t>(epoch + 1) * day_seconds),
                          permission.agreement.valid_to);
  PARLEY_CHECK(kept::add<Sets>(node, out, set.secrets));
  return out;
}

Result<LookupProposal> find_lookup_proposal(Node& node, std::string_view id) {
  PARLEY_TRY(auto found, kept::load<Sets>(node, id));
  return std::move(found.proposal);
}

Result<std::vector<LookupProposal>> list_lookup_proposals(Node& node) {
  PARLEY_TRY(std::vector<LookupProposal> out, kept::list<Sets>(node));
  const auto is_old = [&](const LookupProposal& one) {
    return one.terms.epoch + proposal_days < lookup_epoch(node);
  };
  if (std::ranges::none_of(out, is_old)) return out;
  PARLEY_CHECK(
      state::write(node.store(), state::Durability::synced, [&](state::Transaction& t) -> Result<void> {
        for (const LookupProposal& one : out)
          if (is_old(one)) PARLEY_CHECK(t.erase_document({Sets::collection, one.id}));
        return {};
      }));
  std::erase_if(out, is_old);
  return out;
}

Result<void> expire_lookup_proposals(Node& node) {
  PARLEY_TRY(const std::vector<JsonDocument> all, list_json(node, Sets::collection));
  for (const JsonDocument& one : all) {
    PARLEY_TRY(auto found, kept::read_as_kept<Sets>(one));
    if (is_open(found.proposal.state) && node.clock().now() >= found.proposal.terms.expiry)
      PARLEY_CHECK(kept::end(node, found, ProposalState::expired, Sets::over_rule, Sets::over));
  }
  return {};
}

Result<std::optional<LookupProposal>> find_lookup_proposal_of(Node& node, const SetName& name) {
  PARLEY_TRY(std::vector<LookupProposal> all, list_lookup_proposals(node));
  for (LookupProposal& one : all)
    if ((is_open(one.state) || one.state == ProposalState::rejected) && is_about(one, name))
      return std::optional<LookupProposal>(std::move(one));
  return std::optional<LookupProposal>();
}

Result<SetSecrets> lookup_proposal_secrets(Node& node, std::string_view id) {
  return kept::secrets_of<Sets>(node, id);
}

Result<ApprovalRequest> request_lookup_approval(Node& node, std::string_view id,
                                                std::string_view officer_name) {
  PARLEY_TRY(const LookupProposal proposal, find_lookup_proposal(node, id));
  PARLEY_CHECK(kept::check_state<Sets>(proposal, ProposalState::proposed));
  PARLEY_TRY(const Officer officer, find_officer(node, officer_name));
  PARLEY_CHECK(check_objector(officer));  // whether a yes counts is seen when it comes
  return ApprovalRequest{officer.id, officer.unit, {}, {}, proposal.terms};
}

Result<LookupProposal> submit_lookup_approval(Node& node, std::string_view text) {
  PARLEY_TRY(const OfficerAnswer answer, parse_officer_answer(text));
  if (!answer.of_lookup)
    return fail(ErrorKind::usage, "this is an answer about something else, not about a set for look-ups");
  return kept::submit<Sets>(node, answer);
}

Result<void> check_lookup_approved(Node& node, std::string_view id, const SetName& name,
                                   const crypto::Hash256& root) {
  const policy::Approvals& needs = node.policy().approvals(policy::Act::match);
  if (needs.count == 0) return {};
  if (id.empty()) return refuse({"approvals"}, describe(needs));
  PARLEY_TRY(const LookupProposal proposal, find_lookup_proposal(node, id));
  PARLEY_CHECK(kept::check_state<Sets>(proposal, ProposalState::approved));
  if (!is_about(proposal, name))
    return refuse({"decision-changed"}, "officers approved another set than this one");
  if (proposal.terms.set_root != root)
    return refuse({"set-changed"},
                  fmt::format("the set is not the one of {} items that officers approved: propose it again",
                              proposal.terms.set_size));
  return count_signatures<record::LookupApprovalStatement>(node, proposal.approvals, needs,
                                                           proposal.terms.hash());
}

Result<void> spend_lookup_proposal(Node& node, std::string_view id) {
  if (id.empty()) return {};
  PARLEY_TRY(auto found, kept::load<Sets>(node, id));
  PARLEY_CHECK(kept::check_state<Sets>(found.proposal, ProposalState::approved));
  return kept::end(node, found, ProposalState::run, "", "");
}

Result<void> void_lookup_proposal(Node& node, std::string_view id, std::string_view rule,
                                  std::string_view why) {
  return kept::end_if_open<Sets>(node, id, rule, why);
}

Json lookup_proposal_json(const LookupProposal& proposal) {
  const record::LookupTerms& terms = proposal.terms;
  const auto texts = [](const std::vector<std::string>& list) {
    return Json(Json::Array(list.begin(), list.end()));
  };
  const bool built = proposal.state == ProposalState::run;
  Json out = Json::object(
      {{"set", proposal.id},
       {"state", built ? std::string_view("built") : proposal_state_name(proposal.state)},
       {"pending", proposal.state == ProposalState::proposed},
       {"peer", terms.peer},
       {"agreement", terms.agreement},
       {"purpose", terms.purpose},
       {"day", format_time(Timestamp::from_seconds(static_cast<std::int64_t>(terms.epoch) * day_seconds))
                   .substr(0, 10)},
       {"types", texts(terms.types)},
       {"labels", terms.labels},
       {"set_root", to_hex(terms.set_root)},
       {"own_size", terms.set_size},
       {"own_size_padded", terms.items},
       {"lookups_per_day", terms.lookups_per_day},
       {"leak_statement", terms.leak_statement},
       {"decision_hash", to_hex(terms.hash())},
       {"policy_version", terms.policy_version},
       {"expires", format_time(terms.expiry)}});
  kept::tell_approvals(out, proposal.needs, proposal.approvals);
  if (!proposal.why.empty()) out.set("why", proposal.why);
  return out;
}

}  // namespace parley::exchange
