#include "exchange/match_proposal.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "exchange/agreement_book.hpp"
#include "exchange/approval_counting.hpp"
#include "exchange/json_documents.hpp"
#include "exchange/match_choice.hpp"
#include "exchange/match_proposal_json.hpp"
#include "exchange/recording.hpp"
#include "match/leak_statement.hpp"
#include "state/store.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;

constexpr std::string_view collection = "match_proposals";
constexpr std::string_view secrets_collection = "match_proposal_secrets";
constexpr std::size_t least_prefix = 8;

struct Stored {
  MatchProposal proposal;
  state::DocumentVersion version;
};

bool is_open(ProposalState state) {
  return state == ProposalState::proposed || state == ProposalState::approved;
}

std::string_view role_name(peer::Side side) {
  return side == peer::Side::initiator ? "initiator" : "responder";
}

/// With the secrets gone once it has ended: nothing can come of them any more.
Result<void> save(Node& node, Stored& stored) {
  const std::string body = encoding::write_json(stored_proposal(stored.proposal));
  return state::write(node.store(), state::Durability::synced, [&](state::Transaction& t) -> Result<void> {
    PARLEY_TRY(stored.version,
               t.put_document({collection, stored.proposal.id}, as_bytes(body), stored.version));
    if (!is_open(stored.proposal.state))
      PARLEY_CHECK(t.erase_document({secrets_collection, stored.proposal.id}));
    return {};
  });
}

Result<std::optional<policy::Fired>> void_reason(Node& node, const MatchProposal& proposal) {
  using Reason = std::optional<policy::Fired>;
  const Timestamp now = node.clock().now();
  if (now >= proposal.terms.expiry) return Reason({"match-expired", "its time is over; propose it again"});
  if (node.policy().version() != proposal.terms.policy_version)
    return Reason({"policy-changed", "the rules changed after it was proposed; propose it again"});
  PARLEY_TRY(const AgreementEntry agreement, find_agreement(node, proposal.terms.agreement));
  if (const auto status = agreement.state.status(now); status != policy::AgreementStatus::in_force)
    return Reason({"agreement-not-in-force", "the agreement is " + std::string(policy::status_name(status))});
  return Reason();
}

Result<void> bring_up_to_date(Node& node, Stored& stored) {
  MatchProposal& proposal = stored.proposal;
  if (!is_open(proposal.state)) return {};
  PARLEY_TRY(const auto reason, void_reason(node, proposal));
  if (reason) {
    proposal.state = reason->rule == "match-expired" ? ProposalState::expired : ProposalState::voided;
    proposal.why_rule = reason->rule;
    proposal.why = reason->why;
    return save(node, stored);
  }
  // What an approval counts for depends on who is enrolled now.
  PARLEY_TRY(const bool dropped, drop_revoked(node, proposal.approvals));
  if (!dropped) return {};
  if (proposal.approvals.size() < proposal.needs.count) proposal.state = ProposalState::proposed;
  return save(node, stored);
}

Result<Stored> load(Node& node, std::string_view id) {
  std::string full(id);
  PARLEY_TRY(auto document, load_json(node, {collection, full}));
  if (!document && id.size() >= least_prefix) {
    PARLEY_TRY(const std::vector<JsonDocument> all, list_json(node, collection));
    std::vector<std::string> near;
    for (const JsonDocument& one : all) {
      PARLEY_TRY(std::string name, one.body.string_member("id"));
      if (name.starts_with(id)) near.push_back(std::move(name));
    }
    if (near.size() > 1)
      return fail(ErrorKind::usage, "more than one match begins so; give more characters of its id");
    if (near.size() == 1) {
      full = near.front();
      PARLEY_TRY(document, load_json(node, {collection, full}));
    }
  }
  if (!document)
    return fail(ErrorKind::not_found, "no proposed match \"" + std::string(id) + "\" is kept here");
  Stored stored;
  stored.version = document->version;
  PARLEY_TRY(stored.proposal, read_proposal(document->body));
  PARLEY_CHECK(bring_up_to_date(node, stored));
  return stored;
}

Result<void> check_open(const MatchProposal& proposal) {
  if (proposal.state == ProposalState::proposed) return {};
  std::vector<std::string> rules = {"match-state"};
  if (!proposal.why_rule.empty()) rules.push_back(proposal.why_rule);
  return refuse(std::move(rules), fmt::format("the match is {}{}{}", proposal_state_name(proposal.state),
                                              proposal.why.empty() ? "" : ": ", proposal.why));
}

std::vector<std::string> type_names(const std::vector<intel::SelectorType>& types) {
  std::vector<std::string> names;
  for (const intel::SelectorType type : types) names.emplace_back(intel::type_name(type));
  std::ranges::sort(names);
  return names;
}

std::string_view learner_of(const MatchQuestion& question) {
  return question.learner == match::Learner::both ? "both" : "initiator";
}

bool is_about(const record::MatchTerms& terms, const MatchQuestion& question, peer::Side side,
              std::uint64_t peer_padded) {
  return terms.peer == question.peer && terms.agreement == question.agreement &&
         terms.role == role_name(side) && terms.purpose == question.purpose &&
         terms.types == type_names(question.types) && terms.output == policy::output_name(question.output) &&
         terms.learner == learner_of(question) && terms.peer_size_padded == peer_padded;
}

}  // namespace

Result<MatchProposal> propose_match(Node& node, const PreparedMatch& prepared, peer::Side side,
                                    std::uint64_t peer_padded) {
  const Timestamp now = node.clock().now();
  const MatchQuestion& question = prepared.question;
  Stored stored;
  MatchProposal& out = stored.proposal;
  out.id = make_uuid7(now.microseconds(), node.entropy());
  out.created = now;
  out.needs = node.policy().approvals(policy::Act::match);
  out.prefer = wished_preference(question);
  PARLEY_TRY(out.terms.protocols, wished_protocols(node.policy().match_rules(), question));
  out.terms.match = out.id;
  out.terms.peer = question.peer;
  out.terms.role = role_name(side);
  out.terms.agreement = question.agreement;
  out.terms.purpose = question.purpose;
  out.terms.types = type_names(question.types);
  out.terms.output = policy::output_name(question.output);
  out.terms.learner = learner_of(question);
  out.terms.set_root = prepared.set.set_root;
  out.terms.set_size_padded = prepared.set.padded;
  out.own_size = prepared.set.items.size();
  out.terms.peer_size_padded = peer_padded;
  out.terms.policy_version = prepared.policy_version;
  out.terms.expiry =
      std::min(Timestamp::from_seconds((now + proposal_time).seconds()), prepared.agreement.valid_to);
  Bytes secrets = to_bytes(prepared.set.seed.view());
  append(secrets, prepared.set.opening.view());
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

Result<MatchProposal> find_match_proposal(Node& node, std::string_view id) {
  PARLEY_TRY(Stored stored, load(node, id));
  return std::move(stored.proposal);
}

Result<std::vector<MatchProposal>> list_match_proposals(Node& node) {
  PARLEY_TRY(const std::vector<JsonDocument> all, list_json(node, collection));
  std::vector<MatchProposal> out;
  for (const JsonDocument& one : all) {
    PARLEY_TRY(const std::string id, one.body.string_member("id"));
    PARLEY_TRY(Stored stored, load(node, id));
    out.push_back(std::move(stored.proposal));
  }
  std::ranges::sort(out, [](const MatchProposal& a, const MatchProposal& b) { return a.id > b.id; });
  return out;
}

Result<std::optional<MatchProposal>> find_proposal_of(Node& node, const MatchQuestion& question,
                                                      peer::Side side, std::uint64_t peer_padded) {
  PARLEY_TRY(std::vector<MatchProposal> all, list_match_proposals(node));
  for (MatchProposal& one : all) {
    const bool said_no =
        one.state == ProposalState::rejected && one.created.day() == node.clock().now().day();
    if ((!is_open(one.state) && !said_no) || !is_about(one.terms, question, side, peer_padded)) continue;
    // Who asks names the protocols; with others it is another match.
    if (side == peer::Side::initiator) {
      PARLEY_TRY(const auto wished, wished_protocols(node.policy().match_rules(), question));
      if (one.terms.protocols != wished) continue;
    }
    return std::optional<MatchProposal>(std::move(one));
  }
  return std::optional<MatchProposal>();
}

Result<SetSecrets> proposal_secrets(Node& node, std::string_view id) {
  PARLEY_TRY(const auto reader, node.store().snapshot());
  PARLEY_TRY(auto document, reader->get_document({secrets_collection, id}));
  if (!document || document->body.size() != 64)
    return refuse({"match-state"}, "the proposed match has ended");
  SetSecrets out;
  PARLEY_TRY(out.seed, crypto::Secret<32>::from(BytesView(document->body).first(32)));
  PARLEY_TRY(out.opening, crypto::Secret<32>::from(BytesView(document->body).subspan(32)));
  crypto::wipe(document->body);
  return out;
}

Result<MatchQuestion> proposal_question(const MatchProposal& proposal) {
  const record::MatchTerms& terms = proposal.terms;
  MatchQuestion out;
  out.peer = terms.peer;
  out.agreement = terms.agreement;
  out.purpose = terms.purpose;
  for (const std::string& name : terms.types) {
    const auto type = intel::parse_selector_type(name);
    if (!type) return fail(ErrorKind::internal, "a stored match names an unknown selector type " + name);
    out.types.push_back(*type);
  }
  out.output = policy::parse_output(terms.output).value_or(policy::MatchOutput::size);
  out.learner = terms.learner == "both" ? match::Learner::both : match::Learner::receiver;
  for (const std::string& name : terms.protocols) {
    PARLEY_TRY(const match::Protocol protocol, match::parse_protocol(name));
    out.protocols.push_back(protocol);
  }
  if (proposal.prefer != "auto") {
    PARLEY_TRY(out.prefer, match::parse_prefer(proposal.prefer));
  }
  return out;
}

Result<std::string> proposal_leak(Node& node, const MatchProposal& proposal) {
  const record::MatchTerms& terms = proposal.terms;
  PARLEY_TRY(const AgreementEntry entry, find_agreement(node, terms.agreement));
  const policy::Agreement& agreement = entry.state.agreement;
  const auto own = static_cast<std::uint32_t>(proposal.own_size);
  const auto most =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(agreement.max_set, match::max_padded_size));
  const auto peer = static_cast<std::uint32_t>(terms.peer_size_padded);
  const auto may_be = [&](match::Protocol protocol) {
    return std::ranges::find(terms.protocols, match::protocol_name(protocol)) != terms.protocols.end();
  };
  const bool dh = may_be(match::Protocol::dh);
  const bool vole = may_be(match::Protocol::vole) && terms.output == "items";
  return match::leak_statement(
      {.role = terms.role == "initiator" ? match::Role::receiver : match::Role::sender,
       .output = terms.output == "items" ? match::Output::items : match::Output::size,
       .learner = terms.learner == "both" ? match::Learner::both : match::Learner::receiver,
       .protocol = dh                              ? match::Protocol::dh
                   : may_be(match::Protocol::vole) ? match::Protocol::vole
                                                   : match::Protocol::vole_21x24,
       .or_else = dh && vole ? std::optional(match::Protocol::vole) : std::nullopt,
       .own_size = own,
       .own_padded = match::padded_size(own),
       .peer_padded = peer > 0 ? peer : match::padded_size(most),
       .min_set = agreement.min_set});
}

Result<ApprovalRequest> request_match_approval(Node& node, std::string_view id,
                                               std::string_view officer_name) {
  PARLEY_TRY(const MatchProposal proposal, find_match_proposal(node, id));
  PARLEY_CHECK(check_open(proposal));
  PARLEY_TRY(const Officer officer, find_officer(node, officer_name));
  PARLEY_CHECK(check_officer(proposal.needs, proposal.approvals, officer));
  return ApprovalRequest{officer.id, officer.unit, {}, proposal.terms};
}

Result<MatchProposal> submit_match_approval(Node& node, std::string_view text) {
  PARLEY_TRY(const OfficerAnswer answer, parse_officer_answer(text));
  if (!answer.of_match) return fail(ErrorKind::usage, "this is an answer about a release, not about a match");
  PARLEY_TRY(Stored stored, load(node, answer.subject));
  MatchProposal& proposal = stored.proposal;
  PARLEY_CHECK(check_open(proposal));
  PARLEY_TRY(Approval given,
             record_answer<record::MatchApprovalStatement>(node, answer, proposal.needs, proposal.approvals,
                                                           proposal.terms, proposal.created));
  if (answer.verdict == Verdict::reject) {
    proposal.state = ProposalState::rejected;
    proposal.why_rule = "match-state";
    proposal.why = "an officer of " + given.unit + " said no";
  } else {
    proposal.approvals.push_back(std::move(given));
    if (proposal.approvals.size() >= proposal.needs.count) proposal.state = ProposalState::approved;
  }
  PARLEY_CHECK(save(node, stored));
  return std::move(proposal);
}

Result<void> check_match_approved(Node& node, const PreparedMatch& prepared, peer::Side side,
                                  std::uint64_t peer_padded, std::string_view protocol) {
  const policy::Approvals& needs = node.policy().approvals(policy::Act::match);
  if (needs.count == 0) return {};
  if (prepared.proposal.empty()) return refuse({"approvals"}, describe(needs));
  PARLEY_TRY(const MatchProposal proposal, find_match_proposal(node, prepared.proposal));
  if (proposal.state != ProposalState::approved)
    return refuse({proposal.why_rule.empty() ? "approvals" : proposal.why_rule},
                  fmt::format("the match is {}{}{}", proposal_state_name(proposal.state),
                              proposal.why.empty() ? "" : ": ", proposal.why));
  if (!is_about(proposal.terms, prepared.question, side, peer_padded))
    return refuse({"decision-changed"}, "officers approved another question than this one");
  const std::vector<std::string>& protocols = proposal.terms.protocols;
  if (side == peer::Side::initiator) {
    PARLEY_TRY(const auto wished, wished_protocols(node.policy().match_rules(), prepared.question));
    if (wished != protocols)
      return refuse({"decision-changed"}, "officers approved other protocols than are asked for");
  }
  if (!protocol.empty() && std::ranges::find(protocols, protocol) == protocols.end())
    return refuse({"decision-changed"}, fmt::format("officers did not approve the protocol {}", protocol));
  if (proposal.terms.set_root != prepared.set.set_root)
    return refuse({"set-changed"},
                  fmt::format("the set is not the one that officers approved ({} items then, {} now): "
                              "propose the match again",
                              proposal.own_size, prepared.set.items.size()));
  return count_signatures<record::MatchApprovalStatement>(node, proposal.approvals, needs,
                                                          proposal.terms.hash());
}

Result<void> spend_proposal(Node& node, std::string_view id, std::string_view run) {
  if (id.empty()) return {};
  PARLEY_TRY(Stored stored, load(node, id));
  if (stored.proposal.state != ProposalState::approved)
    return refuse({"match-state"}, "the proposed match has ended");
  stored.proposal.state = ProposalState::run;
  stored.proposal.run = run;
  return save(node, stored);
}

Result<std::uint64_t> end_match_proposals(Node& node) {
  PARLEY_TRY(const std::vector<MatchProposal> all, list_match_proposals(node));
  const Timestamp now = node.clock().now();
  std::uint64_t open = 0;
  for (const MatchProposal& one : all) {
    if (is_open(one.state)) {
      ++open;
    } else if (one.state != ProposalState::run && now >= one.created + proposal_keep) {
      const auto erase = [&](state::Transaction& t) -> Result<void> {
        PARLEY_CHECK(t.erase_document({collection, one.id}));
        return {};
      };
      PARLEY_CHECK(state::write(node.store(), state::Durability::synced, erase));
    }
  }
  return open;
}

Result<void> void_proposal(Node& node, std::string_view id, std::string_view rule, std::string_view why) {
  PARLEY_TRY(Stored stored, load(node, id));
  if (!is_open(stored.proposal.state)) return {};
  stored.proposal.state = ProposalState::voided;
  stored.proposal.why_rule = rule;
  stored.proposal.why = why;
  return save(node, stored);
}

}  // namespace parley::exchange
