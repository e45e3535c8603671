#include <fmt/format.h>

#include <map>

#include "exchange/audit.hpp"
#include "exchange/head_guard.hpp"
#include "exchange/match_evidence.hpp"
#include "exchange/recording.hpp"
#include "exchange/release_evidence.hpp"
#include "exchange/rule_question.hpp"
#include "files.hpp"
#include "ledger/evidence.hpp"
#include "merkle/tlog_proof.hpp"
#include "service.hpp"
#include "state/store.hpp"

namespace parley::app {

namespace {

// ---- policy ----

Json policy_json(const policy::Policy& policy) {
  Json tests = Json::array();
  for (const std::string& test : policy.tests()) tests.push_back(test);
  return Json::object(
      {{"version", policy.version()}, {"closed", policy.is_closed()}, {"tests", std::move(tests)}});
}

Result<Answer> policy_check(Service& service, const Args& args) {
  const std::string path = args.text_or("file", service.home().path() + "/policy.toml");
  PARLEY_TRY(std::string text, read_file(path, policy::Policy::max_bytes));
  auto loaded = policy::Policy::load(text);
  if (!loaded) {
    Error error = loaded.error();
    error.where = error.where.empty() ? path : path + " " + error.where;
    return std::unexpected<Error>(std::move(error));
  }
  return Answer{policy_json(*loaded)};
}

Result<Answer> policy_set(Service& service, const Args& args) {
  PARLEY_TRY(std::string path, args.text("file"));
  PARLEY_TRY(std::string text, read_file(path, policy::Policy::max_bytes));
  PARLEY_CHECK(service.home().install_policy(text));
  return Answer{policy_json(service.node().policy())};
}

Result<Answer> policy_test(Service& service, const Args&) {
  if (service.node().policy().is_closed()) {
    PARLEY_TRY(std::string text,
               read_file(service.home().path() + "/policy.toml", policy::Policy::max_bytes));
    auto loaded = policy::Policy::load(text);
    if (!loaded) return std::unexpected<Error>(loaded.error());
  }
  return Answer{policy_json(service.node().policy())};
}

Result<Answer> policy_explain(Service& service, const Args& args) {
  exchange::RuleQuestion question;
  PARLEY_TRY(question.peer, args.text("peer"));
  // A name that nobody has is a slip of the one who asks; the rules would call it an empty audience.
  PARLEY_CHECK(exchange::find_peer(service.node(), question.peer));
  question.agreement = args.text_or("agreement", "");
  question.purpose = args.text_or("purpose", "");
  question.act = args.text_or("act", "release");
  question.object = args.has("selector") ? args.text_or("selector", "") : args.text_or("object", "");
  PARLEY_TRY(exchange::RuleAnswer answer, exchange::ask_rules(service.node(), question));
  Json fired = Json::array();
  for (const policy::Fired& one : answer.decision.fired)
    fired.push_back(Json::object({{"rule", one.rule}, {"why", one.why}}));
  Json strip = Json::array();
  for (const std::string& property : answer.decision.strip) strip.push_back(property);
  return Answer{Json::object({{"decision", policy::outcome_name(answer.decision.outcome)},
                              {"rules", std::move(fired)},
                              {"strip", std::move(strip)},
                              {"approvals_needed", answer.decision.approvals.count},
                              {"explanation", answer.text}})};
}

// ---- ledger ----

Result<Answer> ledger_status(Service& service, const Args&) {
  exchange::Node& node = service.node();
  ledger::Ledger& ledger = node.ledger();
  std::map<std::string, std::uint64_t> kinds;
  for (std::uint64_t index = 0; index < ledger.size().value(); ++index) {
    auto recorded = exchange::recorded_at(node, index);
    ++kinds[recorded ? recorded->kind : std::string("erased")];
  }
  Json by_kind = Json::object();
  for (const auto& [kind, count] : kinds) by_kind.set(kind, count);
  Json output = Json::object({{"origin", ledger.origin()},
                              {"size", ledger.size().value()},
                              {"root", to_base64(ledger.root())},
                              {"vkey", ledger.verifier_key().text()},
                              {"kinds", std::move(by_kind)},
                              {"cut_bytes", service.home().cut_bytes()}});
  if (ledger.last_time()) output.set("last_time", format_time(*ledger.last_time()));
  return Answer{std::move(output)};
}

Result<Answer> ledger_checkpoint(Service& service, const Args&) {
  return Answer{Json::object({{"checkpoint", service.node().ledger().checkpoint()}})};
}

Result<Answer> ledger_prove(Service& service, const Args& args) {
  const auto index = args.number("index");
  if (!index) return fail(ErrorKind::usage, "ledger prove: name the index of an entry");
  if (*index >= service.node().ledger().size().value())
    return fail(ErrorKind::not_found, fmt::format("the ledger has {} entries; {} is beyond its end",
                                                  service.node().ledger().size().value(), *index));
  PARLEY_TRY(ledger::LeafProof proof, service.node().ledger().prove(ledger::LeafIndex(*index)));
  const std::string text = merkle::format_tlog_proof(proof.proof);
  Json output = Json::object({{"index", *index}, {"leaf", as_text(proof.leaf)}, {"proof", text}});
  if (args.has("output")) {
    PARLEY_CHECK(write_file(args.text_or("output", ""), text));
    output.set("file", args.text_or("output", ""));
  }
  return Answer{std::move(output)};
}

Result<Answer> ledger_audit(Service& service, const Args& args) {
  PARLEY_TRY(exchange::AuditReport report,
             exchange::audit_run(service.node(), service.home().runs(), args.text_or("run", "")));
  return Answer{exchange::audit_json(report), report.verdict == exchange::AuditVerdict::proven ? 0 : 1};
}

// ---- evidence ----

Result<Answer> evidence_export(Service& service, const Args& args) {
  const std::string id = args.text_or("id", "");
  PARLEY_TRY(std::string path, args.text("output"));
  exchange::Node& node = service.node();
  auto input = exchange::release_evidence(node, id, args.flag("with_content"));
  if (!input && input.error().kind == ErrorKind::not_found) input = exchange::match_evidence(node, id);
  if (!input && (input.error().kind == ErrorKind::not_found || id.size() < 8))
    return fail(
        ErrorKind::not_found,
        "no release or match run of this node is \"" + id +
            "\"; `parley release list` and `parley runs` show them; a release that came in is proven by "
            "the bundle of its sender");
  if (!input) return std::unexpected<Error>(input.error());
  PARLEY_TRY(Bytes bundle, ledger::build_bundle(*input, node.keys().role));
  PARLEY_CHECK(write_file(path, as_text(bundle), 0600));
  return Answer{Json::object({{"file", path},
                              {"kind", input->kind == ledger::EvidenceKind::release ? "release" : "match"},
                              {"subject", input->subject},
                              {"bytes", bundle.size()},
                              {"sha256", to_hex(crypto::sha256(bundle))}})};
}

// ---- doctor ----

Result<Answer> doctor(Service& service, const Args&) {
  exchange::Node& node = service.node();
  Json checks = Json::array();
  bool good = true;
  const auto check = [&](const char* what, bool ok, std::string detail) {
    good = good && ok;
    checks.push_back(Json::object({{"check", what}, {"ok", ok}, {"detail", std::move(detail)}}));
  };
  PARLEY_TRY(auto reader, node.store().snapshot());
  PARLEY_TRY(auto counts, reader->count_selectors());
  std::uint64_t selectors = 0;
  for (const auto& count : counts) selectors += count.selectors;
  check("store", true, fmt::format("{} selectors", selectors));
  const std::uint64_t size = node.ledger().size().value();
  std::uint64_t lost = 0;
  for (std::uint64_t index = 0; index < size; ++index)
    if (!exchange::recorded_at(node, index)) ++lost;
  check("ledger", true, fmt::format("{} entries, root and checkpoint agree", size));
  PARLEY_TRY(const exchange::HeadGuard guard, exchange::head_guard(node));
  if (guard.state != exchange::HeadState::current)
    check("head", guard.state != exchange::HeadState::set_back,
          fmt::format("{}: {}", exchange::head_state_name(guard.state), guard.why));
  check("statements", lost == 0,
        fmt::format("{} of {} entries have their statement and opening here", size - lost, size));
  check("policy", !node.policy().is_closed(),
        node.policy().is_closed() ? "does not load: nothing leaves; `parley policy check` says why"
                                  : "version " + node.policy().version());
  const auto last = node.ledger().last_time();
  const Timestamp now = node.clock().now();
  check("clock", !last || now >= *last,
        fmt::format("now {}, newest ledger entry {}", format_time(now), last ? format_time(*last) : "none"));
  PARLEY_TRY(const intel::WarninglistSet* lists, service.home().warninglists());
  check("warninglists", true, fmt::format("{} lists, {} entries", lists->lists(), lists->entries()));
  check("log", service.home().cut_bytes() == 0,
        service.home().cut_bytes() == 0
            ? "no torn append"
            : fmt::format("{} bytes of a torn append were cut off and kept in ledger/wal.cut",
                          service.home().cut_bytes()));
  return Answer{Json::object({{"ok", good}, {"checks", std::move(checks)}}), good ? 0 : 5};
}

}  // namespace

void add_policy_commands(Service::Commands& commands) {
  commands["policy check"] = immediate(policy_check);
  commands["policy set"] = immediate(policy_set);
  commands["policy test"] = immediate(policy_test);
  commands["policy explain"] = immediate(policy_explain);
}

void add_ledger_commands(Service::Commands& commands) {
  commands["ledger status"] = immediate(ledger_status);
  commands["ledger checkpoint"] = immediate(ledger_checkpoint);
  commands["ledger prove"] = immediate(ledger_prove);
  commands["ledger audit"] = immediate(ledger_audit);
  commands["evidence export"] = immediate(evidence_export);
  commands["doctor"] = immediate(doctor);
}

}  // namespace parley::app
