#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "intel/marking.hpp"
#include "intel/selector.hpp"

namespace parley::intel {

/// Bounds on one STIX object. Its size is bounded where it is cut out of its file (`encoding::SplitLimits`).
struct StixLimits {
  std::size_t max_bytes = 16U << 20U;   ///< of one object
  std::size_t max_depth = 64;           ///< nested arrays and objects
  std::size_t max_values = 4'000'000;   ///< values and names, counted by the marks `,` `:` `[` `{`
  std::size_t max_references = 50'000;  ///< ids in `*_ref` and `*_refs` (a report may name thousands)
  std::size_t max_selectors = 10'000;   ///< from one pattern or one object; more are dropped with a warning
  std::size_t max_id_bytes = 300;       ///< of an id: type (250 at most by STIX 2.1 section 2.9) and UUID
};

/// One reference from an object to another.
struct StixReference {
  std::string
      property;  ///< "source_ref", "object_refs", "/extensions/…/src_ref" for nested ones: the last name only
  std::string id;
  auto operator<=>(const StixReference&) const = default;
};

/// What this node needs to know of one STIX object (2.1 or 2.0; SDO, SCO, SRO, meta object or custom). The
/// bytes themselves are `raw`, exactly as they came: unknown properties and their order are not lost.
struct StixObject {
  std::string id;
  std::string type;
  std::string spec_version;  ///< "2.1", or empty when the object carries none (STIX 2.0, or an SCO without)
  /// What distinguishes the versions of one id: `modified`, else `created`, as written; empty for objects
  /// that are not versioned (SCO, marking-definition).
  std::string version;
  std::string created;
  std::string modified;
  std::string created_by;  ///< `created_by_ref`
  bool revoked = false;
  /// Its source says that it has not published it (yet): a MISP event whose `published` is not true. STIX has
  /// no word for it.
  bool unpublished = false;
  std::vector<std::string> marking_refs;  ///< `object_marking_refs`, as written
  std::vector<std::string> labels;        ///< `labels`; for MISP the names of the tags
  /// Every `*_ref` and `*_refs` at any depth, `created_by_ref` and `sighting_of_ref` included, in order of
  /// appearance; `object_marking_refs` and the `marking_ref` of granular markings are not among them (see
  /// `marking_refs`).
  std::vector<StixReference> refs;
  /// All markings taken together: object markings, and granular ones as if they marked the whole object.
  /// References that are not TLP definitions count as unknown until `resolve_marking` knows them.
  Marking marking;
  /// What of the markings could be read from the object alone; `marking` is this and what `resolve_marking`
  /// found, or unknown while `unresolved_markings` is not empty.
  Marking own_marking;
  /// Marking refs (object and granular) that are not TLP 1.0 or 2.0 definitions: what `resolve_marking` asks
  /// for.
  std::vector<std::string> unresolved_markings;
  /// For a marking-definition: what it says. An object that it marks gets this through `resolve_marking`.
  std::optional<Marking> defines;
  /// Canonical selectors, sorted, each once.
  std::vector<Selector> selectors;
  /// An indicator whose pattern is not equality comparisons joined by AND and OR (or is not STIX, or is
  /// broken).
  bool pattern_not_atomic = false;
  /// Things that are odd but do not make the object unusable; each a short sentence.
  std::vector<std::string> warnings;
  /// When it was seen: `first_seen`, `first_observed` or `valid_from`; `last_seen` or `last_observed`.
  std::optional<Timestamp> first_seen;
  std::optional<Timestamp> last_seen;
  std::string raw;
};

/// Reads STIX objects one after another, with one JSON parser and its memory used again. Not for two threads
/// at a time.
///
/// Errors (all `bad_input`, `where` a JSON pointer inside the object when there is one): not one JSON object,
/// invalid UTF-8, a duplicate key at any depth, too deep, too large; no usable `type` or `id`, or an id of
/// another type; in an object that says STIX 2.1, an SDO, SRO or language-content without `created` and
/// `modified`, or with times that are none. An object without `spec_version` is read as STIX 2.0 (or as an
/// SCO) and needs only `type` and `id`; what else is odd is a warning. Markings of the wrong shape make the
/// marking unknown. A label "tlp:…" counts like a marking. Linear in the size.
class StixReader {
 public:
  explicit StixReader(const StixLimits& limits = {});
  ~StixReader();
  StixReader(StixReader&&) noexcept;
  StixReader& operator=(StixReader&&) noexcept;

  Result<StixObject> read(std::string_view raw);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// `StixReader{}.read(raw)`: for the one object now and then.
Result<StixObject> read_stix_object(std::string_view raw);

/// Looks up a marking-definition by id: what it says, or nothing when it is not known here.
class MarkingLookup {
 public:
  virtual ~MarkingLookup() = default;
  virtual std::optional<Marking> find(std::string_view marking_id) const = 0;
};

/// Recomputes `object.marking` from what is known now. Definitions may come after the objects they mark, so
/// the importer calls this (the `ItemReader` does it for one file) once more when a file has ended.
/// References that are still unknown leave the marking unknown, so that the object never leaves; true when
/// all are known.
bool resolve_marking(StixObject& object, const MarkingLookup& known);

/// Whether `id` is `type--uuid` with a type name of STIX 2.1 section 2.9 (underscores and capitals are let
/// through, as real producers use them) and a UUID in the 8-4-4-4-12 form.
bool is_stix_id(std::string_view id);

/// A STIX 2.1 cyber-observable object for a selector, marked with the TLP 2.0 definition of `level`: compact
/// JSON with the deterministic id of STIX 2.1 section 2.9, so that equal selectors give equal ids everywhere.
/// Types that STIX has no observable for (iban, btc, phone, cve …) become `x-parley-selector` with
/// `selector_type` and `value`; its id is a UUIDv5 in a namespace of Parley's own. `level` nothing: no
/// marking (the object never leaves).
std::string make_sco(const Selector& selector, std::optional<TlpLevel> level);

}  // namespace parley::intel
