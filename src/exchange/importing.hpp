#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/node.hpp"
#include "intel/marking.hpp"
#include "intel/reader.hpp"
#include "intel/warninglist.hpp"

namespace parley::intel {
struct StixObject;
}
namespace parley::state {
struct NewObject;
struct Outcome;
struct Source;
class Transaction;
}  // namespace parley::state

namespace parley::exchange {

/// An object that an import has just put into the store (or that the store did not take, as `outcome` says).
struct ImportedObject {
  std::string_view where;
  const state::NewObject* object = nullptr;
  const state::Outcome* outcome = nullptr;
  const std::vector<std::string>* labels = nullptr;
  bool spec20 = false;               ///< STIX 2.0
  std::optional<Timestamp> created;  ///< of its `created`
};
/// Called within the transaction that stores them.
using ImportedObjects =
    std::function<Result<void>(state::Transaction&, const state::Source&, std::span<const ImportedObject>)>;

struct ImportOptions {
  intel::InputFormat format = intel::InputFormat::automatic;
  /// The level of what carries no marking. Without it such items are kept and never leave.
  std::optional<intel::TlpLevel> tlp;
  std::string open_case;  ///< not empty: held out of every match until the case is closed
  /// The source has not published it: held out of matches by default. What a MISP event says of itself counts
  /// besides.
  bool unpublished = false;
  /// It has, whatever the file says of itself: an export of published events may still say `false`.
  bool published = false;
  std::vector<std::string> labels;  ///< put on values that have no object
  /// Origin of the peer that delivered it; empty for our own. The source is then that peer, and everything
  /// carries the store's label for it, by which the gate knows what is not ours to pass on.
  std::string received_from;
  std::string source_kind = "file";  ///< of what is our own: "file", "taxii"
  /// Objects of STIX 2.0 become objects of STIX 2.1, and the bytes that came are kept beside them
  /// (import_stix20.hpp). Without it they are stored as they are.
  bool convert_stix20 = false;
  ImportedObjects on_objects;  ///< may be empty
  /// Objects of one transaction at most; smaller ones let the node do other things sooner.
  std::size_t batch_objects = 16'384;
  /// `feed` only takes the bytes; `go_on` does the work, a batch at a time. Not with `on_objects` or
  /// `refuse`.
  bool in_turns = false;
  /// Why an object is not to be stored; may be empty. For sources whose objects must be valid.
  std::function<std::optional<std::string>(std::string_view where, const intel::StixObject&)> refuse;
};

/// An item that was not imported, and why.
struct ImportReject {
  std::string where;      ///< file and line, or file and JSON pointer
  std::string why;        ///< what is wrong, or the list or rule that held it back
  std::string held_back;  ///< "warninglist" or "off_limits"; empty for a reject
};

/// Exact counts, per item: found = imported + unchanged + held_back_warninglist + held_back_off_limits +
/// rejected.
struct ImportReport {
  static constexpr std::size_t inline_rejects = 1000;

  std::uint64_t files = 0;
  std::uint64_t found = 0;
  std::uint64_t imported = 0;   ///< new, or something about it changed
  std::uint64_t unchanged = 0;  ///< held already, the same in every respect
  std::uint64_t held_back_warninglist = 0;
  std::uint64_t held_back_off_limits = 0;
  std::uint64_t rejected = 0;
  std::vector<ImportReject> rejects;               ///< the first `inline_rejects` that were rejected
  std::map<std::string, std::uint64_t> selectors;  ///< taken from imported and unchanged items, by type
  std::uint64_t patterns_not_atomic = 0;
  std::uint64_t without_marking = 0;  ///< items that will never leave for want of a marking
  std::uint64_t unpublished =
      0;  ///< items that take no part in matches, for their source has not published them
  /// MISP events: new, replaced by a later version, unchanged, older than what is held and under its
  /// timestamp changed (of both nothing was taken; of the latter every attribute is a reject), not kept
  /// whole.
  std::array<std::uint64_t, 6> misp_events{};

  /// Whether nothing at all could be read.
  bool nothing_readable() const { return found == rejected; }
  encoding::Json to_json() const;
};

/// Reads files into the store. Fed chunk by chunk, so that a command can give way between chunks; memory is
/// bounded whatever the size of the file.
///
/// An item that a warninglist or an off-limits rule holds back leaves its object in the store, byte for byte,
/// but no holding: it is found again by id and never enters a match.
///
/// Crash story: batches, or several together, are committed whole, buffered; `finish` returns after a synced
/// commit. A crash before loses whole batches from the end, and the same import run again counts the rest as
/// unchanged.
class Import {
 public:
  using RejectSink = std::function<void(const ImportReject&)>;

  /// `warninglists` is borrowed. `on_reject` gets every item that was rejected or held back; may be empty.
  Import(Node& node, ImportOptions options, const intel::WarninglistSet& warninglists, RejectSink on_reject);
  ~Import();
  Import(Import&&) noexcept;

  /// What one commit takes of an import that has the store to itself. Every commit writes each page of an
  /// index that was touched, and values that come in no order touch nearly all of them.
  static constexpr std::size_t commit_bytes = 64U << 20;
  /// Nobody else writes to the store until `finish` or the end of this object: a commit waits for so many
  /// bytes of what is read, or for the end of the file.
  void take_store_alone(std::size_t bytes = commit_bytes);

  /// `name` is the source: the same name again is the same source. `path` is for people.
  Result<void> begin_file(const std::string& name, const std::string& path);
  Result<void> feed(BytesView chunk);
  /// Of an import in turns: stores one batch while it reads the next; whether all that was fed is done, as it
  /// must be before `end_file`.
  Result<bool> go_on();
  Result<void> end_file();
  /// A file that could not be opened at all: one reject.
  void count_unreadable(const std::string& name, const std::string& why);
  /// Returns when everything is durable.
  Result<ImportReport> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::exchange
