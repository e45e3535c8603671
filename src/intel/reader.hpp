#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "intel/marking.hpp"
#include "intel/selector.hpp"
#include "intel/stix.hpp"

namespace parley::intel {

/// What a file is. `automatic` looks at its first bytes and its name.
enum class InputFormat { automatic, stix, misp, csv, list };

std::optional<InputFormat> parse_input_format(
    std::string_view name);  ///< "auto", "stix", "misp", "csv", "list"
std::string_view input_format_name(InputFormat format);

/// Bounds on what is read. Memory stays below about four times `max_object_bytes` for the largest object
/// (ordinary ones take a hundredth of that), and `max_waiting_bytes` besides, whatever the file.
struct ReaderLimits {
  std::size_t max_object_bytes = 16U << 20U;  ///< of one object or attribute
  std::size_t max_depth = 64;
  std::size_t max_line_bytes = 64U << 10U;     ///< of a line in a list, a record in a CSV file
  std::size_t max_waiting_bytes = 96U << 20U;  ///< of what waits for its marking (see `ItemReader`)
  std::size_t max_member_bytes = 4U << 20U;    ///< of the description of a MISP event
  std::size_t max_event_bytes = 64U << 20U;    ///< of a MISP event that is given as a whole
  /// How many attributes of a MISP event go to the sink in one call, once its end was read; the others go
  /// with `go_on`. 0: all at once.
  std::size_t items_a_turn = 0;
};

/// A value without an object: a line of a list, a row of a CSV file.
struct BareSelector {
  Selector selector;
  Marking marking;  ///< from a column "tlp" of the row; a word there that is no level makes it unknown
};

/// An item that could not be read. It is counted, and nothing of it is imported.
struct Reject {
  std::string why;
};

/// One item of the input, in the order of the file but for what waits (see `ItemReader`).
struct ImportItem {
  std::string where;         ///< "line 12", or "/objects/3 (byte 4711)"
  std::uint64_t offset = 0;  ///< of its first byte in the file; 0 for records of CSV
  /// False for what belongs to items but is none (the description of a MISP event: kept, found again, not
  /// counted).
  bool counted = true;
  std::variant<Reject, StixObject, BareSelector> content;
  std::optional<Timestamp> first_seen;
  std::optional<Timestamp> last_seen;
  /// With the description of a MISP event: all of the event, as one JSON object, its members in their order.
  /// Empty when a part of it could not be read, or it is longer than `max_event_bytes`.
  std::string document;
};

/// Takes the items. An error stops the reader, which passes it on.
class ItemSink {
 public:
  virtual ~ItemSink() = default;
  virtual Result<void> take(ImportItem&& item) = 0;
};

/// Reads one file, chunk by chunk (64 KiB to 1 MiB are good), into items. Every item of the input reaches the
/// sink exactly once, read or rejected, so that found = imported + unchanged + held back + rejected can hold;
/// a truncated file gives all items before the cut and one reject for the rest.
///
/// What is an item: an element of `objects[]` (a bundle, a TAXII envelope), of a bare list of objects, or one
/// object that is the whole file; an attribute of a MISP event, at its top or in one of its objects; a line
/// of a list that is neither blank nor a comment (`#`); a record of a CSV file but its header. Something in
/// the place of an item that is none, or a breach of the file's own grammar between items, is one reject.
///
/// Markings: TLP ids are known at once. An object with another marking ref waits, within `max_waiting_bytes`,
/// for the definition in the same file or, at once, from `known` (the node's store); at the end of the file
/// what is left goes out with `marking.unknown`. When the room is full the oldest go out that way, with a
/// warning. MISP attributes wait in the same room for the tags of their event, which exporters write last. So
/// the sink needs no second look.
///
/// The level of `--tlp` is the caller's: `if (object.marking.is_absent()) object.marking.tlp = level`.
class ItemReader {
 public:
  struct Options {
    InputFormat format = InputFormat::automatic;
    std::string file_name;  ///< helps `automatic`; may be empty
    const MarkingLookup* known =
        nullptr;  ///< definitions from earlier files; may be null; must outlive the reader
    ReaderLimits limits{};
  };

  ItemReader(Options options, ItemSink& sink);
  ~ItemReader();
  ItemReader(ItemReader&&) noexcept;
  ItemReader& operator=(ItemReader&&) noexcept;

  /// Errors: only those of the sink. Bad input is a reject, never an error.
  Result<void> feed(BytesView chunk);
  /// Gives the sink what `ReaderLimits::items_a_turn` has kept back, as much as that at a time; whether that
  /// was all. What is not asked for goes before what comes next, all at once.
  Result<bool> go_on();
  /// The file has ended. `feed` may not be called any more.
  Result<void> finish();

  /// What the file was taken for; `automatic` until enough of it was seen.
  InputFormat format() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::intel
