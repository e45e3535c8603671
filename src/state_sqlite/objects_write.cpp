#include <limits>
#include <string>

#include "base/time.hpp"
#include "state/content.hpp"
#include "state_sqlite/ids.hpp"
#include "state_sqlite/objects.hpp"

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

/// Writes one object after another; knows the next free key.
class ObjectWriter {
 public:
  static Result<ObjectWriter> make(Session& session) {
    PARLEY_TRY(Lease last, session.connection->use("SELECT max(key) FROM object"));
    PARLEY_TRY(const bool row, last->step());
    return ObjectWriter(session, row ? last->integer(0) + 1 : 1);
  }

  Result<state::Outcome> put(const state::NewObject& object, state::Remarking remarking) {
    const Result<std::int64_t> moment = check(object);
    if (!moment) return state::Outcome{Kind::rejected, {}, moment.error().message};
    PARLEY_TRY(const Bytes id, add_id(session_.names, object.id));
    std::int64_t anchor = 0;
    {
      PARLEY_TRY(Lease versions,
                 session_.connection->use("SELECT key, anchor, moment FROM object WHERE id = ?1"));
      versions->bind(1, BytesView(id));
      for (;;) {
        PARLEY_TRY(const bool row, versions->step());
        if (!row) break;
        anchor = versions->integer(1) != 0 ? versions->integer(1) : versions->integer(0);
        if (versions->integer(2) == *moment)
          return compare(object, state::ObjectKey(anchor), versions->integer(0), remarking);
      }
    }
    PARLEY_CHECK(insert(object, id, *moment, anchor));
    PARLEY_CHECK(insert_references(object));
    const std::int64_t key = next_key_++;
    return state::Outcome{Kind::imported, state::ObjectKey(anchor != 0 ? anchor : key), {}};
  }

 private:
  ObjectWriter(Session& session, std::int64_t next_key) : session_(session), next_key_(next_key) {}

  /// The version is there: the same content, a new marking, or a colliding id.
  Result<state::Outcome> compare(const state::NewObject& object, state::ObjectKey anchor, std::int64_t key,
                                 state::Remarking remarking) {
    state::MarkingCode marking{};
    std::int64_t labels = 0;
    {
      PARLEY_TRY(Lease there,
                 session_.connection->use("SELECT raw, marking, labels FROM object WHERE key = ?1"));
      there->bind(1, key);
      PARLEY_TRY(const bool row, there->step());
      if (!row || !state::same_content(there->text(0), object.raw))
        return state::Outcome{
            Kind::rejected,
            {},
            "colliding ids: another object with this id and version is stored already; give "
            "the newer one a later version"};
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

  Result<void> insert(const state::NewObject& object, BytesView id, std::int64_t moment,
                      std::int64_t anchor) {
    Bytes created_by;
    if (!object.created_by.empty()) {
      PARLEY_TRY(created_by, add_id(session_.names, object.created_by));
    }
    PARLEY_TRY(Lease insert,
               session_.connection->use("INSERT INTO object (key, anchor, id, moment, version, created_by,"
                                        " marking, labels, source, raw)"
                                        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"));
    insert->bind(1, next_key_);
    insert->bind(2, anchor);
    insert->bind(3, id);
    insert->bind(4, moment);
    insert->bind(5, std::string_view(object.version));
    insert->bind(6, BytesView(created_by));
    insert->bind(7, static_cast<std::int64_t>(object.marking));
    insert->bind(8, object.labels.value());
    insert->bind(9, object.source.value());
    insert->bind(10, as_bytes(object.raw));
    return insert->run();
  }

  Result<void> insert_references(const state::NewObject& object) {
    for (const state::Reference& reference : object.references) {
      PARLEY_TRY(const std::int64_t property, session_.names.add(reference.property));
      PARLEY_TRY(const Bytes target, add_id(session_.names, reference.target));
      PARLEY_TRY(Lease insert,
                 session_.connection->use(
                     "INSERT OR IGNORE INTO reference (object, property, target) VALUES (?1, ?2, ?3)"));
      insert->bind(1, next_key_);
      insert->bind(2, property);
      insert->bind(3, BytesView(target));
      PARLEY_CHECK(insert->run());
    }
    return {};
  }

  Session& session_;
  std::int64_t next_key_;
};

}  // namespace

Result<std::vector<state::Outcome>> put_objects(Session& session, std::span<const state::NewObject> objects,
                                                state::Remarking remarking) {
  if (objects.size() > state::max_batch)
    return fail(ErrorKind::bad_input,
                "more than " + std::to_string(state::max_batch) + " objects in a batch");
  PARLEY_TRY(ObjectWriter writer, ObjectWriter::make(session));
  std::vector<state::Outcome> out;
  out.reserve(objects.size());
  for (const state::NewObject& object : objects) {
    PARLEY_TRY(state::Outcome outcome, writer.put(object, remarking));
    out.push_back(std::move(outcome));
  }
  return out;
}

}  // namespace parley::state_sqlite
