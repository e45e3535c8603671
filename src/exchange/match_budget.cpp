#include "exchange/match_budget.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "crypto/hash.hpp"
#include "encoding/json.hpp"

namespace parley::exchange {
namespace {

constexpr std::string_view answer_collection = "match_answers";

char role_letter(peer::Side role) {
  return role == peer::Side::initiator ? 'i' : 'r';
}

std::string counter_name(std::string_view what, const BudgetKey& key) {
  return fmt::format("match/{}/{}/{}/{}/{}", what, key.agreement, role_letter(key.role), key.epoch, key.peer);
}

// The agreement counts items; a set shows its size as a power of two, so a bound is rounded as sets are.
std::uint64_t rounded(std::uint64_t bound) {
  return std::bit_ceil(std::clamp<std::uint64_t>(bound, 1, std::uint64_t{1} << 62U));
}

std::uint64_t left_of(std::uint64_t allowed, std::int64_t used) {
  return allowed - std::min(allowed, static_cast<std::uint64_t>(std::max<std::int64_t>(used, 0)));
}

std::string answer_name(const BudgetKey& key, intel::SelectorType type) {
  Bytes bytes;
  append_prefixed(bytes, as_bytes(key.agreement));
  append_prefixed(bytes, as_bytes(key.peer));
  bytes.push_back(static_cast<std::uint8_t>(key.role));
  append_u64(bytes, key.epoch);
  append_prefixed(bytes, as_bytes(intel::type_name(type)));
  return to_hex(crypto::sha256(bytes));
}

/// What was asked and how much of it was shown; two questions with one text have one answer, but for the
/// output.
std::string question_text(const MatchQuestion& question) {
  std::vector<std::string_view> types;
  for (const intel::SelectorType type : question.types) types.push_back(intel::type_name(type));
  std::ranges::sort(types);
  return fmt::format("{} {} {}", match::learner_name(question.learner), fmt::join(types, ","),
                     question.purpose);
}

std::string charge_counter(std::string_view peer, intel::SelectorType type, std::uint64_t epoch) {
  return peer.empty() ? fmt::format("charge/all/{}/{}", intel::type_name(type), epoch)
                      : fmt::format("charge/peer/{}/{}/{}", intel::type_name(type), epoch, peer);
}

}  // namespace

Result<Budget> budget_left(const state::Reader& reader, const policy::Agreement& agreement,
                           const BudgetKey& key) {
  PARLEY_TRY(const std::int64_t runs, reader.counter(counter_name("runs", key)));
  PARLEY_TRY(const std::int64_t items, reader.counter(counter_name("items", key)));
  if (agreement.items_per_day == 0)  // the number of runs and the bound of each is limit enough
    return Budget{left_of(agreement.runs_per_day, runs), std::numeric_limits<std::uint64_t>::max()};
  return Budget{left_of(agreement.runs_per_day, runs), left_of(rounded(agreement.items_per_day), items)};
}

Result<void> check_budget(const policy::Agreement& agreement, const Budget& left, std::uint64_t items) {
  if (left.runs == 0)
    return refuse(
        {"budget-runs-per-day"},
        fmt::format("the agreement allows {} matches a day in this direction, and they are used up; the "
                    "next is possible after midnight UTC",
                    agreement.runs_per_day));
  if (left.items < items)
    return refuse(
        {"budget-items-per-day"},
        fmt::format(
            "the agreement leaves {} items to ask about today, the messages of this match could hold {}",
            left.items, items));
  return {};
}

Result<Budget> spend_budget(state::Transaction& transaction, const policy::Agreement& agreement,
                            const BudgetKey& key, std::uint64_t items) {
  PARLEY_TRY(const Budget left, budget_left(transaction, agreement, key));
  PARLEY_CHECK(check_budget(agreement, left, items));
  PARLEY_CHECK(transaction.add_counter(counter_name("runs", key), 1));
  PARLEY_CHECK(transaction.add_counter(counter_name("items", key), static_cast<std::int64_t>(items)));
  return left;
}

std::string_view charge_kind_name(ChargeKind kind) {
  return kind == ChargeKind::match ? "match" : "lookup";
}

Result<std::uint64_t> charged(const state::Reader& reader, std::string_view peer, intel::SelectorType type,
                              std::uint64_t epoch, std::uint32_t days) {
  std::uint64_t sum = 0;
  for (std::uint32_t back = 0; back < days && back <= epoch; ++back) {
    PARLEY_TRY(const std::int64_t used, reader.counter(charge_counter(peer, type, epoch - back)));
    sum += static_cast<std::uint64_t>(std::max<std::int64_t>(used, 0));
  }
  return sum;
}

Result<void> check_charge(const state::Reader& reader, const policy::MatchRules& rules,
                          const Charge& charge) {
  for (const intel::SelectorType type : charge.types) {
    const policy::TypeBudget budget = rules.budget(type);
    const auto check = [&](std::string_view peer, std::uint64_t allowed, const char* rule,
                           const char* whose) -> Result<void> {
      if (allowed == 0) return {};
      PARLEY_TRY(const std::uint64_t used, charged(reader, peer, type, charge.epoch, budget.days));
      if (used + charge.amount <= allowed) return {};
      return refuse(
          {rule},
          fmt::format("{} may ask about {} items of {} in {} day{}; {} were, and this {} could "
                      "hold {}",
                      whose, allowed, intel::type_name(type), budget.days, budget.days == 1 ? "" : "s", used,
                      charge_kind_name(charge.kind), charge.amount));
    };
    PARLEY_CHECK(check(charge.peer, budget.per_peer, "budget-type", "one peer"));
    PARLEY_CHECK(check("", budget.all_peers, "budget-all-peers", "all peers together"));
  }
  return {};
}

Result<void> spend_charge(state::Transaction& transaction, const policy::MatchRules& rules,
                          const Charge& charge) {
  PARLEY_CHECK(check_charge(transaction, rules, charge));
  const auto amount = static_cast<std::int64_t>(charge.amount);
  for (const intel::SelectorType type : charge.types) {
    PARLEY_CHECK(transaction.add_counter(charge_counter(charge.peer, type, charge.epoch), amount));
    PARLEY_CHECK(transaction.add_counter(charge_counter("", type, charge.epoch), amount));
  }
  return {};
}

Result<Answered> answered_run(const state::Reader& reader, const BudgetKey& key,
                              const MatchQuestion& question) {
  Answered out;
  std::size_t found = 0;
  bool one = true;
  for (const intel::SelectorType type : question.types) {
    PARLEY_TRY(const auto document, reader.get_document({answer_collection, answer_name(key, type)}));
    if (!document) continue;
    ++found;
    PARLEY_TRY(const encoding::Json json, encoding::parse_json(as_text(document->body)));
    PARLEY_TRY(std::string run, json.string_member("run"));
    PARLEY_TRY(const std::string asked, json.string_member("question"));
    PARLEY_TRY(const std::string output, json.string_member("output"));
    one = one && (out.run.empty() || out.run == run) && asked == question_text(question) &&
          (output == "items" || question.output == policy::MatchOutput::size);
    out.run = std::move(run);
  }
  // The text names all types, so a run that has it for one of them answers every one.
  out.same = one && found == question.types.size() && found > 0;
  return out;
}

Result<void> store_answer(state::Transaction& transaction, const BudgetKey& key,
                          const MatchQuestion& question, std::string_view run) {
  const std::string body =
      encoding::write_json(encoding::Json::object({{"run", run},
                                                   {"question", question_text(question)},
                                                   {"output", policy::output_name(question.output)}}));
  for (const intel::SelectorType type : question.types)
    PARLEY_CHECK(transaction.put_document({answer_collection, answer_name(key, type)}, as_bytes(body),
                                          state::DocumentVersion(0)));
  return {};
}

Result<bool> take_abort_quota(state::Store& store, std::string_view peer, std::uint64_t epoch) {
  bool taken = false;
  const auto take = [&](state::Transaction& transaction) -> Result<void> {
    const std::string name = fmt::format("aborts/{}/{}", epoch, peer);
    PARLEY_TRY(const std::int64_t used, transaction.counter(name));
    taken = used < max_recorded_aborts_per_day;
    if (taken) PARLEY_CHECK(transaction.add_counter(name, 1));
    return {};
  };
  PARLEY_CHECK(state::write(store, state::Durability::synced, take));
  return taken;
}

namespace {

std::string proposal_counter(std::string_view peer, std::uint64_t epoch) {
  return fmt::format("match/proposals/{}/{}", epoch, peer);
}

}  // namespace

Result<void> take_proposal_quota(state::Store& store, std::string_view peer, std::uint64_t epoch) {
  const auto take = [&](state::Transaction& transaction) -> Result<void> {
    const std::string name = proposal_counter(peer, epoch);
    PARLEY_TRY(const std::int64_t used, transaction.counter(name));
    if (used >= max_unaccepted_proposals_per_day)
      return refuse({"match-proposals-per-day"},
                    "the peer has proposed too many matches today without accepting the answer");
    PARLEY_CHECK(transaction.add_counter(name, 1));
    return {};
  };
  return state::write(store, state::Durability::synced, take);
}

Result<void> return_proposal_quota(state::Store& store, std::string_view peer, std::uint64_t epoch) {
  const auto give_back = [&](state::Transaction& transaction) -> Result<void> {
    PARLEY_CHECK(transaction.add_counter(proposal_counter(peer, epoch), -1));
    return {};
  };
  return state::write(store, state::Durability::synced, give_back);
}

}  // namespace parley::exchange
