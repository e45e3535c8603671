#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "crypto/hash.hpp"
#include "exchange/approval.hpp"
#include "exchange/clock_guard.hpp"
#include "exchange/gate.hpp"
#include "exchange/head_guard.hpp"
#include "exchange/object_facts.hpp"
#include "exchange/package.hpp"
#include "exchange/package_references.hpp"
#include "exchange/release_book.hpp"
#include "exchange/taxii_book.hpp"
#include "exchange/text_scan.hpp"
#include "intel/sco_id.hpp"
#include "state/store.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;

// The gate trusts nobody who built the package, ourselves included: it starts again from the bytes.
class PackageCheck {
 public:
  PackageCheck(Node& node, const state::Reader& reader, policy::Question question)
      : policy_(node.policy()),
        reader_(reader),
        question_(std::move(question)),
        scanner_(reader, node.policy(), question_.audience ? question_.audience->origin : "") {}

  Result<policy::Decision> check(std::string_view package) {
    policy::Decision act = policy_.decide(question_);
    if (act.outcome == policy::Outcome::deny) return act;
    encoding::JsonLimits limits;
    limits.max_bytes = max_package_bytes;
    const Result<Json> bundle = encoding::parse_json(package, limits);
    const Json::Array* objects = bundle ? objects_of(*bundle) : nullptr;
    if (objects == nullptr || objects->empty() || objects->size() > max_package_objects + 8) {
      deny("package-form", "the package is no STIX bundle with objects and nothing else");
      return finish(act);
    }
    for (const Json& object : *objects)
      if (const Json* id = object.find("id"); id != nullptr && id->is_string())
        if (!ids_.insert(*id->if_string()).second)
          deny("colliding-id", *id->if_string() + " is in the package twice");
    for (const Json& object : *objects) PARLEY_CHECK(check_object(object));
    return finish(act);
  }

 private:
  // A bundle has these three members; anything else beside them would leave unseen.
  static const Json::Array* objects_of(const Json& bundle) {
    const Json::Object* members = bundle.if_object();
    if (members == nullptr || members->size() != 3) return nullptr;
    const Json* type = bundle.find("type");
    const Json* id = bundle.find("id");
    const Json* objects = bundle.find("objects");
    if (type == nullptr || *type != Json("bundle") || id == nullptr || !id->is_string() ||
        !intel::is_stix_id(*id->if_string()) || objects == nullptr)
      return nullptr;
    return objects->if_array();
  }

  Result<void> check_object(const Json& json) {
    const std::string raw = encoding::write_json(json);
    const Result<intel::StixObject> object = read_object(reader_, raw);
    if (!object) {
      deny("package-form", "an object of the package cannot be read: " + object.error().text());
      return {};
    }
    if (is_tlp_definition(*object, json)) return {};
    PARLEY_CHECK(check_held(*object));
    PARLEY_TRY(question_.object, object_facts(reader_, policy_, *object, json, question_.audience->origin));
    if (object->defines) allow_definition(*question_.object);
    // The bytes themselves must say how they may be handled: a marking that only our store knows does not
    // travel.
    if (!object->defines && object->marking.tlp != question_.object->marking.tlp && object->marking.tlp)
      deny("unknown-marking", object->id + " is held under a stricter marking than the one it carries");
    const std::optional<intel::PapLevel> pap = question_.object->marking.pap;
    if (pap && *pap != intel::PapLevel::clear && object->marking.pap != pap)
      deny("pap-ceiling", object->id + " is held under a stricter PAP than the one it carries");
    if (!object->defines && !object->marking.tlp && !object->marking.unknown)
      deny("no-marking", object->id + " carries no marking");
    PARLEY_TRY(question_.object->text_hits, scanner_.scan(json, object->selectors));
    const policy::Decision decision = policy_.decide(question_);
    if (decision.outcome == policy::Outcome::deny)
      for (const policy::Fired& fired : decision.fired) deny(fired.rule, object->id + ": " + fired.why);
    for (const std::string& property : decision.strip)
      if (json.contains(property)) deny("strip-field", object->id + " still has " + property);
    check_references(json, object->id);
    return {};
  }

  // The nine definitions that OASIS fixed, and only with the content that everybody knows.
  static bool is_tlp_definition(const intel::StixObject& object, const Json& json) {
    const auto level = intel::tlp_of_marking_id(object.id);
    if (!level || object.id != intel::tlp_marking_id(*level)) return false;
    const Result<Json> known = encoding::parse_json(intel::make_tlp_definition(*level));
    return known && *known == json;
  }

  Result<void> check_held(const intel::StixObject& object) {
    PARLEY_TRY(const std::vector<state::StoredObject> versions, reader_.find_versions(object.id));
    if (!versions.empty()) {
      if (!is_one_object(versions)) deny("colliding-id", "two sources claim " + object.id);
      return {};
    }
    // Not stored: only the observable that stands for a selector which is held.
    bool held = object.selectors.size() == 1;
    if (held) {
      PARLEY_TRY(const auto summary, reader_.find_selector(object.selectors.front()));
      const Result<intel::StixObject> made =
          intel::read_stix_object(intel::make_sco(object.selectors.front(), object.marking.tlp));
      held = summary.has_value() && made && made->id == object.id;
    }
    if (!held) deny("package-form", object.id + " is not held here");
    return {};
  }

  void check_references(const Json& json, const std::string& id) {
    for (const std::string& target : references_in(json))
      if (intel::is_stix_id(target) && !ids_.contains(target) && !intel::tlp_of_marking_id(target))
        deny("reference-left", fmt::format("{} refers to {}, which is not in the package", id, target));
  }

  void deny(std::string rule, std::string why) { denials_.push_back({std::move(rule), std::move(why)}); }

  policy::Decision finish(policy::Decision act) {
    if (denials_.empty()) return act;
    act.outcome = policy::Outcome::deny;
    act.fired = std::move(denials_);
    return act;
  }

  const policy::Policy& policy_;
  const state::Reader& reader_;
  policy::Question question_;
  TextScanner scanner_;
  std::set<std::string, std::less<>> ids_;
  std::vector<policy::Fired> denials_;
};

}  // namespace

Result<policy::Decision> Gate::check_package(const PackageQuestion& question, std::string_view package) {
  PARLEY_TRY(policy::Question asked, ask(question));
  PARLEY_TRY(const auto reader, node_->store().snapshot());
  return PackageCheck(*node_, *reader, std::move(asked)).check(package);
}

Result<Cleared<Bytes>> Gate::clear_package(const PackageQuestion& question, std::string_view package) {
  PARLEY_TRY(const policy::Decision decision, check_package(question, package));
  if (decision.outcome != policy::Outcome::permit) return decision.refusal();
  PARLEY_TRY(const PeerRecord peer, find_peer(*node_, question.peer));
  PARLEY_CHECK(check_head_confirmed(*node_, peer.origin));
  return Cleared<Bytes>(to_bytes(package), {peer.origin, question.agreement, question.purpose,
                                            node_->policy().version(), decision.rules()});
}

Result<Cleared<Bytes>> Gate::clear_release(const Release& release) {
  PARLEY_CHECK(check_release(*node_, release));
  const PackageQuestion question{policy::Act::release, release.peer_origin, release.terms.agreement,
                                 release.terms.purpose};
  PARLEY_TRY(const policy::Decision decision, check_package(question, release.package));
  if (decision.outcome == policy::Outcome::deny) return decision.refusal();
  // The rules may ask for more officers than when it was proposed; then the proposal is void, not cheaper.
  PARLEY_CHECK(check_approvals(*node_, release, decision.approvals));
  return Cleared<Bytes>(to_bytes(release.package),
                        {release.peer_origin, release.terms.agreement, release.terms.purpose,
                         release.terms.policy_version, decision.rules()});
}

Result<Cleared<Bytes>> Gate::clear_push(const Release& release, const std::string& destination) {
  PARLEY_TRY(Cleared<Bytes> cleared, clear_release(release));
  policy::Question asked;
  asked.act = policy::Act::taxii;
  asked.audience = policy::Audience{destination, caller_origin(destination), {}, {}, false};
  asked.now = node_->clock().now();
  PARLEY_TRY(asked.recorded_until, note_time(*node_));
  PARLEY_TRY(const auto reader, node_->store().snapshot());
  PARLEY_TRY(const policy::Decision decision,
             PackageCheck(*node_, *reader, std::move(asked)).check(release.package));
  if (decision.outcome == policy::Outcome::deny) return decision.refusal();
  return cleared;
}

}  // namespace parley::exchange
