#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "state/source.hpp"

namespace parley::state {

/// Largest MISP event that is kept whole, and its summary, in bytes.
inline constexpr std::size_t max_misp_event_bytes = 256U << 20;
inline constexpr std::size_t max_misp_summary_bytes = 1U << 20;

/// A MISP event to store: all of it as one text, and what lists are made from. The store reads neither.
struct NewMispEvent {
  std::string uuid;  ///< 8-4-4-4-12, any case
  SourceId source;
  bool received = false;       ///< a peer gave it: it stands beside our own and that of other peers
  std::int64_t timestamp = 0;  ///< seconds since 1970, as the event says
  bool published = false;
  std::uint64_t attributes = 0;
  std::string summary;
  std::string content;
};

/// An event as it is listed.
struct MispEventEntry {
  std::string uuid;  ///< lower case
  SourceId source;
  bool received = false;
  std::int64_t timestamp = 0;
  bool published = false;
  std::uint64_t attributes = 0;
  std::string summary;
};

struct StoredMispEvent {
  MispEventEntry entry;
  std::string content;
};

/// Where a list goes on: behind this event.
struct MispEventPlace {
  std::int64_t timestamp = 0;
  std::string uuid;  ///< empty: from the first of that timestamp
};

/// MISP events, kept whole. Of several under one UUID, our own comes before those of peers, and of those the
/// one with the latest timestamp; lists show that one alone.
class MispEvents {
 public:
  virtual ~MispEvents() = default;
  /// O(log n) and the event.
  virtual Result<std::optional<StoredMispEvent>> find(std::string_view uuid) const = 0;
  /// Without its content.
  virtual Result<std::optional<MispEventEntry>> find_entry(std::string_view uuid) const = 0;
  /// The first UUID, in byte order, that begins with these digits (8-4-4-4-12 cut off anywhere).
  virtual Result<std::optional<std::string>> first_uuid(std::string_view beginning) const = 0;
  /// What this source (or, for what is our own, any of ours) gave under the UUID: what a new version
  /// replaces.
  virtual Result<std::optional<StoredMispEvent>> find_of(std::string_view uuid, SourceId source,
                                                         bool received) const = 0;
  /// By rising (timestamp, uuid), those behind `after`, at most `limit` (<= max_page).
  virtual Result<std::vector<MispEventEntry>> list(const MispEventPlace& after, std::size_t limit) const = 0;
  /// UUIDs, each once; linear.
  virtual Result<std::uint64_t> count() const = 0;

  /// Puts it in the place of what `find_of` gives. Only within a transaction, else `conflict`.
  virtual Result<void> put(const NewMispEvent& event) = 0;
  /// Takes the event out, from whomever it came; whether there was one.
  virtual Result<bool> erase(std::string_view uuid) = 0;
};

}  // namespace parley::state
