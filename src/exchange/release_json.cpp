#include "exchange/release_json.hpp"

#include <limits>

#include "exchange/json_documents.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;

constexpr ReleaseState all_states[] = {
    ReleaseState::proposed, ReleaseState::approved, ReleaseState::attempted, ReleaseState::delivered,
    ReleaseState::rejected, ReleaseState::voided,   ReleaseState::expired};

Json texts(const std::vector<std::string>& list) {
  Json out = Json::array();
  for (const std::string& text : list) out.push_back(text);
  return out;
}

Json needs_json(const policy::Approvals& needs) {
  return Json::object(
      {{"count", needs.count}, {"units", texts(needs.units)}, {"different_units", needs.different_units}});
}

Result<policy::Approvals> read_needs(const Json& json) {
  policy::Approvals out;
  PARLEY_TRY(const std::uint64_t count, json.uint_member("count"));
  if (count > std::numeric_limits<std::uint32_t>::max())
    return fail(ErrorKind::internal, "too many approvals");
  out.count = static_cast<std::uint32_t>(count);
  PARLEY_TRY(out.units, json.strings_member("units"));
  PARLEY_TRY(out.different_units, json.bool_member("different_units"));
  return out;
}

Result<ReleaseItem> read_item(const Json& json) {
  ReleaseItem out;
  PARLEY_TRY(out.id, json.string_member("id"));
  PARLEY_TRY(out.type, json.string_member("type"));
  PARLEY_TRY(out.marking, json.string_member("marking"));
  PARLEY_TRY(out.redactions, json.strings_member("redactions"));
  return out;
}

Result<Removed> read_removed(const Json& json) {
  Removed out;
  PARLEY_TRY(out.what, json.string_member("what"));
  PARLEY_TRY(out.rule, json.string_member("rule"));
  PARLEY_TRY(out.why, json.string_member("why"));
  return out;
}

Result<ReleaseApproval> read_approval(const Json& json) {
  ReleaseApproval out;
  PARLEY_TRY(out.officer, json.string_member("officer"));
  PARLEY_TRY(out.unit, json.string_member("unit"));
  PARLEY_TRY(out.key, public_key_member(json, "key"));
  PARLEY_TRY(out.at, time_member(json, "at"));
  PARLEY_TRY(out.jws, json.string_member("jws"));
  return out;
}

template <class T, class Read>
Result<std::vector<T>> read_list(const Json& json, std::string_view key, Read read) {
  PARLEY_TRY(const Json::Array* list, json.array_member(key));
  std::vector<T> out;
  for (const Json& element : *list) {
    PARLEY_TRY(T item, read(element));
    out.push_back(std::move(item));
  }
  return out;
}

}  // namespace

std::string_view release_state_name(ReleaseState state) {
  switch (state) {
    case ReleaseState::proposed:
      return "proposed";
    case ReleaseState::approved:
      return "approved";
    case ReleaseState::attempted:
      return "attempted";
    case ReleaseState::delivered:
      return "delivered";
    case ReleaseState::rejected:
      return "rejected";
    case ReleaseState::voided:
      return "void";
    case ReleaseState::expired:
      break;
  }
  return "expired";
}

Json release_to_json(const Release& release) {
  Json leaves = Json::array();
  for (const ReleaseItem& item : release.leaves)
    leaves.push_back(Json::object({{"id", item.id},
                                   {"type", item.type},
                                   {"marking", item.marking},
                                   {"redactions", texts(item.redactions)}}));
  Json removed = Json::array();
  for (const Removed& one : release.removed)
    removed.push_back(Json::object({{"what", one.what}, {"rule", one.rule}, {"why", one.why}}));
  Json approvals = Json::array();
  for (const ReleaseApproval& given : release.approvals)
    approvals.push_back(Json::object({{"officer", given.officer},
                                      {"unit", given.unit},
                                      {"key", to_hex(given.key.value())},
                                      {"at", format_time(given.at)},
                                      {"jws", given.jws}}));
  return Json::object({{"id", release.id},
                       {"state", release_state_name(release.state)},
                       {"why_rule", release.why_rule},
                       {"why", release.why},
                       {"peer_origin", release.peer_origin},
                       {"terms", release.terms.to_json()},
                       {"needs", needs_json(release.needs)},
                       {"leaves", std::move(leaves)},
                       {"removed", std::move(removed)},
                       {"approvals", std::move(approvals)},
                       {"decision_jws", release.decision_jws},
                       {"receipt_jws", release.receipt_jws},
                       {"delivery_jws", release.delivery_jws},
                       {"created", format_time(release.created)}});
}

Result<Release> release_from_json(const Json& json) {
  Release out;
  PARLEY_TRY(out.id, json.string_member("id"));
  PARLEY_TRY(const std::string state, json.string_member("state"));
  bool known = false;
  for (const ReleaseState one : all_states)
    if (release_state_name(one) == state) {
      out.state = one;
      known = true;
    }
  if (!known) return fail(ErrorKind::internal, "a stored release is in the unknown state " + state);
  PARLEY_TRY(out.why_rule, json.string_member("why_rule"));
  PARLEY_TRY(out.why, json.string_member("why"));
  PARLEY_TRY(out.peer_origin, json.string_member("peer_origin"));
  PARLEY_TRY(const Json* terms, json.member("terms"));
  PARLEY_TRY(out.terms, record::ReleaseTerms::from_json(*terms));
  PARLEY_TRY(const Json* needs, json.member("needs"));
  PARLEY_TRY(out.needs, read_needs(*needs));
  PARLEY_TRY(out.leaves, read_list<ReleaseItem>(json, "leaves", read_item));
  PARLEY_TRY(out.removed, read_list<Removed>(json, "removed", read_removed));
  PARLEY_TRY(out.approvals, read_list<ReleaseApproval>(json, "approvals", read_approval));
  PARLEY_TRY(out.decision_jws, json.string_member("decision_jws"));
  PARLEY_TRY(out.receipt_jws, json.string_member("receipt_jws"));
  PARLEY_TRY(out.delivery_jws, json.string_member("delivery_jws"));
  PARLEY_TRY(out.created, time_member(json, "created"));
  return out;
}

}  // namespace parley::exchange
