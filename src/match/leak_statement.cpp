#include "match/leak_statement.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parley::match {
namespace {

/// Items that a peer could put in, if it cheats.
std::uint64_t most_of_peer(const LeakFacts& f) {
  return std::max<std::uint64_t>(f.peer_most, f.peer_padded);
}

/// What goes in, and what it tells though nothing matches.
std::string sizes(const LeakFacts& f) {
  return fmt::format(
      "Your {} items go in, filled up with dummies to {}. Even if nothing matches, the peer learns that "
      "number, {}, "
      "as the upper bound of your set, the selector types and the purpose, and that this run took place. You "
      "learn "
      "in the same way that the peer says of its set that it has at most {} items.",
      f.own_size, f.own_padded, f.own_padded, f.peer_padded);
}

/// What the own side learns of hits.
std::string learned(const LeakFacts& f) {
  const std::uint32_t most = std::min(f.own_size, f.peer_padded);
  if (f.output == Output::items)
    return fmt::format(
        " For each hit, at most {}, you learn that the peer holds that item; for each of your other items "
        "you learn "
        "that it is not in the set that the peer used.",
        most);
  return fmt::format(
      " Of hits you learn only how many there are, at most {}, and not which; a count of 0 or {} says so of "
      "every "
      "item, and every count is a test of membership.",
      most, f.own_size);
}

/// What the peer learns of hits.
std::string told(const LeakFacts& f) {
  const std::uint64_t asked = most_of_peer(f);
  const std::uint64_t most = std::min<std::uint64_t>(f.own_size, asked);
  if (f.output == Output::items)
    return fmt::format(
        " The peer learns which of up to {} items of its own you hold too, at most {} of yours; and of each "
        "of its "
        "other items that it is not in your set.",
        asked, most);
  return fmt::format(
      " The peer learns only how many of up to {} items of its own you hold too, at most {}; a count of 0 or "
      "of all "
      "its items says so of every one, and every count is a test of membership.",
      asked, most);
}

std::string results(const LeakFacts& f) {
  const bool receiver = f.role == Role::receiver;
  if (f.learner == Learner::both)
    return learned(f) + told(f) +
           (receiver
                ? " You learn first, and return a proof for each hit; the peer cannot see whether you return "
                  "all of them."
                : " The peer learns first, and returns a proof for each hit: it can keep proofs back, and "
                  "then "
                  "you learn fewer hits than it did, but it cannot make one up.");
  if (receiver) return learned(f) + " The peer learns none of your items and not which of them match.";
  return told(f) + " You learn the size and never the result.";
}

std::string security(const LeakFacts& f) {
  if (f.protocol == Protocol::dh) {
    std::string holds = fmt::format(
        " This holds as long as both sides follow the protocol ({}, {}): a side that breaks it may learn "
        "more, for "
        "example single items where only the size was agreed, or make the result wrong.",
        protocol_name(f.protocol), protocol_security(f.protocol));
    if (!f.or_else) return holds;
    return holds +
           fmt::format(
               " That is the least: which protocol runs is chosen from both sizes once the peer has named "
               "its own, and if it is {} ({}), all of this holds also against a side that breaks it.",
               protocol_name(*f.or_else), protocol_security(*f.or_else));
  }
  return fmt::format(
      " This holds also against a side that breaks the protocol ({}, {}): it learns no more than from a set "
      "of its "
      "choice.",
      protocol_name(f.protocol), protocol_security(f.protocol));
}

}  // namespace

std::string leak_statement(const LeakFacts& f) {
  const std::uint64_t most = most_of_peer(f);
  return sizes(f) + results(f) + security(f) +
         fmt::format(
             " Nobody can check what the other put in: a set may hold guessed items, up to {} of them in "
             "this run, "
             "and may leave real ones out. The agreement asks for at least {} real items, dummies not "
             "counted: of "
             "the peer's set there is only its word until an auditor sees it. Differences of the peer's set "
             "from "
             "one run to the next cannot be checked, so the answers of several days, compared, show what was "
             "added "
             "or taken out in between; a type is asked about once a day under an agreement, and budgets "
             "bound the "
             "rest. Both sets are committed to in the signed offer: either side can later open the leaf of "
             "an item, "
             "which shows that it was in the set, and only a replay before an auditor shows that it was "
             "used.",
             most, f.min_set);
}

}  // namespace parley::match
