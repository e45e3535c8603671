#include "exchange/package.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "crypto/hash.hpp"
#include "exchange/object_facts.hpp"
#include "exchange/package_references.hpp"
#include "exchange/text_scan.hpp"
#include "intel/sco_id.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;

// Names the bundles that Parley builds (RFC 9562 section 5.5); the name is the hash of their objects.
constexpr ByteArray<16> bundle_namespace = {0x6c, 0x1e, 0x0f, 0x52, 0x8d, 0x3a, 0x4b, 0x77,
                                            0x9a, 0x10, 0x5d, 0x21, 0xc4, 0xe8, 0x90, 0x3b};

// An object on its way into the package.
struct Candidate {
  std::string raw;  // as it is held
  Json json;        // as it will leave
  bool changed = false;
  std::vector<std::string> references;  // STIX ids that it names
  PackageItem item;
};

class Builder {
 public:
  Builder(const state::Reader& reader, const policy::Policy& policy, const policy::Question& question)
      : reader_(reader),
        policy_(policy),
        question_(question),
        scanner_(reader, policy, question.audience ? question.audience->origin : "") {}

  Result<Package> build(const std::vector<std::string>& asked) {
    std::vector<std::string> roots;
    for (const std::string& name : asked) {
      PARLEY_TRY(const std::string id, take_asked(name));
      if (!id.empty()) roots.push_back(id);
    }
    // Breadth first, so that a limit cuts what is furthest away.
    std::vector<std::string> wave = roots;
    while (!wave.empty()) {
      std::vector<std::string> next;
      for (const std::string& id : wave)
        if (const auto found = taken_.find(id); found != taken_.end())
          for (const std::string& reference : found->second.references) {
            PARLEY_TRY(const bool added, take_reference(reference));
            if (added) next.push_back(reference);
          }
      wave = std::move(next);
    }
    cut_references();
    drop_unreachable(roots);
    if (std::none_of(roots.begin(), roots.end(), [&](const std::string& id) { return taken_.contains(id); }))
      return std::unexpected<Error>(nothing_left());
    return write();
  }

 private:
  // The id under which it was taken; empty when rules kept it back.
  Result<std::string> take_asked(const std::string& name) {
    if (intel::is_stix_id(name)) {
      PARLEY_TRY(const std::optional<state::StoredObject> stored, reader_.find_object(name));
      if (!stored) return fail(ErrorKind::not_found, "no object " + name + " is held here");
      PARLEY_TRY(const bool taken, take(stored->raw, name));
      return taken ? name : std::string();
    }
    PARLEY_TRY(const intel::Selector selector, parse_selector_text(name));
    PARLEY_TRY(const std::optional<state::SelectorSummary> held, reader_.find_selector(selector));
    if (!held) return fail(ErrorKind::not_found, name + " is not held here");
    const std::string raw = intel::make_sco(selector, marking_of(held->marking).tlp);
    PARLEY_TRY(const intel::StixObject object, intel::read_stix_object(raw));
    PARLEY_TRY(const bool taken, take(raw, object.id));
    return taken ? object.id : std::string();
  }

  // Whether it was taken just now.
  Result<bool> take_reference(const std::string& id) {
    if (taken_.contains(id) || refused_.contains(id)) return false;
    if (taken_.size() >= max_package_objects)
      return fail(
          ErrorKind::bad_input,
          fmt::format("the package would hold more than {} objects; ask for fewer", max_package_objects));
    PARLEY_TRY(const std::optional<state::StoredObject> stored, reader_.find_object(id));
    if (!stored) {
      refused_.emplace(id, policy::Fired{"reference-cut", "it is not held here"});
      return false;
    }
    return take(stored->raw, id);
  }

  Result<bool> take(const std::string& raw, const std::string& id) {
    if (taken_.contains(id)) return true;
    PARLEY_TRY(const std::vector<state::StoredObject> versions, reader_.find_versions(id));
    if (!is_one_object(versions)) return refuse_object(id, {{"colliding-id", "two sources claim this id"}});
    const Result<intel::StixObject> read = read_object(reader_, raw);
    if (!read)
      return refuse_object(id,
                           {{"package-form", "it is not held as STIX; ask for its selector (TYPE:VALUE)"}});
    const intel::StixObject& object = *read;
    Candidate candidate;
    candidate.raw = raw;
    PARLEY_TRY(candidate.json, encoding::parse_json(raw));
    policy::Question question = question_;
    const std::string audience = question.audience ? question.audience->origin : "";
    PARLEY_TRY(question.object, object_facts(reader_, policy_, object, candidate.json, audience));
    PARLEY_TRY(question.object->text_hits, scanner_.scan(candidate.json, object.selectors));
    if (object.defines) allow_definition(*question.object);
    const policy::Decision decision = policy_.decide(question);
    if (decision.outcome == policy::Outcome::deny) return refuse_object(id, decision.fired);

    candidate.item = {object.id, object.type, "", {}};
    if (question.object->marking.tlp)
      candidate.item.marking = intel::tlp_label(*question.object->marking.tlp);
    strip(candidate, decision);
    mark(candidate, object, question.object->marking);
    for (const intel::StixReference& reference : object.refs)
      if (intel::is_stix_id(reference.id)) candidate.references.push_back(reference.id);
    for (const std::string& marking : object.unresolved_markings) candidate.references.push_back(marking);
    taken_.emplace(id, std::move(candidate));
    return true;
  }

  bool refuse_object(const std::string& id, const std::vector<policy::Fired>& fired) {
    for (const policy::Fired& one : fired) removed_.push_back({id, one.rule, one.why});
    if (!fired.empty()) refused_.emplace(id, fired.front());
    return false;
  }

  void strip(Candidate& candidate, const policy::Decision& decision) {
    for (const std::string& property : decision.strip) {
      if (!candidate.json.erase(property)) continue;
      candidate.changed = true;
      const bool text =
          std::any_of(decision.fired.begin(), decision.fired.end(), [&](const policy::Fired& fired) {
            return fired.rule == "free-text" && fired.why.starts_with("/" + property);
          });
      redact(candidate, "/" + property, text ? "free-text" : "strip-field", "the policy takes it out");
    }
  }

  void redact(Candidate& candidate, const std::string& pointer, std::string rule, std::string why) {
    candidate.item.redactions.push_back(pointer);
    removed_.push_back({candidate.item.id + "#" + pointer, std::move(rule), std::move(why)});
  }

  // What was marked at import, and not in its own bytes, must carry the marking when it leaves.
  void mark(Candidate& candidate, const intel::StixObject& object, const intel::Marking& effective) {
    if (object.defines || !effective.tlp || object.marking.tlp == effective.tlp) return;
    Json refs = Json::array();
    if (const Json* old = candidate.json.find("object_marking_refs"); old != nullptr && old->is_array())
      refs = *old;
    refs.push_back(intel::tlp_marking_id(*effective.tlp));
    candidate.json.set("object_marking_refs", std::move(refs));
    candidate.changed = true;
  }

  // Cutting one reference may make its object impossible, which cuts the references to it, and so on.
  void cut_references() {
    for (bool again = true; again;) {
      again = false;
      for (auto at = taken_.begin(); at != taken_.end();) {
        Candidate& candidate = at->second;
        const auto goes_along = [&](std::string_view id) {
          return !intel::is_stix_id(id) || taken_.contains(std::string(id)) || intel::tlp_of_marking_id(id);
        };
        const ReferenceCut cut = cut_references_of(candidate.json, goes_along);
        if (!cut.pointers.empty()) candidate.changed = true;
        for (const CutPointer& one : cut.pointers)
          redact(candidate, one.pointer, "reference-cut", reason(one.target));
        if (cut.impossible.empty()) {
          ++at;
          continue;
        }
        const std::string id = at->first;
        at = taken_.erase(at);
        refuse_object(
            id, {{"reference-cut", "it means nothing without " + cut.impossible + ", which stays here"}});
        again = true;
      }
    }
  }

  std::string reason(const std::string& target) const {
    const auto found = refused_.find(target);
    return target + " stays here" + (found == refused_.end() ? "" : ": " + found->second.why);
  }

  // What came along for an object that fell out afterwards has no business in the package.
  void drop_unreachable(const std::vector<std::string>& roots) {
    std::set<std::string> seen;
    std::vector<std::string> queue;
    for (const std::string& root : roots)
      if (taken_.contains(root) && seen.insert(root).second) queue.push_back(root);
    while (!queue.empty()) {
      const std::string id = std::move(queue.back());
      queue.pop_back();
      for (const std::string& reference : references_in(taken_.at(id).json))
        if (taken_.contains(reference) && seen.insert(reference).second) queue.push_back(reference);
    }
    std::erase_if(taken_, [&](const auto& entry) { return !seen.contains(entry.first); });
  }

  Error nothing_left() const {
    Error error{ErrorKind::refused, "nothing of what was asked may leave", {}, {}};
    for (const Removed& one : removed_) {
      if (std::find(error.rules.begin(), error.rules.end(), one.rule) == error.rules.end())
        error.rules.push_back(one.rule);
      error.message += "; " + one.what + ": " + one.why;
    }
    return error;
  }

  Result<Package> write() {
    Package out;
    std::string objects;
    std::set<intel::TlpLevel> levels;
    for (auto& [id, candidate] : taken_) {
      objects += (objects.empty() ? "" : ",") +
                 (candidate.changed ? encoding::write_json(candidate.json) : candidate.raw);
      for (const std::string& marking : marking_references_in(candidate.json))
        if (const auto level = intel::tlp_of_marking_id(marking);
            level && marking == intel::tlp_marking_id(*level))
          levels.insert(*level);
      out.items.push_back(candidate.item);
    }
    for (const intel::TlpLevel level : levels) {
      const std::string id(intel::tlp_marking_id(level));
      if (taken_.contains(id)) continue;
      objects += "," + intel::make_tlp_definition(level);
      out.items.push_back({id, "marking-definition", "", {}});
    }
    const std::string name = to_hex(crypto::sha256(as_bytes(objects)));
    out.bytes = R"({"type":"bundle","id":"bundle--)" + intel::make_uuid5(bundle_namespace, name) +
                R"(","objects":[)" + objects + "]}";
    if (out.bytes.size() > max_package_bytes)
      return fail(
          ErrorKind::bad_input,
          fmt::format("the package would be larger than {} bytes; ask for fewer objects", max_package_bytes));
    out.removed = std::move(removed_);
    return out;
  }

  const state::Reader& reader_;
  const policy::Policy& policy_;
  const policy::Question& question_;
  TextScanner scanner_;
  std::map<std::string, Candidate> taken_;  // by id: the order in the package
  std::map<std::string, policy::Fired> refused_;
  std::vector<Removed> removed_;
};

}  // namespace

bool is_one_object(const std::vector<state::StoredObject>& versions) {
  const auto origins = [](const state::StoredObject& version) {
    std::set<std::string> out;
    for (const std::string& label : version.labels)
      if (is_received_label(label)) out.insert(label);
    return out;
  };
  const state::StoredObject* first = nullptr;
  for (std::size_t i = 0; i < versions.size(); ++i) {
    const state::StoredObject& version = versions[i];
    // The store gives the content that counts last among those of one version.
    std::size_t last = i;
    while (last + 1 < versions.size() && versions[last + 1].version == version.version) ++last;
    if (last != i &&
        (version.version.empty() || !versions[last].received || origins(version) == origins(versions[last])))
      continue;
    if (first == nullptr) first = &version;
    if (version.created_by != first->created_by || version.type != first->type ||
        origins(version) != origins(*first))
      return false;
  }
  return true;
}

void allow_definition(policy::ObjectFacts& facts) {
  if (facts.marking.is_absent()) facts.marking.tlp = intel::TlpLevel::clear;
}

Result<Package> build_package(const state::Reader& reader, const policy::Policy& policy,
                              const policy::Question& question, const std::vector<std::string>& objects) {
  return Builder(reader, policy, question).build(objects);
}

}  // namespace parley::exchange
