#include "exchange/match_budget.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/hash.hpp"

namespace parley::exchange {
namespace {

constexpr std::string_view answer_collection = "match_answers";

char role_letter(peer::Side role) {
  return role == peer::Side::initiator ? 'i' : 'r';
}

std::string counter_name(std::string_view what, const BudgetKey& key) {
  return fmt::format("match/{}/{}/{}/{}/{}", what, key.agreement, role_letter(key.role), key.epoch, key.peer);
}

std::uint64_t items_allowed(const policy::Agreement& agreement) {
  if (agreement.items_per_day != 0) return agreement.items_per_day;
  return agreement.max_set * agreement.runs_per_day;
}

std::uint64_t left_of(std::uint64_t allowed, std::int64_t used) {
  return allowed - std::min(allowed, static_cast<std::uint64_t>(std::max<std::int64_t>(used, 0)));
}

/// One name for a question, whatever the order of its types.
std::string question_name(const BudgetKey& key, const MatchQuestion& question) {
  std::vector<intel::SelectorType> types = question.types;
  std::ranges::sort(types);
  Bytes bytes;
  append_prefixed(bytes, as_bytes(key.agreement));
  append_prefixed(bytes, as_bytes(key.peer));
  bytes.push_back(static_cast<std::uint8_t>(key.role));
  append_u64(bytes, key.epoch);
  append_prefixed(bytes, as_bytes(question.purpose));
  for (const intel::SelectorType type : types) append_prefixed(bytes, as_bytes(intel::type_name(type)));
  append_prefixed(bytes, as_bytes(policy::output_name(question.output)));
  return to_hex(crypto::sha256(bytes));
}

}  // namespace

Result<Budget> budget_left(const state::Reader& reader, const policy::Agreement& agreement,
                           const BudgetKey& key) {
  PARLEY_TRY(const std::int64_t runs, reader.counter(counter_name("runs", key)));
  PARLEY_TRY(const std::int64_t items, reader.counter(counter_name("items", key)));
  return Budget{left_of(agreement.runs_per_day, runs), left_of(items_allowed(agreement), items)};
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
        fmt::format("the agreement leaves {} items to ask about today, this match would ask about {}",
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

Result<std::optional<std::string>> answered_run(const state::Reader& reader, const BudgetKey& key,
                                                const MatchQuestion& question) {
  PARLEY_TRY(const auto document, reader.get_document({answer_collection, question_name(key, question)}));
  if (!document) return std::optional<std::string>();
  return std::optional<std::string>(as_text(document->body));
}

Result<void> store_answer(state::Transaction& transaction, const BudgetKey& key,
                          const MatchQuestion& question, std::string_view run) {
  PARLEY_CHECK(transaction.put_document({answer_collection, question_name(key, question)}, as_bytes(run),
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
