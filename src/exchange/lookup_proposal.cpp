#include "exchange/lookup_proposal.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "exchange/agreement_book.hpp"
#include "exchange/approval_counting.hpp"
#include "exchange/json_documents.hpp"
#include "exchange/match_proposal_json.hpp"
#include "lookup/leak_statement.hpp"
#include "state/store.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;

constexpr std::string_view collection = "lookup_proposals";
constexpr std::string_view secrets_collection = "lookup_proposal_secrets";
constexpr std::size_t least_prefix = 8;
constexpr std::int64_t day_seconds = 86'400;

struct Stored {
  LookupProposal proposal;
  state::DocumentVersion version;
};

bool is_open(const LookupProposal& proposal) {
  return proposal.state == ProposalState::proposed || proposal.state == ProposalState::approved;
}

Json to_json(const LookupProposal& proposal) {
  const std::vector<std::string>& units = proposal.needs.units;
  return Json::object({{"id", proposal.id},
                       {"state", proposal_state_name(proposal.state)},
                       {"why_rule", proposal.why_rule},
                       {"why", proposal.why},
                       {"terms", proposal.terms.to_json()},
                       {"count", proposal.needs.count},
                       {"units", Json(Json::Array(units.begin(), units.end()))},
                       {"different_units", proposal.needs.different_units},
                       {"approvals", stored_approvals(proposal.approvals)},
                       {"created", format_time(proposal.created)}});
}

Result<LookupProposal> from_json(const Json& json) {
  LookupProposal out;
  PARLEY_TRY(out.id, json.string_member("id"));
  PARLEY_TRY(const std::string state, json.string_member("state"));
  out.state = parse_proposal_state(state).value_or(ProposalState::voided);
  PARLEY_TRY(out.why_rule, json.string_member("why_rule"));
  PARLEY_TRY(out.why, json.string_member("why"));
  PARLEY_TRY(const Json* terms, json.member("terms"));
  PARLEY_TRY(out.terms, record::LookupTerms::from_json(*terms));
  PARLEY_TRY(const std::uint64_t count, json.uint_member("count"));
  out.needs.count = static_cast<std::uint32_t>(count);
  PARLEY_TRY(out.needs.units, json.strings_member("units"));
  PARLEY_TRY(out.needs.different_units, json.bool_member("different_units"));
  PARLEY_TRY(out.approvals, read_approvals(json));
  PARLEY_TRY(out.created, time_member(json, "created"));
  return out;
}

/// With the secrets gone once it has ended: nothing can come of them any more.
Result<void> save(Node& node, Stored& stored) {
  const std::string body = encoding::write_json(to_json(stored.proposal));
  return state::write(node.store(), state::Durability::synced, [&](state::Transaction& t) -> Result<void> {
    PARLEY_TRY(stored.version,
               t.put_document({collection, stored.proposal.id}, as_bytes(body), stored.version));
    if (!is_open(stored.proposal)) PARLEY_CHECK(t.erase_document({secrets_collection, stored.proposal.id}));
    return {};
  });
}

Result<void> end(Node& node, Stored& stored, ProposalState state, std::string_view rule,
                 std::string_view why) {
  stored.proposal.state = state;
  stored.proposal.why_rule = rule;
  stored.proposal.why = why;
  return save(node, stored);
}

Result<void> bring_up_to_date(Node& node, Stored& stored) {
  LookupProposal& proposal = stored.proposal;
  if (!is_open(proposal)) return {};
  const Timestamp now = node.clock().now();
  if (now >= proposal.terms.expiry)
    return end(node, stored, ProposalState::expired, "lookup-epoch-over", "its day is over");
  if (node.policy().version() != proposal.terms.policy_version)
    return end(node, stored, ProposalState::voided, "policy-changed",
               "the rules changed after it was proposed; propose it again");
  PARLEY_TRY(const AgreementEntry agreement, find_agreement(node, proposal.terms.agreement));
  if (const auto status = agreement.state.status(now); status != policy::AgreementStatus::in_force)
    return end(node, stored, ProposalState::voided, "agreement-not-in-force",
               "the agreement is " + std::string(policy::status_name(status)));
  // What an approval counts for depends on who is enrolled now.
  PARLEY_TRY(const bool dropped, drop_revoked(node, proposal.approvals));
  if (!dropped) return {};
  if (proposal.approvals.size() < proposal.needs.count) proposal.state = ProposalState::proposed;
  return save(node, stored);
}

Result<Stored> read(Node& node, const JsonDocument& document) {
  Stored stored;
  stored.version = document.version;
  PARLEY_TRY(stored.proposal, from_json(document.body));
  PARLEY_CHECK(bring_up_to_date(node, stored));
  return stored;
}

Result<Stored> load(Node& node, std::string_view id) {
  PARLEY_TRY(const auto exact, load_json(node, {collection, id}));
  if (exact) return read(node, *exact);
  std::vector<JsonDocument> near;
  if (id.size() >= least_prefix) {
    PARLEY_TRY(std::vector<JsonDocument> all, list_json(node, collection));
    for (JsonDocument& one : all) {
      PARLEY_TRY(const std::string name, one.body.string_member("id"));
      if (name.starts_with(id)) near.push_back(std::move(one));
    }
  }
  if (near.size() > 1)
    return fail(ErrorKind::usage, "more than one proposed set begins so; give more characters of its id");
  if (near.empty())
    return fail(ErrorKind::not_found,
                "no proposed set for look-ups \"" + std::string(id) + "\" is kept here");
  return read(node, near.front());
}

Result<void> check_state(const LookupProposal& proposal, ProposalState wanted) {
  if (proposal.state == wanted) return {};
  std::vector<std::string> rules = {"lookup-state"};
  if (!proposal.why_rule.empty()) rules.push_back(proposal.why_rule);
  return refuse(std::move(rules),
                fmt::format("the proposed set is {}{}{}", proposal_state_name(proposal.state),
                            proposal.why.empty() ? "" : ": ", proposal.why));
}

bool is_about(const LookupProposal& proposal, const SetName& name) {
  return proposal.set_name().id() == name.id();
}

}  // namespace

Result<LookupProposal> propose_lookup_set(Node& node, const LookupPermission& permission, std::uint64_t epoch,
                                          const SetCommitment& set) {
  const Timestamp now = node.clock().now();
  Stored stored;
  LookupProposal& out = stored.proposal;
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
  Bytes secrets = to_bytes(set.secrets.seed.view());
  append(secrets, set.secrets.opening.view());
  auto kept =
      state::write(node.store(), state::Durability::synced, [&](state::Transaction& t) -> Result<void> {
        PARLEY_CHECK(t.put_document({secrets_collection, out.id}, secrets, state::DocumentVersion(0)));
        return {};
      });
  crypto::wipe(secrets);
  PARLEY_CHECK(std::move(kept));
  PARLEY_CHECK(save(node, stored));
  return std::move(out);
}

Result<LookupProposal> find_lookup_proposal(Node& node, std::string_view id) {
  PARLEY_TRY(Stored stored, load(node, id));
  return std::move(stored.proposal);
}

Result<std::vector<LookupProposal>> list_lookup_proposals(Node& node) {
  PARLEY_TRY(const std::vector<JsonDocument> all, list_json(node, collection));
  std::vector<LookupProposal> out;
  std::vector<std::string> old;
  for (const JsonDocument& one : all) {
    PARLEY_TRY(Stored stored, read(node, one));
    if (stored.proposal.terms.epoch + proposal_days < lookup_epoch(node))
      old.push_back(stored.proposal.id);
    else
      out.push_back(std::move(stored.proposal));
  }
  if (!old.empty())
    PARLEY_CHECK(
        state::write(node.store(), state::Durability::synced, [&](state::Transaction& t) -> Result<void> {
          for (const std::string& id : old) PARLEY_CHECK(t.erase_document({collection, id}));
          return {};
        }));
  std::ranges::sort(out, [](const LookupProposal& a, const LookupProposal& b) { return a.id > b.id; });
  return out;
}

Result<void> expire_lookup_proposals(Node& node) {
  PARLEY_TRY(const std::vector<JsonDocument> all, list_json(node, collection));
  for (const JsonDocument& one : all) {
    Stored stored;
    stored.version = one.version;
    PARLEY_TRY(stored.proposal, from_json(one.body));
    if (is_open(stored.proposal) && node.clock().now() >= stored.proposal.terms.expiry)
      PARLEY_CHECK(end(node, stored, ProposalState::expired, "lookup-epoch-over", "its day is over"));
  }
  return {};
}

Result<std::optional<LookupProposal>> find_lookup_proposal_of(Node& node, const SetName& name) {
  PARLEY_TRY(std::vector<LookupProposal> all, list_lookup_proposals(node));
  for (LookupProposal& one : all)
    if ((is_open(one) || one.state == ProposalState::rejected) && is_about(one, name))
      return std::optional<LookupProposal>(std::move(one));
  return std::optional<LookupProposal>();
}

Result<SetSecrets> lookup_proposal_secrets(Node& node, std::string_view id) {
  PARLEY_TRY(const auto reader, node.store().snapshot());
  PARLEY_TRY(auto document, reader->get_document({secrets_collection, id}));
  if (!document || document->body.size() != 64) return refuse({"lookup-state"}, "the proposed set has ended");
  SetSecrets out;
  PARLEY_TRY(out.seed, crypto::Secret<32>::from(BytesView(document->body).first(32)));
  PARLEY_TRY(out.opening, crypto::Secret<32>::from(BytesView(document->body).subspan(32)));
  crypto::wipe(document->body);
  return out;
}

Result<ApprovalRequest> request_lookup_approval(Node& node, std::string_view id,
                                                std::string_view officer_name) {
  PARLEY_TRY(const LookupProposal proposal, find_lookup_proposal(node, id));
  PARLEY_CHECK(check_state(proposal, ProposalState::proposed));
  PARLEY_TRY(const Officer officer, find_officer(node, officer_name));
  PARLEY_CHECK(check_officer(proposal.needs, proposal.approvals, officer));
  return ApprovalRequest{officer.id, officer.unit, {}, {}, proposal.terms};
}

Result<LookupProposal> submit_lookup_approval(Node& node, std::string_view text) {
  PARLEY_TRY(const OfficerAnswer answer, parse_officer_answer(text));
  if (!answer.of_lookup)
    return fail(ErrorKind::usage, "this is an answer about something else, not about a set for look-ups");
  PARLEY_TRY(Stored stored, load(node, answer.subject));
  LookupProposal& proposal = stored.proposal;
  PARLEY_CHECK(check_state(proposal, ProposalState::proposed));
  PARLEY_TRY(Approval given,
             record_answer<record::LookupApprovalStatement>(node, answer, proposal.needs, proposal.approvals,
                                                            proposal.terms, proposal.created));
  if (answer.verdict == Verdict::reject) {
    PARLEY_CHECK(end(node, stored, ProposalState::rejected, "lookup-state",
                     "an officer of " + given.unit + " said no"));
    return std::move(proposal);
  }
  proposal.approvals.push_back(std::move(given));
  if (proposal.approvals.size() >= proposal.needs.count) proposal.state = ProposalState::approved;
  PARLEY_CHECK(save(node, stored));
  return std::move(proposal);
}

Result<void> check_lookup_approved(Node& node, std::string_view id, const SetName& name,
                                   const crypto::Hash256& root) {
  const policy::Approvals& needs = node.policy().approvals(policy::Act::match);
  if (needs.count == 0) return {};
  if (id.empty()) return refuse({"approvals"}, describe(needs));
  PARLEY_TRY(const LookupProposal proposal, find_lookup_proposal(node, id));
  PARLEY_CHECK(check_state(proposal, ProposalState::approved));
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
  PARLEY_TRY(Stored stored, load(node, id));
  PARLEY_CHECK(check_state(stored.proposal, ProposalState::approved));
  return end(node, stored, ProposalState::run, "", "");
}

Result<void> void_lookup_proposal(Node& node, std::string_view id, std::string_view rule,
                                  std::string_view why) {
  PARLEY_TRY(Stored stored, load(node, id));
  if (!is_open(stored.proposal)) return {};
  return end(node, stored, ProposalState::voided, rule, why);
}

Json lookup_proposal_json(const LookupProposal& proposal) {
  const record::LookupTerms& terms = proposal.terms;
  const auto texts = [](const std::vector<std::string>& list) {
    return Json(Json::Array(list.begin(), list.end()));
  };
  Json given = Json::array();
  for (const Approval& one : proposal.approvals)
    given.push_back(
        Json::object({{"unit", one.unit}, {"officer", one.officer}, {"at", format_time(one.at)}}));
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
       {"expires", format_time(terms.expiry)},
       {"approvals_needed", Json::object({{"count", proposal.needs.count},
                                          {"units", texts(proposal.needs.units)},
                                          {"different_units", proposal.needs.different_units}})},
       {"approvals", std::move(given)}});
  if (!proposal.why.empty()) out.set("why", proposal.why);
  return out;
}

}  // namespace parley::exchange
