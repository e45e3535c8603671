#include <algorithm>

#include "exchange/agreement_book.hpp"
#include "exchange/lookup_session.hpp"
#include "exchange/object_facts.hpp"
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
        if (!(*machine)->run())
          return reply->error({ErrorKind::internal, "the look-up ended without a result", {}, {}});
        const auto spent = service.home().clock().now() - started;
        reply->result(answer_json({lookup_json(**machine, static_cast<double>(spent.count()) / 1e6)}));
      });
}

}  // namespace

void add_lookup_commands(Service::Commands& commands) {
  commands["lookup"] = lookup;
}

}  // namespace parley::app
