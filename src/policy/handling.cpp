#include "policy/handling.hpp"

#include <algorithm>

namespace parley::policy {

Reach reach_of(intel::TlpLevel level) {
  switch (level) {
    case intel::TlpLevel::clear:
      return Reach::open;
    case intel::TlpLevel::green:
      return Reach::community;
    case intel::TlpLevel::amber:
      return Reach::clients;
    case intel::TlpLevel::amber_strict:
      return Reach::organisation;
    case intel::TlpLevel::red:
      break;
  }
  return Reach::persons;  // RED, and any level that a later version adds before this was taught about it
}

Use use_of(intel::PapLevel level) {
  switch (level) {
    case intel::PapLevel::clear:
      return Use::any;
    case intel::PapLevel::green:
      return Use::active;
    case intel::PapLevel::amber:
      return Use::passive;
    case intel::PapLevel::red:
      break;
  }
  return Use::passive_undetectable;
}

Handling handling_of(const intel::Marking& marking) {
  Handling out;
  if (marking.tlp) out.reach = reach_of(*marking.tlp);
  if (marking.pap) out.use = use_of(*marking.pap);
  out.unknown = marking.unknown;
  return out;
}

namespace {
// An empty dimension is the neutral element: it says nothing. That nothing at all means nobody is decided
// where a question is answered, not here, or the operation would have no neutral element.
template <class T>
std::optional<T> narrower(std::optional<T> a, std::optional<T> b) {
  if (!a) return b;
  if (!b) return a;
  return std::min(*a, *b);
}
}  // namespace

Handling meet(const Handling& a, const Handling& b) {
  return {narrower(a.reach, b.reach), narrower(a.use, b.use), a.unknown || b.unknown};
}

std::string_view pap_name(intel::PapLevel level) {
  switch (level) {
    case intel::PapLevel::clear:
      return "clear";
    case intel::PapLevel::green:
      return "green";
    case intel::PapLevel::amber:
      return "amber";
    case intel::PapLevel::red:
      break;
  }
  return "red";
}

}  // namespace parley::policy
