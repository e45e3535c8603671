#include <algorithm>

#include "exchange/agreement_book.hpp"
#include "exchange/heads_session.hpp"
#include "exchange/match_opening.hpp"
#include "exchange/match_proposal.hpp"
#include "exchange/match_session.hpp"
#include "files.hpp"
#include "service.hpp"

namespace parley::app {

namespace {

Json held_out_json(const std::map<std::string, std::uint64_t>& held_out) {
  Json json = Json::object();
  for (const auto& [rule, count] : held_out) json.set(rule, count);
  return json;
}

Result<void> read_protocol(const Args& args, exchange::MatchQuestion& question) {
  const std::string protocol = args.text_or("protocol", "auto");
  if (protocol == "dh")
    question.protocols = {match::Protocol::dh};
  else if (protocol == "vole")
    question.protocols = {match::Protocol::vole};
  else if (protocol == "vole-21x24")
    question.protocols = {match::Protocol::vole_21x24};
  else if (protocol != "auto")
    return fail(ErrorKind::usage, "--protocol: auto, vole, vole-21x24 or dh");
  const std::string prefer = args.text_or("prefer", "auto");
  if (prefer == "auto") return {};
  const auto preference = match::parse_prefer(prefer);
  if (!preference) return fail(ErrorKind::usage, "--prefer: bytes or time");
  question.prefer = *preference;
  return {};
}

Result<exchange::MatchQuestion> match_question(Service& service, const Args& args) {
  exchange::MatchQuestion question;
  PARLEY_TRY(question.peer, args.text("peer"));
  // A name that nobody has is a slip of the one who asks; the rules would call it an empty audience.
  PARLEY_CHECK(exchange::find_peer(service.node(), question.peer));
  PARLEY_TRY(std::string agreement, args.text("agreement"));
  PARLEY_TRY(exchange::AgreementEntry entry, exchange::find_agreement(service.node(), agreement));
  question.agreement = entry.state.agreement.hash;
  PARLEY_TRY(question.purpose, args.text("purpose"));
  for (const std::string& name : args.list("types")) {
    const auto type = intel::parse_selector_type(name);
    if (!type) return fail(ErrorKind::usage, "--types: there is no selector type \"" + name + "\"");
    question.types.push_back(*type);
  }
  PARLEY_CHECK(read_protocol(args, question));
  question.output = entry.state.agreement.output;
  if (args.has("output")) {
    const auto output = policy::parse_output(args.text_or("output", ""));
    if (!output) return fail(ErrorKind::usage, "--output: items or size");
    question.output = *output;
  }
  const std::string learner = args.text_or("learner", "one");
  if (learner == "both")
    question.learner = match::Learner::both;
  else if (learner != "one")
    return fail(ErrorKind::usage, "--learner: one or both");
  return question;
}

/// A preparation that goes on turn by turn on the node thread, so that other commands are answered in
/// between.
struct Turns {
  Service& service;
  exchange::MatchPreparation preparation;
  Service::Reply reply;
  bool to_bounds = false;
  std::function<void(exchange::MatchPreparation)> then;
};

void go_on(std::shared_ptr<Turns> turns) {
  auto done = turns->to_bounds ? turns->preparation.step_to_bounds() : turns->preparation.step();
  if (!done) return turns->reply->error(done.error());
  turns->reply->progress("preparing the set", turns->preparation.seen(), 0);
  if (*done) return turns->then(std::move(turns->preparation));
  Service& service = turns->service;
  const Service::Reply reply = turns->reply;
  if (!service.loop().post([turns = std::move(turns)] { go_on(turns); }))
    reply->error({ErrorKind::conflict, "the node is too busy or shutting down; try again", {}, {}});
}

/// The set, the leak statement and the budget of a match, before anything is sent.
void match_plan(Service& service, const Args& args, const Service::Reply& reply) {
  auto question = match_question(service, args);
  if (!question) return reply->error(question.error());
  const auto answer = [reply](const exchange::MatchPlan& plan) {
    reply->result(answer_json({Json::object({{"own_size", plan.own_size},
                                             {"own_size_padded", plan.own_size_padded},
                                             {"held_out", held_out_json(plan.held_out)},
                                             {"leak_statement", plan.leak_statement},
                                             {"answered_already", plan.stored.has_value()}})}));
  };
  auto stored = exchange::stored_answer(service.node(), *question);
  if (!stored) return reply->error(stored.error());
  if (*stored) {
    const exchange::MatchRun& run = **stored;
    return answer({run.own_size, run.own_size_padded, {}, run.leak_statement, run});
  }
  auto preparation =
      exchange::MatchPreparation::begin(service.node(), std::move(*question), peer::Side::initiator);
  if (!preparation) return reply->error(preparation.error());
  go_on(std::make_shared<Turns>(
      Turns{service, std::move(*preparation), reply, true,
            [answer](const exchange::MatchPreparation& ready) { answer(exchange::plan_of(ready)); }}));
}

/// A match that waits for officers: not done, by the rules, and not refused for good either. So its exit code
/// is that of a refusal, and a script does not take it for a result.
constexpr int not_yet = 1;
Json waiting_json(Json output, std::string_view for_whom, std::string why) {
  output.set("pending", true);
  output.set("waits_for", for_whom);
  output.set("rules", Json(Json::Array{Json("approvals")}));
  output.set("why", std::move(why));
  return output;
}

Json run_answer(const exchange::MatchRun& run, const std::map<std::string, std::uint64_t>& held_out,
                double seconds, bool stored) {
  Json output = exchange::run_json(run);
  output.set("held_out", held_out_json(held_out));
  output.set("seconds", seconds);
  output.set("stored", stored);
  return output;
}

/// Connects and runs what stands ready.
void run_prepared(Service& service, exchange::PreparedMatch prepared, const Service::Reply& reply,
                  Timestamp started, int waiting) {
  auto peer = exchange::find_peer(service.node(), prepared.question.peer);
  if (!peer) return reply->error(peer.error());
  // The machine is made when the hello is done; both callbacks run on the node thread.
  auto machine = std::make_shared<std::shared_ptr<exchange::MatchInitiator>>();
  const auto held_out = prepared.held_out;
  auto kept = std::make_shared<exchange::PreparedMatch>(std::move(prepared));
  service.call_peer(
      *peer,
      [&service, kept, machine,
       reply](const net::SessionContext& context) -> Result<std::shared_ptr<peer::Machine>> {
        *machine = std::make_shared<exchange::MatchInitiator>(service.node(), service.home().runs(),
                                                              context.session, std::move(*kept));
        (*machine)->on_progress([reply](std::string_view step, std::uint64_t done, std::uint64_t total) {
          reply->progress(step, done, total);
        });
        return std::shared_ptr<peer::Machine>(*machine);
      },
      [&service, held_out, machine, reply, started, waiting](const Result<net::Outcome>& outcome) {
        if (!outcome) return reply->error(outcome.error());
        if ((*machine)->waits_for_peer())
          return reply->result(answer_json(
              {waiting_json(
                   Json::object({}), "peer",
                   "the match waits for approval by the other side; ask again when its officers have "
                   "agreed"),
               waiting}));
        const auto& run = (*machine)->result();
        if (!run) return reply->error({ErrorKind::internal, "the run ended without a result", {}, {}});
        const auto spent = service.home().clock().now() - started;
        reply->result(
            answer_json({run_answer(*run, held_out, static_cast<double>(spent.count()) / 1e6, false)}));
      });
}

Json pending_json(const exchange::MatchProposal& proposal) {
  return waiting_json(exchange::proposal_json(proposal), "own officers",
                      "officers have to agree before it runs: `parley approve " + proposal.id +
                          "`; with the last of them it runs by itself");
}

/// Prepares the set under the secrets of its proposal, if officers have to agree, and runs it or lets it
/// wait; `waiting` is the exit code then.
void prepare_and_run(Service& service, exchange::MatchQuestion question,
                     const std::optional<exchange::MatchProposal>& proposal, const Service::Reply& reply,
                     int waiting) {
  exchange::Node& node = service.node();
  const Timestamp started = node.clock().now();
  const bool approved = proposal && proposal->state == exchange::ProposalState::approved;
  std::optional<exchange::SetSecrets> secrets;
  if (approved) {
    auto kept = exchange::proposal_secrets(node, proposal->id);
    if (!kept) return reply->error(kept.error());
    secrets = std::move(*kept);
  }
  auto preparation = exchange::MatchPreparation::begin(node, std::move(question), peer::Side::initiator, {},
                                                       std::move(secrets));
  if (!preparation) return reply->error(preparation.error());
  const auto then = [&service, reply, started, proposal, approved,
                     waiting](exchange::MatchPreparation ready) {
    exchange::Node& at = service.node();
    exchange::PreparedMatch prepared = std::move(ready).take();
    if (at.policy().approvals(policy::Act::match).count > 0 && !approved) {
      auto made = exchange::propose_match(at, prepared, peer::Side::initiator, 0);
      if (!made) return reply->error(made.error());
      return reply->result(answer_json({pending_json(*made), waiting}));
    }
    if (approved) {
      prepared.proposal = proposal->id;
      if (proposal->terms.set_root != prepared.set.set_root) {
        const Error changed{ErrorKind::refused,
                            "the set changed after officers approved it; ask again to propose the match anew",
                            {},
                            {"set-changed"}};
        const auto ended = exchange::void_proposal(at, proposal->id, "set-changed", changed.message);
        return reply->error(ended ? changed : ended.error());
      }
    }
    run_prepared(service, std::move(prepared), reply, started, waiting);
  };
  go_on(std::make_shared<Turns>(Turns{service, std::move(*preparation), reply, false, then}));
}

void match(Service& service, const Args& args, const Service::Reply& reply) {
  auto question = match_question(service, args);
  if (!question) return reply->error(question.error());
  auto stored = exchange::stored_answer(service.node(), *question);
  if (!stored) return reply->error(stored.error());
  if (*stored) return reply->result(answer_json({run_answer(**stored, {}, 0, true)}));
  std::optional<exchange::MatchProposal> proposal;
  if (service.node().policy().approvals(policy::Act::match).count > 0) {
    auto found = exchange::find_proposal_of(service.node(), *question, peer::Side::initiator, 0);
    if (!found) return reply->error(found.error());
    proposal = std::move(*found);
    if (proposal && proposal->state == exchange::ProposalState::rejected)
      return reply->error({ErrorKind::refused, "officers said no to this match today", {}, {"match-state"}});
    if (proposal && proposal->state == exchange::ProposalState::proposed)
      return reply->result(answer_json({pending_json(*proposal), not_yet}));
  }
  prepare_and_run(service, std::move(*question), proposal, reply, not_yet);
}

Result<Answer> match_list(Service& service, const Args&) {
  PARLEY_TRY(const std::vector<exchange::MatchProposal> all, exchange::list_match_proposals(service.node()));
  Json list = Json::array();
  for (const exchange::MatchProposal& one : all) list.push_back(exchange::proposal_json(one));
  return Answer{Json::object({{"matches", std::move(list)}})};
}

Result<Answer> match_open(Service& service, const Args& args) {
  PARLEY_TRY(const std::string run, args.text("run"));
  PARLEY_TRY(const std::string value, args.text("value"));
  PARLEY_TRY(exchange::MatchOpening opening,
             exchange::open_match_item(service.node(), service.home().runs(), run, value));
  Json output = Json::object({{"run", opening.run},
                              {"item", opening.item},
                              {"shows",
                               "the item was committed to before the run; that it was used only a replay "
                               "shows (ledger audit)"}});
  if (args.has("output")) {
    PARLEY_CHECK(write_cleared(args.text_or("output", ""), std::move(opening.file)));
    output.set("file", args.text_or("output", ""));
  } else {
    output.set("opening", as_text(std::move(opening.file).release()));
  }
  return Answer{std::move(output)};
}

Result<Answer> runs(Service& service, const Args& args) {
  if (args.has("id")) {
    PARLEY_TRY(exchange::MatchRun run, exchange::find_run(service.node(), args.text_or("id", "")));
    return Answer{exchange::run_json(run)};
  }
  PARLEY_TRY(std::vector<exchange::MatchRun> all, exchange::list_runs(service.node()));
  Json list = Json::array();
  for (const exchange::MatchRun& run : all) list.push_back(exchange::run_json(run));
  return Answer{Json::object({{"runs", std::move(list)}})};
}

/// Asks a peer what it has seen of this node's ledger, after a restore or at any time.
void ledger_confirm(Service& service, const Args& args, const Service::Reply& reply) {
  auto peer = exchange::find_peer(service.node(), args.text_or("peer", ""));
  if (!peer) return reply->error(peer.error());
  auto machine = std::make_shared<std::shared_ptr<exchange::HeadsInitiator>>();
  service.call_peer(
      *peer,
      [&service, machine,
       origin = peer->origin](const net::SessionContext&) -> Result<std::shared_ptr<peer::Machine>> {
        *machine = std::make_shared<exchange::HeadsInitiator>(service.node(), origin);
        return std::shared_ptr<peer::Machine>(*machine);
      },
      [&service, machine, reply, origin = peer->origin](const Result<net::Outcome>& outcome) {
        if (!outcome) return reply->error(outcome.error());
        auto guard = exchange::head_guard(service.node());
        if (!guard) return reply->error(guard.error());
        const bool set_back = guard->state == exchange::HeadState::set_back;
        Json by = Json::array();
        for (const std::string& one : guard->confirmed_by) by.push_back(one);
        reply->result(answer_json({Json::object({{"peer", origin},
                                                 {"state", exchange::head_state_name(guard->state)},
                                                 {"confirmed_by", std::move(by)},
                                                 {"why", guard->why},
                                                 {"size", service.node().ledger().size().value()}}),
                                   set_back ? 1 : 0}));
      });
}

}  // namespace

void submit_match_approval(Service& service, const std::string& answer, const Service::Reply& reply) {
  auto proposal = exchange::submit_match_approval(service.node(), answer);
  if (!proposal) return reply->error(proposal.error());
  const bool asks = proposal->terms.role == "initiator";
  if (proposal->state != exchange::ProposalState::approved || !asks)
    return reply->result(answer_json({exchange::proposal_json(*proposal)}));
  auto question = exchange::proposal_question(*proposal);
  if (!question) return reply->error(question.error());
  prepare_and_run(service, std::move(*question), *proposal, reply, 0);  // the approval itself is done
}

void add_match_commands(Service::Commands& commands) {
  commands["match plan"] = match_plan;
  commands["match"] = match;
  commands["match list"] = immediate(match_list);
  commands["match open"] = immediate(match_open);
  commands["runs"] = immediate(runs);
  commands["ledger confirm"] = ledger_confirm;
}

}  // namespace parley::app
