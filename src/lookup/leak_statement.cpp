#include "lookup/leak_statement.hpp"

#include <fmt/format.h>

namespace parley::lookup {
namespace {

std::string plural(std::uint64_t count) {
  return count == 1 ? "1 look-up" : fmt::format("{} look-ups", count);
}

}  // namespace

std::string leak_statement(const Leak& leak) {
  const std::string label =
      leak.has_labels ? ", and for a hit where to ask further and how that is marked" : "";
  std::string out;
  if (leak.asks) {
    out = fmt::format(
        "For each value you learn whether it is among the other side's items{}. You hold their set of at "
        "most {} "
        "items in a form that tells nothing without their help. The other side learns that you made {} "
        "today, when, "
        "and under which agreement and purpose; it does not learn the values, their types, or what was a "
        "hit.",
        label, leak.set_items, leak.lookups == 0 ? "look-ups" : plural(leak.lookups));
    out += " What you do about a hit may tell them more than the look-up did.";
  } else {
    out = fmt::format(
        "The other side learns for each value that it asks whether it is among your items{}; it holds your "
        "set of "
        "at most {} items in a form that opens for asked values only. You learn that it made {}, not the "
        "values.",
        label, leak.set_items, leak.lookups == 0 ? "look-ups" : plural(leak.lookups));
    out += " It can guess values: every guess is one look-up.";
  }
  out +=
      fmt::format(" {} left for today.",
                  leak.budget_left == 1 ? "1 look-up is" : fmt::format("{} look-ups are", leak.budget_left));
  out +=
      " A false hit has a chance of 1 in 1,000,000,000,000 for each value. What becomes forbidden during the "
      "day "
      "ends the set: its key is erased and nothing more of it is answered, but what was answered before "
      "cannot "
      "be called back, and a set that takes its place shows by comparison what went. "
      "Not checked: that the set holds what its owner really has, and what it has not; a proof shows only "
      "that "
      "one key, announced in the ledger beside the root of the set, answered everything.";
  return out;
}

}  // namespace parley::lookup
