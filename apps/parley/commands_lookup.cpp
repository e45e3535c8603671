#include "commands_lookup.hpp"

#include <algorithm>

#include "exchange/agreement_book.hpp"
#include "exchange/lookup_building.hpp"
#include "exchange/lookup_proposal.hpp"
#include "exchange/lookup_session.hpp"
#include "exchange/object_facts.hpp"
#include "exchange/peers.hpp"
#include "service.hpp"

namespace parley::app {

namespace {

/// "TYPE:VALUE", or a value whose type its form tells; each once, in the order given.
Result<std::vector<intel::Selector>> selectors_of(const std::vector<std::string>& values) {
  std::vector<intel::Selector> out;
  for (const std::string& value : values) {
    std::optional<intel::Selector> selector;
    if (auto typed = exchange::parse_selector_text(value)) {
      selector = std::move(*typed);
    } else {
      auto guessed = intel::guess_selector(value);
      if (!guessed)
        return fail(ErrorKind::usage, guessed.error().message + "; name the type: TYPE:VALUE", value);
      selector = std::move(*guessed);
    }
    if (!selector) return fail(ErrorKind::usage, "an empty value cannot be looked up");
    if (std::ranges::find(out, *selector) == out.end()) out.push_back(std::move(*selector));
  }
  return out;
}

Json finding_json(const exchange::LookedUp& finding) {
  Json json = Json::object({{"type", intel::type_name(finding.selector.type)},
                            {"value", finding.selector.value},
                            {"hit", finding.hit}});
  if (!finding.pointer.empty())
    json.set("label", Json::object({{"pointer", finding.pointer}, {"marking", finding.marking}}));
  return json;
}

Json lookup_json(const exchange::LookupInitiator& machine, double seconds) {
  const exchange::LookupRun& run = *machine.run();
  Json findings = Json::array();
  std::uint64_t hits = 0;
  for (const exchange::LookedUp& finding : machine.findings()) {
    findings.push_back(finding_json(finding));
    hits += finding.hit;
  }
  Json json = Json::object({{"lookups", std::move(findings)},
                            {"hits", hits},
                            {"evaluations", run.evaluations},
                            {"budget_left", run.budget_left},
                            {"leak_statement", run.leak_statement},
                            {"bytes_sent", run.bytes_sent},
                            {"bytes_received", run.bytes_received},
                            {"seconds", seconds},
                            {"session", run.session},
                            {"peer", run.peer},
                            {"protocol", "voprf-fuse/1"},
                            {"security", "malicious"},
                            {"set_size_padded", run.set_items},
                            {"set_bytes", run.set_bytes},
                            {"set_downloaded", run.downloaded},
                            {"statement", run.statement}});
  if (run.ledger_index) json.set("ledger_index", *run.ledger_index);
  return json;
}

void lookup(Service& service, const Args& args, const Service::Reply& reply) {
  exchange::LookupQuestion question;
  const auto begin = [&]() -> Result<std::pair<exchange::PeerRecord, std::vector<intel::Selector>>> {
    PARLEY_TRY(question.peer, args.text("peer"));
    PARLEY_CHECK(exchange::find_peer(service.node(), question.peer));
    PARLEY_TRY(const std::string agreement, args.text("agreement"));
    PARLEY_TRY(question.purpose, args.text("purpose"));
    PARLEY_TRY(std::vector<intel::Selector> selectors, selectors_of(args.list("values")));
    PARLEY_TRY(exchange::AgreementEntry entry, exchange::find_agreement(service.node(), agreement));
    question.agreement = entry.state.agreement.hash;
    // The own rules first: what they refuse reaches nobody.
    PARLEY_CHECK(exchange::check_lookup_act(service.node(), question));
    PARLEY_TRY(exchange::PeerRecord peer, exchange::find_peer(service.node(), question.peer));
    return std::pair(std::move(peer), std::move(selectors));
  };
  auto ready = begin();
  if (!ready) return reply->error(ready.error());
  const Timestamp started = service.home().clock().now();
  // The machine is made when the hello is done; both callbacks run on the node thread.
  auto machine = std::make_shared<std::shared_ptr<exchange::LookupInitiator>>();
  service.call_peer(
      ready->first,
      [&service, question, selectors = std::move(ready->second), machine,
       reply](const net::SessionContext& context) -> Result<std::shared_ptr<peer::Machine>> {
        *machine = std::make_shared<exchange::LookupInitiator>(service.node(), service.home().lookups(),
                                                               context.session, question, selectors);
        (*machine)->on_progress([reply](std::string_view step, std::uint64_t done, std::uint64_t total) {
          reply->progress(step, done, total);
        });
        return std::shared_ptr<peer::Machine>(*machine);
      },
      [&service, machine, reply, started](const Result<net::Outcome>& outcome) {
        if (!outcome) return reply->error(outcome.error());
        if ((*machine)->waits_for_peer())
          return reply->result(answer_json({Json::object(
              {{"pending", true},
               {"waits_for", "peer"},
               {"why",
                "the set waits for approval by the other side; ask again when its officers have "
                "agreed"}})}));
        if (!(*machine)->run())
          return reply->error({ErrorKind::internal, "the look-up ended without a result", {}, {}});
        const auto spent = service.home().clock().now() - started;
        reply->result(answer_json({lookup_json(**machine, static_cast<double>(spent.count()) / 1e6)}));
      });
}

/// A set that is built turn by turn on the node thread, so that other commands are answered in between.
struct Turns {
  Service& service;
  exchange::LookupBuilding building;
  Service::Reply reply;
  std::function<void(exchange::LookupBuilding&)> then;
};

void go_on(std::shared_ptr<Turns> turns) {
  auto done = turns->building.step();
  if (!done) return turns->reply->error(done.error());
  const auto progress = turns->building.progress().value_or(std::pair<std::uint64_t, std::uint64_t>());
  turns->reply->progress("building the set", progress.first, progress.second);
  if (*done) return turns->then(turns->building);
  Service& service = turns->service;
  const Service::Reply reply = turns->reply;
  if (!service.loop().post([turns = std::move(turns)] { go_on(turns); }))
    reply->error({ErrorKind::conflict, "the node is too busy or shutting down; try again", {}, {}});
}

void build(Service& service, exchange::SetOrder order, const Service::Reply& reply,
           std::function<void(exchange::LookupBuilding&)> then) {
  auto building = exchange::LookupBuilding::begin(service.node(), service.home().lookups(), std::move(order));
  if (!building) return reply->error(building.error());
  go_on(std::make_shared<Turns>(Turns{service, std::move(*building), reply, std::move(then)}));
}

Json set_json(const exchange::KnownSet& set) {
  return Json::object({{"state", "built"},
                       {"pending", false},
                       {"peer", set.statement.counterparty},
                       {"agreement", set.statement.agreement},
                       {"purpose", set.statement.purpose},
                       {"own_size_padded", set.statement.items},
                       {"labels", set.statement.labels},
                       {"set_root", to_hex(set.statement.set_root)},
                       {"statement", set.statement.head.id}});
}

/// Builds what officers approved, and answers with the proposal as it is then.
void build_approved(Service& service, const exchange::LookupProposal& proposal, const Service::Reply& reply) {
  const record::LookupTerms& terms = proposal.terms;
  auto permission = exchange::check_lookup_act(service.node(), {terms.peer, terms.agreement, terms.purpose});
  if (!permission) return reply->error(permission.error());
  build(service, {std::move(*permission), terms.epoch, proposal.id, false}, reply,
        [&service, reply, id = proposal.id](exchange::LookupBuilding&) {
          auto built = exchange::find_lookup_proposal(service.node(), id);
          if (!built) return reply->error(built.error());
          reply->result(answer_json({exchange::lookup_proposal_json(*built)}));
        });
}

/// Asks the officers for a set, for today or tomorrow; where nobody has to agree it is built at once.
void lookup_propose(Service& service, const Args& args, const Service::Reply& reply) {
  const auto read = [&]() -> Result<exchange::LookupPermission> {
    exchange::LookupQuestion question;
    PARLEY_TRY(question.peer, args.text("peer"));
    PARLEY_CHECK(exchange::find_peer(service.node(), question.peer));
    PARLEY_TRY(const std::string agreement, args.text("agreement"));
    PARLEY_TRY(question.purpose, args.text("purpose"));
    PARLEY_TRY(exchange::AgreementEntry entry, exchange::find_agreement(service.node(), agreement));
    question.agreement = entry.state.agreement.hash;
    return exchange::check_lookup_act(service.node(), question);
  };
  auto permission = read();
  if (!permission) return reply->error(permission.error());
  exchange::Node& node = service.node();
  const std::uint64_t epoch = exchange::lookup_epoch(node) + (args.flag("tomorrow") ? 1 : 0);
  auto usable = exchange::usable_set(node, service.home().lookups(), *permission, epoch);
  if (!usable) return reply->error(usable.error());
  if (*usable) return reply->result(answer_json({set_json(**usable)}));
  exchange::SetOrder order{*permission, epoch, {}, permission->needs_approval};
  if (!permission->needs_approval)
    return build(service, std::move(order), reply, [reply](exchange::LookupBuilding& building) {
      reply->result(answer_json({set_json(building.set())}));
    });
  auto known = exchange::find_lookup_proposal_of(node, exchange::SetName::of(*permission, epoch, true));
  if (!known) return reply->error(known.error());
  if (*known && (*known)->state == exchange::ProposalState::rejected)
    return reply->error({ErrorKind::refused, "officers said no to this set", {}, {"lookup-state"}});
  if (*known && (*known)->state == exchange::ProposalState::approved)
    return build_approved(service, **known, reply);
  if (*known) return reply->result(answer_json({exchange::lookup_proposal_json(**known)}));
  build(service, std::move(order), reply,
        [&service, reply, permission = std::move(*permission), epoch](exchange::LookupBuilding& building) {
          auto made =
              exchange::propose_lookup_set(service.node(), permission, epoch, building.take_commitment());
          if (!made) return reply->error(made.error());
          reply->result(answer_json({exchange::lookup_proposal_json(*made)}));
        });
}

Result<Answer> lookup_pending(Service& service, const Args&) {
  PARLEY_TRY(const std::vector<exchange::LookupProposal> all,
             exchange::list_lookup_proposals(service.node()));
  Json list = Json::array();
  for (const exchange::LookupProposal& one : all) list.push_back(exchange::lookup_proposal_json(one));
  return Answer{Json::object({{"sets", std::move(list)}})};
}

}  // namespace

void submit_lookup_approval(Service& service, const std::string& answer, const Service::Reply& reply) {
  auto proposal = exchange::submit_lookup_approval(service.node(), answer);
  if (!proposal) return reply->error(proposal.error());
  if (proposal->state == exchange::ProposalState::approved) return build_approved(service, *proposal, reply);
  reply->result(answer_json({exchange::lookup_proposal_json(*proposal)}));
}

void add_lookup_commands(Service::Commands& commands) {
  commands["lookup"] = lookup;
  commands["lookup propose"] = lookup_propose;
  commands["lookup pending"] = immediate(lookup_pending);
}

}  // namespace parley::app
