#include "match/leak_statement.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parley::match {
namespace {

std::string receiver_statement(const LeakFacts& f) {
  std::string out = fmt::format(
      "Your {} items go in as {} masked points. Even if nothing matches, the peer learns that number, {}, as "
      "the upper bound of your set, the selector types and purpose of the agreement, and that this run took "
      "place; it learns none of your items and not which of them match. You learn in the same way that the "
      "peer's set has at most {} items.",
      f.own_size, f.own_padded, f.own_padded, f.peer_padded);
  const std::uint32_t most = std::min(f.own_size, f.peer_padded);
  if (f.output == Output::items)
    out += fmt::format(
        " For each hit, at most {}, you learn that the peer holds that item; for each of your other items "
        "you "
        "learn that it is not in the set that the peer used.",
        most);
  else
    out += fmt::format(
        " Of hits you learn only how many there are, at most {}, and not which; a count of 0 or {} says so "
        "of "
        "every item.",
        most, f.own_size);
  return out;
}

std::string sender_statement(const LeakFacts& f) {
  std::string out = fmt::format(
      "Your {} items go in as {} masked points. Even if nothing matches, the peer learns that number, {}, as "
      "the upper bound of your set, the selector types and purpose of the agreement, and that this run took "
      "place. You learn in the same way that the peer's set has at most {} items, and never the result.",
      f.own_size, f.own_padded, f.own_padded, f.peer_padded);
  const std::uint32_t most = std::min(f.own_size, f.peer_padded);
  if (f.output == Output::items)
    out += fmt::format(
        " The peer learns which of up to {} items of its own you hold too, at most {} of yours; and of each "
        "of "
        "its other items that it is not in your set.",
        f.peer_padded, most);
  else
    out += fmt::format(
        " The peer learns only how many of up to {} items of its own you hold too, at most {}; a count of 0 "
        "or of all its items says so of every one.",
        f.peer_padded, most);
  return out;
}

}  // namespace

std::string leak_statement(const LeakFacts& facts) {
  std::string out = facts.role == Role::receiver ? receiver_statement(facts) : sender_statement(facts);
  out += fmt::format(
      " This holds as long as both sides follow the protocol ({}, {}): a side that breaks it may learn more, "
      "for example single items where only the size was agreed, or make the result wrong. Nobody can check "
      "what the other put in: a set may hold guessed items, leave real ones out, and repeated runs show how "
      "it "
      "changed in between. The budget of the agreement bounds how often; the signed set roots and the "
      "records "
      "of both sides show afterwards what each committed to.",
      protocol_name(facts.protocol), protocol_security(facts.protocol));
  return out;
}

}  // namespace parley::match
