#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "state/content.hpp"
#include "state_sqlite/erasure.hpp"
#include "state_sqlite/ids.hpp"
#include "state_sqlite/index_marks.hpp"
#include "state_sqlite/objects.hpp"
#include "state_sqlite/rows.hpp"

namespace parley::state_sqlite {
namespace {

using Kind = state::Outcome::Kind;

/// The moment of a version: what versions are ordered and told apart by. Types without versions have one.
constexpr std::int64_t no_version = std::numeric_limits<std::int64_t>::min();

std::string over(std::string_view what, std::size_t limit) {
  return std::string(what) + " is longer than " + std::to_string(limit) + " bytes";
}

/// Why an object cannot be stored, or the moment of its version.
Result<std::int64_t> check(const state::NewObject& object) {
  const auto bad = [](std::string why) { return fail(ErrorKind::bad_input, std::move(why)); };
  if (object.raw.size() > state::max_object_bytes) return bad(over("the object", state::max_object_bytes));
  if (object.id.size() > state::max_name_bytes) return bad(over("the id", state::max_name_bytes));
  if (object.version.size() > state::max_name_bytes) return bad(over("the version", state::max_name_bytes));
  if (object.created_by.size() > state::max_name_bytes)
    return bad(over("created_by_ref", state::max_name_bytes));
  if (object.references.size() > state::max_references)
    return bad("more than " + std::to_string(state::max_references) + " references");
  for (const state::Reference& reference : object.references) {
    if (reference.target.size() > state::max_name_bytes)
      return bad(over("the target of a reference", state::max_name_bytes));
    if (reference.property.size() > state::max_name_bytes)
      return bad(over("the property of a reference", state::max_name_bytes));
  }
  if (object.type.empty() || !object.id.starts_with(object.type + "--"))
    return bad("the id does not begin with the type and \"--\"");
  // The type ends at the first "--", so that the id alone tells it.
  if (object.type.find("--") != std::string::npos || object.type.ends_with('-'))
    return bad("the type is no name of a STIX type");
  if (object.version.empty()) return no_version;
  PARLEY_TRY(const Timestamp moment, parse_time(object.version));
  return moment.microseconds();
}

/// A version that is stored already.
struct Version {
  std::int64_t key;
  std::int64_t anchor;
  std::int64_t moment;
  std::int64_t source;
  bool received;
  bool ended;
};

/// Columns: key, anchor, moment, source, received, ended.
Version read_version(const Lease& row) {
  return {row->integer(0), row->integer(1),      row->integer(2),
          row->integer(3), row->integer(4) != 0, row->integer(5) != 0};
}

/// An object on its way into the store.
struct Candidate {
  const state::NewObject* object = nullptr;
  state::Outcome* outcome = nullptr;
  Bytes id;
  Bytes created_by;
  std::int64_t moment = 0;
  std::int64_t key = 0;
  std::int64_t anchor = 0;
  std::vector<Version> there;
};

struct NewReference {
  std::int64_t object;
  std::int64_t property;
  Bytes target;
};

/// Writes objects in groups without repeated ids, so that what one look-up of a group finds stays true until
/// the group is written. Knows the next free key.
class ObjectWriter {
 public:
  static Result<ObjectWriter> make(Session& session, state::Remarking remarking) {
    PARLEY_TRY(Lease last, session.connection->use("SELECT max(key) FROM object"));
    PARLEY_TRY(const bool row, last->step());
    PARLEY_TRY(const IndexMark given, read_mark(session, keys_mark));
    return ObjectWriter(session, remarking, std::max(row ? last->integer(0) : 0, given.value) + 1);
  }

  /// `outcome` is told by the end of `finish`.
  Result<void> put(const state::NewObject& object, state::Outcome& outcome) {
    const Result<std::int64_t> moment = check(object);
    if (!moment) {
      outcome = {Kind::rejected, {}, moment.error().message};
      return {};
    }
    PARLEY_TRY(Bytes id, add_id(session_.names, object.id));
    const auto is_same = [&](const Candidate& candidate) { return candidate.id == id; };
    if (group_.size() == rows_at_once || std::ranges::any_of(group_, is_same)) PARLEY_CHECK(write_group());
    Candidate& added = group_.emplace_back();
    added.object = &object;
    added.outcome = &outcome;
    added.id = std::move(id);
    added.moment = *moment;
    return {};
  }

  Result<void> finish() {
    PARLEY_CHECK(write_group());
    return write_references();
  }

 private:
  ObjectWriter(Session& session, state::Remarking remarking, std::int64_t next_key)
      : session_(session), remarking_(remarking), next_key_(next_key) {}

  Result<void> write_group() {
    PARLEY_CHECK(find_versions());
    std::vector<Candidate*> fresh;
    for (Candidate& candidate : group_) {
      if (!candidate.there.empty()) {
        const Version& first = candidate.there.front();
        candidate.anchor = first.anchor != 0 ? first.anchor : first.key;
        PARLEY_TRY(const bool is_told, compare_all(candidate));
        if (is_told) continue;
      }
      candidate.key = next_key_++;
      const std::int64_t anchor = candidate.anchor != 0 ? candidate.anchor : candidate.key;
      *candidate.outcome = {Kind::imported, state::ObjectKey(anchor), {}, is_superseded(candidate)};
      if (!candidate.there.empty() && !candidate.outcome->superseded) PARLEY_CHECK(supersede(candidate));
      session_.unheld_from = std::min(session_.unheld_from, candidate.key);
      if (!candidate.object->created_by.empty()) {
        PARLEY_TRY(candidate.created_by, add_id(session_.names, candidate.object->created_by));
      }
      PARLEY_CHECK(note_references(candidate));
      fresh.push_back(&candidate);
    }
    PARLEY_CHECK(insert(fresh));
    group_.clear();
    return {};
  }

  /// The versions of every id of the group.
  Result<void> find_versions() {
    static const std::string of_group =
        "WITH wanted (id) AS (VALUES " + row_marks(1) +
        ") SELECT o.key, o.anchor, o.moment, o.source, o.received, o.ended, o.id"
        " FROM wanted CROSS JOIN object o ON o.id = wanted.id";
    if (group_.size() == rows_at_once) {
      PARLEY_TRY(Lease versions, session_.connection->use(of_group.c_str()));
      int at = 0;
      for (const Candidate& candidate : group_) versions->bind(++at, BytesView(candidate.id));
      for (;;) {
        PARLEY_TRY(const bool row, versions->step());
        if (!row) return {};
        const BytesView id = versions->blob(6);
        const auto its = [&](const Candidate& candidate) { return std::ranges::equal(candidate.id, id); };
        const auto candidate = std::ranges::find_if(group_, its);
        if (candidate == group_.end())
          return fail(ErrorKind::internal, "the store found an object that was not asked for");
        candidate->there.push_back(read_version(versions));
      }
    }
    for (Candidate& candidate : group_) {
      PARLEY_TRY(Lease versions,
                 session_.connection->use("SELECT key, anchor, moment, source, received, ended FROM object"
                                          " WHERE id = ?1"));
      versions->bind(1, BytesView(candidate.id));
      for (;;) {
        PARLEY_TRY(const bool row, versions->step());
        if (!row) break;
        candidate.there.push_back(read_version(versions));
      }
    }
    return {};
  }

  /// Whether both are of one mouth: our own, or of one peer. Only then is the newer one the word that counts.
  static bool is_one_voice(const Candidate& candidate, const Version& version) {
    const state::NewObject& object = *candidate.object;
    return version.received == object.received &&
           (!object.received || version.source == object.source.value());
  }

  /// Whether a newer version is there already.
  static bool is_superseded(const Candidate& candidate) {
    return std::ranges::any_of(candidate.there, [&](const Version& version) {
      return version.moment > candidate.moment && is_one_voice(candidate, version);
    });
  }

  /// What the version before it holds, and the new one does not say any more, is held no more.
  Result<void> supersede(const Candidate& candidate) {
    const Version* before = nullptr;
    for (const Version& version : candidate.there)
      if (version.moment < candidate.moment && is_one_voice(candidate, version) &&
          (before == nullptr || version.moment > before->moment))
        before = &version;
    if (before == nullptr) return {};
    std::string older;
    {
      PARLEY_TRY(Lease raw, session_.connection->use("SELECT raw FROM object WHERE key = ?1"));
      raw->bind(1, before->key);
      PARLEY_TRY(const bool row, raw->step());
      if (row) older = raw->text(0);
    }
    const state::NewObject& object = *candidate.object;
    return retract_superseded(session_, candidate.anchor, object.type, older, object.raw,
                              object.received ? std::optional(object.source) : std::nullopt);
  }

  /// An observable that is said again holds again.
  Result<void> revive(std::int64_t key) {
    PARLEY_TRY(Lease update, session_.connection->use("UPDATE object SET ended = 0 WHERE key = ?1"));
    update->bind(1, key);
    return update->run();
  }

  /// Whether two contents of one version cannot stand beside each other.
  static bool share_a_place(const Candidate& candidate, const Version& version) {
    const state::NewObject& object = *candidate.object;
    const bool same_source = version.source == object.source.value();
    if (candidate.moment == no_version && object.type != "marking-definition") return same_source;
    return version.received == object.received && (!object.received || same_source);
  }

  /// Whether what is there tells the outcome: the same content (perhaps with a new marking), or a colliding
  /// id.
  Result<bool> compare_all(Candidate& candidate) {
    bool collides = false;
    for (const Version& version : candidate.there) {
      if (version.moment != candidate.moment) continue;
      PARLEY_TRY(std::optional<state::Outcome> outcome,
                 compare(*candidate.object, state::ObjectKey(candidate.anchor), version.key, remarking_));
      if (outcome) {
        outcome->superseded = is_superseded(candidate);
        if (version.ended && candidate.moment == no_version) PARLEY_CHECK(revive(version.key));
        if (version.ended && candidate.moment != no_version) outcome->superseded = true;
        *candidate.outcome = std::move(*outcome);
        return true;
      }
      collides = collides || share_a_place(candidate, version);
    }
    if (collides)
      *candidate.outcome = {
          Kind::rejected,
          {},
          "colliding ids: another object with this id and version is stored already; give the "
          "newer one a later version"};
    return collides;
  }

  /// Nothing when the content is another.
  Result<std::optional<state::Outcome>> compare(const state::NewObject& object, state::ObjectKey anchor,
                                                std::int64_t key, state::Remarking remarking) {
    state::MarkingCode marking{};
    std::int64_t labels = 0;
    {
      PARLEY_TRY(Lease there,
                 session_.connection->use("SELECT raw, marking, labels FROM object WHERE key = ?1"));
      there->bind(1, key);
      PARLEY_TRY(const bool row, there->step());
      if (!row || !state::same_content(there->text(0), object.raw)) return std::nullopt;
      marking = state::stored_marking(there->integer(1));
      labels = there->integer(2);
    }
    const bool keep = remarking == state::Remarking::keep_strictest;
    const state::MarkingCode new_marking = keep ? state::strictest(marking, object.marking) : object.marking;
    std::int64_t new_labels = object.labels.value();
    if (keep) {
      PARLEY_TRY(new_labels, session_.labels.unite(labels, new_labels));
    }
    if (new_marking == marking && new_labels == labels) return state::Outcome{Kind::unchanged, anchor, {}};
    PARLEY_TRY(Lease update,
               session_.connection->use("UPDATE object SET marking = ?2, labels = ?3 WHERE key = ?1"));
    update->bind(1, key);
    update->bind(2, static_cast<std::int64_t>(new_marking));
    update->bind(3, new_labels);
    PARLEY_CHECK(update->run());
    return state::Outcome{Kind::imported, anchor, {}};
  }

  // None of these statements may be undone alone, which would cost a copy of every page that it touches: a
  // failure is an internal one, and ends the whole transaction.
#define PARLEY_INSERT_OBJECT                                                                                \
  "INSERT OR FAIL INTO object (key, anchor, id, moment, version, created_by, marking, labels, source, raw," \
  " received) VALUES "

  Result<void> insert(const std::vector<Candidate*>& fresh) {
    static const std::string of_group = PARLEY_INSERT_OBJECT + row_marks(11);
    if (fresh.size() == rows_at_once) {
      PARLEY_TRY(Lease insert, session_.connection->use(of_group.c_str()));
      int at = 0;
      for (const Candidate* candidate : fresh) at = bind(insert, at, *candidate);
      return insert->run();
    }
    for (const Candidate* candidate : fresh) {
      PARLEY_TRY(Lease insert, session_.connection->use(PARLEY_INSERT_OBJECT "(?,?,?,?,?,?,?,?,?,?,?)"));
      bind(insert, 0, *candidate);
      PARLEY_CHECK(insert->run());
    }
    return {};
  }
#undef PARLEY_INSERT_OBJECT

  static int bind(const Lease& insert, int at, const Candidate& candidate) {
    const state::NewObject& object = *candidate.object;
    insert->bind(++at, candidate.key);
    insert->bind(++at, candidate.anchor);
    insert->bind(++at, BytesView(candidate.id));
    insert->bind(++at, candidate.moment);
    insert->bind(++at, std::string_view(object.version));
    insert->bind(++at, BytesView(candidate.created_by));
    insert->bind(++at, static_cast<std::int64_t>(object.marking));
    insert->bind(++at, object.labels.value());
    insert->bind(++at, object.source.value());
    insert->bind(++at, as_bytes(object.raw));
    insert->bind(++at, std::int64_t{object.received});
    return at;
  }

  Result<void> note_references(const Candidate& candidate) {
    for (const state::Reference& reference : candidate.object->references) {
      PARLEY_TRY(const std::int64_t property, session_.names.add(reference.property));
      PARLEY_TRY(Bytes target, add_id(session_.names, reference.target));
      references_.push_back({candidate.key, property, std::move(target)});
    }
    return references_.size() >= max_waiting_references ? write_references() : Result<void>{};
  }

  /// An object may name the same target twice.
#define PARLEY_INSERT_REFERENCE "INSERT OR IGNORE INTO reference (object, property, target) VALUES "

  Result<void> write_references() {
    static const std::string of_group = PARLEY_INSERT_REFERENCE + row_marks(3);
    std::span<const NewReference> rest = references_;
    for (; rest.size() >= rows_at_once; rest = rest.subspan(rows_at_once)) {
      PARLEY_TRY(Lease insert, session_.connection->use(of_group.c_str()));
      int at = 0;
      for (const NewReference& reference : rest.first(rows_at_once)) at = bind(insert, at, reference);
      PARLEY_CHECK(insert->run());
    }
    for (const NewReference& reference : rest) {
      PARLEY_TRY(Lease insert, session_.connection->use(PARLEY_INSERT_REFERENCE "(?,?,?)"));
      bind(insert, 0, reference);
      PARLEY_CHECK(insert->run());
    }
    references_.clear();
    return {};
  }
#undef PARLEY_INSERT_REFERENCE

  static int bind(const Lease& insert, int at, const NewReference& reference) {
    insert->bind(++at, reference.object);
    insert->bind(++at, reference.property);
    insert->bind(++at, BytesView(reference.target));
    return at;
  }

  static constexpr std::size_t max_waiting_references = 32'768;

  Session& session_;
  state::Remarking remarking_;
  std::int64_t next_key_;
  std::vector<Candidate> group_;
  std::vector<NewReference> references_;
};

}  // namespace

Result<std::vector<state::Outcome>> put_objects(Session& session, std::span<const state::NewObject> objects,
                                                state::Remarking remarking) {
  if (objects.size() > state::max_batch)
    return fail(ErrorKind::bad_input,
                "more than " + std::to_string(state::max_batch) + " objects in a batch");
  PARLEY_TRY(ObjectWriter writer, ObjectWriter::make(session, remarking));
  std::vector<state::Outcome> out(objects.size());
  for (std::size_t i = 0; i < objects.size(); ++i) PARLEY_CHECK(writer.put(objects[i], out[i]));
  PARLEY_CHECK(writer.finish());
  return out;
}

}  // namespace parley::state_sqlite
