#include "exchange/match_proposal.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "exchange/kept_proposal.hpp"
#include "exchange/match_choice.hpp"
#include "match/leak_statement.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;

struct Matches {
  using Statement = record::MatchApprovalStatement;
  using Item = MatchProposal;
  static constexpr std::string_view collection = "match_proposals";
  static constexpr std::string_view secrets = "match_proposal_secrets";
  static constexpr std::string_view noun = "proposed match";
  static constexpr std::string_view state_rule = "match-state";
  static constexpr std::string_view over_rule = "match-expired";
  static constexpr std::string_view over = "its time is over; propose it again";

  static void write(const MatchProposal& proposal, Json& json) {
    json.set("own_size", proposal.own_size);
    json.set("prefer", proposal.prefer);
    json.set("run", proposal.run);
  }
  static Result<void> read(const Json& json, MatchProposal& out) {
    PARLEY_TRY(out.own_size, json.uint_member("own_size"));
    PARLEY_TRY(out.prefer, json.string_member("prefer"));
    PARLEY_TRY(out.run, json.string_member("run"));
    return {};
  }
};

std::string_view role_name(peer::Side side) {
  return side == peer::Side::initiator ? "initiator" : "responder";
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
  MatchProposal out;
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
  PARLEY_CHECK(kept::add<Matches>(node, out, {prepared.set.seed.clone(), prepared.set.opening.clone()}));
  return out;
}

Result<MatchProposal> find_match_proposal(Node& node, std::string_view id) {
  PARLEY_TRY(auto found, kept::load<Matches>(node, id));
  return std::move(found.proposal);
}

Result<std::vector<MatchProposal>> list_match_proposals(Node& node) {
  return kept::list<Matches>(node);
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
  return kept::secrets_of<Matches>(node, id);
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
  PARLEY_CHECK(kept::check_state<Matches>(proposal, ProposalState::proposed));
  PARLEY_TRY(const Officer officer, find_officer(node, officer_name));
  PARLEY_CHECK(check_objector(officer));  // whether a yes counts is seen when it comes
  return ApprovalRequest{officer.id, officer.unit, {}, proposal.terms};
}

Result<MatchProposal> submit_match_approval(Node& node, std::string_view text) {
  PARLEY_TRY(const OfficerAnswer answer, parse_officer_answer(text));
  if (!answer.of_match) return fail(ErrorKind::usage, "this is an answer about a release, not about a match");
  return kept::submit<Matches>(node, answer);
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
  PARLEY_TRY(auto found, kept::load<Matches>(node, id));
  PARLEY_CHECK(kept::check_state<Matches>(found.proposal, ProposalState::approved));
  found.proposal.run = run;
  return kept::end(node, found, ProposalState::run, "", "");
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
        PARLEY_CHECK(t.erase_document({Matches::collection, one.id}));
        return {};
      };
      PARLEY_CHECK(state::write(node.store(), state::Durability::synced, erase));
    }
  }
  return open;
}

Result<void> void_proposal(Node& node, std::string_view id, std::string_view rule, std::string_view why) {
  return kept::end_if_open<Matches>(node, id, rule, why);
}

Json proposal_json(const MatchProposal& proposal) {
  const record::MatchTerms& terms = proposal.terms;
  const auto texts = [](const std::vector<std::string>& list) {
    return Json(Json::Array(list.begin(), list.end()));
  };
  Json out = Json::object({{"match", proposal.id},
                           {"state", proposal_state_name(proposal.state)},
                           {"role", terms.role},
                           {"peer", terms.peer},
                           {"agreement", terms.agreement},
                           {"purpose", terms.purpose},
                           {"types", texts(terms.types)},
                           {"output", terms.output},
                           {"learner", terms.learner},
                           {"protocols", texts(terms.protocols)},
                           {"set_root", to_hex(terms.set_root)},
                           {"own_size", proposal.own_size},
                           {"peer_size_padded", terms.peer_size_padded},
                           {"decision_hash", to_hex(terms.hash())},
                           {"policy_version", terms.policy_version},
                           {"expires", format_time(terms.expiry)}});
  kept::tell_approvals(out, proposal.needs, proposal.approvals);
  if (!proposal.why.empty()) out.set("why", proposal.why);
  if (!proposal.run.empty()) out.set("run", proposal.run);
  return out;
}

}  // namespace parley::exchange
