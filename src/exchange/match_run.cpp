#include "exchange/match_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "state/store.hpp"

namespace parley::exchange {
namespace {

using encoding::Json;

constexpr std::string_view run_collection = "match_runs";
constexpr std::string_view result_collection = "match_results";
constexpr std::string_view key_collection = "run_keys";
/// A page of matches is one document, far below its size limit.
constexpr std::size_t matches_per_page = 1000;
constexpr std::size_t least_prefix = 8;

std::string page_id(std::string_view run, std::size_t page) {
  return fmt::format("{}/{:06}", run, page);
}

std::string_view role_name(peer::Side side) {
  return side == peer::Side::initiator ? "initiator" : "responder";
}

Json types_json(const std::vector<intel::SelectorType>& types) {
  Json out = Json::array();
  for (const intel::SelectorType type : types) out.push_back(intel::type_name(type));
  return out;
}

Json matches_json(std::span<const intel::Selector> matches) {
  Json out = Json::array();
  for (const intel::Selector& match : matches)
    out.push_back(Json::object({{"type", intel::type_name(match.type)}, {"value", match.value}}));
  return out;
}

Result<intel::SelectorType> type_named(std::string_view name) {
  const auto type = intel::parse_selector_type(name);
  if (!type)
    return fail(ErrorKind::internal, "a stored run names an unknown selector type " + std::string(name));
  return *type;
}

Result<void> read_matches(const Json& page, std::vector<intel::Selector>& out) {
  const Json::Array* items = page.if_array();
  if (items == nullptr) return fail(ErrorKind::internal, "a stored page of matches is no list");
  for (const Json& item : *items) {
    PARLEY_TRY(const std::string name, item.string_member("type"));
    PARLEY_TRY(const intel::SelectorType type, type_named(name));
    PARLEY_TRY(std::string value, item.string_member("value"));
    out.push_back({type, std::move(value)});
  }
  return {};
}

std::string_view learner_text(match::Learner learner) {
  return learner == match::Learner::both ? "both" : "initiator";
}

/// What is stored and what is printed have these in common.
Json common_members(const MatchRun& run) {
  Json out = Json::object({{"peer", run.peer},
                           {"role", role_name(run.role)},
                           {"status", run_status_name(run.status)},
                           {"agreement", run.agreement},
                           {"purpose", run.purpose},
                           {"epoch", run.epoch},
                           {"types", types_json(run.types)},
                           {"output", policy::output_name(run.output)},
                           {"learner", learner_text(run.learner)},
                           {"protocol", run.protocol},
                           {"protocol_reason", run.protocol_reason},
                           {"security", run.security},
                           {"own_size", run.own_size},
                           {"own_size_padded", run.own_size_padded},
                           {"peer_size_padded", run.peer_size_padded},
                           {"leak_statement", run.leak_statement},
                           {"charged", run.charged},
                           {"bytes_sent", run.bytes_sent},
                           {"bytes_received", run.bytes_received},
                           {"statement", run.statement},
                           {"set_root", run.set_root},
                           {"offer_hash", run.offer_hash},
                           {"transcript_hash", run.transcript_hash}});
  if (!run.proposal.empty()) out.set("match", run.proposal);
  if (run.size) out.set("size", *run.size);
  if (run.ledger_index) out.set("ledger_index", *run.ledger_index);
  return out;
}

Json to_json(const MatchRun& run) {
  Json out = common_members(run);
  out.set("id", run.id);
  out.set("offer", run.offer);
  out.set("outgoing_hash", run.outgoing_hash);
  out.set("budget_before", run.budget_before);
  out.set("budget_after", run.budget_after);
  out.set("begun", format_time(run.begun));
  out.set("ended", format_time(run.ended));
  out.set("audit_until", format_time(run.audit_until));
  out.set("peer_statement", run.peer_statement);
  out.set("disclosures", Json(Json::Array(run.disclosures.begin(), run.disclosures.end())));
  return out;
}

Result<Timestamp> time_member(const Json& json, std::string_view name) {
  PARLEY_TRY(const std::string text, json.string_member(name));
  return parse_time(text);
}

Result<MatchRun> from_json(const Json& json) {
  MatchRun run;
  PARLEY_TRY(run.id, json.string_member("id"));
  PARLEY_TRY(run.peer, json.string_member("peer"));
  PARLEY_TRY(const std::string role, json.string_member("role"));
  run.role = role == "initiator" ? peer::Side::initiator : peer::Side::responder;
  PARLEY_TRY(const std::string status, json.string_member("status"));
  run.status = status == "done" ? RunStatus::done : status == "begun" ? RunStatus::begun : RunStatus::aborted;
  PARLEY_TRY(run.agreement, json.string_member("agreement"));
  PARLEY_TRY(run.purpose, json.string_member("purpose"));
  PARLEY_TRY(run.epoch, json.uint_member("epoch"));
  PARLEY_TRY(const auto types, json.strings_member("types"));
  for (const std::string& name : types) {
    PARLEY_TRY(const intel::SelectorType type, type_named(name));
    run.types.push_back(type);
  }
  PARLEY_TRY(const std::string output, json.string_member("output"));
  run.output = policy::parse_output(output).value_or(policy::MatchOutput::size);
  PARLEY_TRY(run.protocol, json.string_member("protocol"));
  // Runs of before there was a choice have none of these.
  if (const Json* learner = json.find("learner"); learner != nullptr && learner->is_string())
    run.learner = *learner->if_string() == "both" ? match::Learner::both : match::Learner::receiver;
  if (json.contains("protocol_reason")) {
    PARLEY_TRY(run.protocol_reason, json.string_member("protocol_reason"));
  }
  if (json.contains("match")) {
    PARLEY_TRY(run.proposal, json.string_member("match"));
  }
  if (json.contains("charged")) {
    PARLEY_TRY(run.charged, json.uint_member("charged"));
  }
  PARLEY_TRY(run.security, json.string_member("security"));
  PARLEY_TRY(run.own_size, json.uint_member("own_size"));
  PARLEY_TRY(run.own_size_padded, json.uint_member("own_size_padded"));
  PARLEY_TRY(run.peer_size_padded, json.uint_member("peer_size_padded"));
  PARLEY_TRY(run.offer, json.string_member("offer"));
  PARLEY_TRY(run.offer_hash, json.string_member("offer_hash"));
  PARLEY_TRY(run.transcript_hash, json.string_member("transcript_hash"));
  PARLEY_TRY(run.outgoing_hash, json.string_member("outgoing_hash"));
  PARLEY_TRY(run.set_root, json.string_member("set_root"));
  PARLEY_TRY(run.leak_statement, json.string_member("leak_statement"));
  PARLEY_TRY(run.budget_before, json.uint_member("budget_before"));
  PARLEY_TRY(run.budget_after, json.uint_member("budget_after"));
  PARLEY_TRY(run.begun, time_member(json, "begun"));
  PARLEY_TRY(run.ended, time_member(json, "ended"));
  PARLEY_TRY(run.audit_until, time_member(json, "audit_until"));
  PARLEY_TRY(run.bytes_sent, json.uint_member("bytes_sent"));
  PARLEY_TRY(run.bytes_received, json.uint_member("bytes_received"));
  PARLEY_TRY(run.statement, json.string_member("statement"));
  PARLEY_TRY(run.peer_statement, json.string_member("peer_statement"));
  PARLEY_TRY(run.disclosures, json.strings_member("disclosures"));
  if (const Json* size = json.find("size")) run.size = size->uint_value();
  if (const Json* index = json.find("ledger_index")) run.ledger_index = index->uint_value();
  return run;
}

Result<MatchRun> read_run(const state::Document& document) {
  PARLEY_TRY(const Json json, encoding::parse_json(as_text(document.body)));
  return from_json(json);
}

Result<void> put(state::Transaction& transaction, state::DocumentKey key, const Json& json) {
  PARLEY_TRY(const auto existing, transaction.get_document(key));
  PARLEY_CHECK(transaction.put_document(key, to_bytes(encoding::write_json(json)),
                                        existing ? existing->version : state::DocumentVersion(0)));
  return {};
}

}  // namespace

std::string_view run_status_name(RunStatus status) {
  switch (status) {
    case RunStatus::begun:
      return "begun";
    case RunStatus::done:
      return "done";
    case RunStatus::aborted:
      return "aborted";
  }
  return "unknown";
}

Result<void> store_run(state::Transaction& transaction, const MatchRun& run) {
  PARLEY_CHECK(put(transaction, {run_collection, run.id}, to_json(run)));
  const std::span<const intel::Selector> matches(run.matches);
  for (std::size_t at = 0; at < matches.size(); at += matches_per_page) {
    const auto page = matches.subspan(at, std::min(matches_per_page, matches.size() - at));
    PARLEY_CHECK(
        put(transaction, {result_collection, page_id(run.id, at / matches_per_page)}, matches_json(page)));
  }
  return {};
}

Result<bool> is_known_run(const state::Reader& reader, std::string_view id) {
  PARLEY_TRY(const auto document, reader.get_document({run_collection, id}));
  return document.has_value();
}

Result<MatchRun> find_run(Node& node, std::string_view id) {
  const std::string name(id);
  if (name.size() < least_prefix)
    return fail(ErrorKind::usage,
                "a run is named by at least " + std::to_string(least_prefix) + " characters");
  PARLEY_TRY(const auto reader, node.store().snapshot());
  PARLEY_TRY(auto found, reader->get_document({run_collection, name}));
  if (!found) {
    PARLEY_TRY(auto near, reader->list_documents(run_collection, name, 2));
    std::erase_if(near, [&](const state::Document& document) { return !document.id.starts_with(name); });
    if (near.empty()) return fail(ErrorKind::not_found, "no match run " + name + " is kept here");
    if (near.size() > 1)
      return fail(ErrorKind::usage, "several runs begin with " + name + "; give more characters");
    found = std::move(near.front());
  }
  PARLEY_TRY(MatchRun run, read_run(*found));
  for (std::size_t page = 0;; ++page) {
    PARLEY_TRY(const auto document, reader->get_document({result_collection, page_id(run.id, page)}));
    if (!document) return run;
    PARLEY_TRY(const Json json, encoding::parse_json(as_text(document->body)));
    PARLEY_CHECK(read_matches(json, run.matches));
  }
}

Result<std::vector<MatchRun>> list_runs(Node& node) {
  PARLEY_TRY(const auto reader, node.store().snapshot());
  std::vector<MatchRun> runs;
  std::string after;
  for (;;) {
    PARLEY_TRY(const auto page, reader->list_documents(run_collection, after, state::max_page));
    for (const state::Document& document : page) {
      PARLEY_TRY(MatchRun run, read_run(document));
      runs.push_back(std::move(run));
    }
    if (page.size() < state::max_page) break;
    after = page.back().id;
  }
  std::ranges::sort(runs, [](const MatchRun& a, const MatchRun& b) {
    return a.begun != b.begun ? a.begun > b.begun : a.id < b.id;
  });
  return runs;
}

Json run_json(const MatchRun& run) {
  Json out = common_members(run);
  out.set("run", run.id);
  if (run.size) out.set("matches", matches_json(run.matches));
  out.set("seconds", std::chrono::duration<double>(run.ended - run.begun).count());
  out.set("budget_left", run.budget_after);
  return out;
}

Result<crypto::Secret<32>> run_key(Node& node, std::string_view run) {
  PARLEY_TRY(const auto reader, node.store().snapshot());
  PARLEY_TRY(auto document, reader->get_document({key_collection, run}));
  if (!document) return fail(ErrorKind::not_found, "the key of run " + std::string(run) + " was destroyed");
  auto key = crypto::Secret<32>::from(document->body);
  crypto::wipe(document->body);
  return key;
}

Result<void> store_run_key(state::Transaction& transaction, std::string_view run,
                           const crypto::Secret<32>& key) {
  PARLEY_CHECK(transaction.put_document({key_collection, run}, key.view(), state::DocumentVersion(0)));
  return {};
}

Result<void> erase_run_key(state::Transaction& transaction, std::string_view run) {
  PARLEY_CHECK(transaction.erase_document({key_collection, run}));
  return {};
}

Result<std::uint64_t> destroy_expired_run_keys(Node& node, RunStore& runs) {
  const Timestamp now = node.clock().now();
  PARLEY_TRY(const auto all, list_runs(node));
  std::vector<std::string> due;
  {
    PARLEY_TRY(const auto reader, node.store().snapshot());
    for (const MatchRun& run : all) {
      if (now < run.audit_until) continue;
      PARLEY_TRY(const auto key, reader->get_document({key_collection, run.id}));
      if (key) due.push_back(run.id);
    }
  }
  if (due.empty()) return std::uint64_t{0};
  // The keys first: records without their key are noise, wherever a copy of them lies.
  const auto erase_keys = [&](state::Transaction& transaction) -> Result<void> {
    for (const std::string& run : due) PARLEY_CHECK(erase_run_key(transaction, run));
    return {};
  };
  PARLEY_CHECK(state::write(node.store(), state::Durability::synced, erase_keys));
  for (const std::string& run : due) PARLEY_CHECK(runs.erase(run));
  return static_cast<std::uint64_t>(due.size());
}

}  // namespace parley::exchange
