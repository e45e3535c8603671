#include "exchange/related.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <tuple>
#include <unordered_set>

#include "intel/stix.hpp"

namespace parley::exchange {
namespace {

constexpr std::string_view relationship_prefix = "relationship--";

/// References that say who wrote an object and not what it is about.
bool names_author(std::string_view property) {
  return property.ends_with("_by_ref");
}

/// Types that are about the data and hold nothing together.
bool is_hub(std::string_view id) {
  return id.starts_with("identity--") || id.starts_with("marking-definition--") ||
         id.starts_with("extension-definition--");
}

class Walk {
 public:
  Walk(const state::Reader& reader, const RelatedQuery& query, const RelatedLimits& limits)
      : reader_(reader), query_(query), limits_(limits) {}

  Result<Related> run() {
    std::vector<std::string> level;
    for (const std::string& id : query_.start)
      if (found_.insert(id).second) level.push_back(id);
    std::ranges::sort(level);
    for (const std::string& id : level) {
      out_.objects.emplace_back();
      out_.objects.back().id = id;
    }
    for (std::size_t step = 1; step <= query_.steps && out_.complete; ++step) {
      std::vector<RelatedObject> next;
      for (const std::string& id : level) {
        if (step > 1 && !query_.authors && is_hub(id)) continue;
        PARLEY_TRY(std::vector<RelatedObject> around, neighbours(id));
        if (step > 1 && around.size() > limits_.max_fan_out) {
          out_.not_followed.emplace_back(id, around.size());
          continue;
        }
        for (RelatedObject& one : around) {
          if (!found_.insert(one.id).second) continue;
          one.step = step;
          next.push_back(std::move(one));
        }
        if (found_.size() >= limits_.max_objects) out_.complete = false;
        if (!out_.complete) break;
      }
      std::ranges::sort(next, {}, &RelatedObject::id);
      level.clear();
      for (RelatedObject& one : next) {
        level.push_back(one.id);
        out_.objects.push_back(std::move(one));
      }
    }
    std::ranges::sort(out_.not_followed);
    return std::move(out_);
  }

 private:
  void edge(std::vector<RelatedObject>& out, const std::string& from, const std::string& to,
            std::string_view property, const std::string& relationship, bool forward) {
    ++out_.edges;
    if (to == from || (!query_.authors && names_author(property))) return;
    RelatedObject& one = out.emplace_back();
    one.id = to;
    one.from = from;
    one.property = property;
    one.relationship = relationship;
    one.forward = forward;
  }

  /// The other end of a relationship; nothing when it was seen from there, is revoked or points elsewhere
  /// now.
  Result<void> through(const std::string& id, const std::string& relationship,
                       std::vector<RelatedObject>& out) {
    if (!relationships_.insert(relationship).second) return {};
    PARLEY_TRY(const std::optional<state::StoredObject> stored, reader_.find_object(relationship));
    if (!stored) return {};
    const Result<intel::StixObject> object = stix_.read(stored->raw);
    if (!object || object->revoked) return {};  // what cannot be read joins nothing
    std::string_view source;
    std::string_view target;
    for (const intel::StixReference& reference : object->refs) {
      if (reference.property == "source_ref") source = reference.id;
      if (reference.property == "target_ref") target = reference.id;
    }
    if (source == id && !target.empty())
      edge(out, id, std::string(target), "relationship", relationship, true);
    else if (target == id && !source.empty())
      edge(out, id, std::string(source), "relationship", relationship, false);
    return {};
  }

  /// All that one step leads to, each object once, in the order of ids.
  Result<std::vector<RelatedObject>> neighbours(const std::string& id) {
    std::vector<RelatedObject> out;
    PARLEY_TRY(const std::optional<state::StoredObject> stored, reader_.find_object(id));
    if (stored) {
      if (const Result<intel::StixObject> object = stix_.read(stored->raw))
        for (const intel::StixReference& reference : object->refs)
          // A report names relationships beside what they join.
          if (!reference.id.starts_with(relationship_prefix))
            edge(out, id, reference.id, reference.property, {}, true);
    }
    PARLEY_TRY(const std::vector<state::StoredReference> referring, reader_.references_to(id));
    for (const state::StoredReference& reference : referring) {
      if (reference.from.starts_with(relationship_prefix)) {
        if (reference.property == "source_ref" || reference.property == "target_ref")
          PARLEY_CHECK(through(id, reference.from, out));
      } else {
        edge(out, id, reference.from, reference.property, {}, false);
      }
      if (out_.edges >= limits_.max_edges) {
        out_.complete = false;
        break;
      }
    }
    std::ranges::sort(out, [](const RelatedObject& a, const RelatedObject& b) {
      return std::tie(a.id, a.property, a.relationship, a.forward) <
             std::tie(b.id, b.property, b.relationship, b.forward);
    });
    const auto rest = std::ranges::unique(out, {}, &RelatedObject::id);
    out.erase(rest.begin(), rest.end());
    return out;
  }

  const state::Reader& reader_;
  const RelatedQuery& query_;
  const RelatedLimits& limits_;
  intel::StixReader stix_;
  std::unordered_set<std::string> found_;
  std::unordered_set<std::string> relationships_;  ///< looked at, from one end or the other
  Related out_;
};

}  // namespace

Result<Related> find_related(const state::Reader& reader, const RelatedQuery& query,
                             const RelatedLimits& limits) {
  if (query.steps < 1 || query.steps > max_related_steps)
    return fail(ErrorKind::usage, "steps must be 1 to " + std::to_string(max_related_steps));
  return Walk(reader, query, limits).run();
}

}  // namespace parley::exchange
