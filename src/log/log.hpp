#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/strong.hpp"

namespace parley::log {

/// The place of an entry, counted from 0, and the number of entries.
using LeafIndex = Strong<struct LeafIndexTag, std::uint64_t>;
using TreeSize = Strong<struct TreeSizeTag, std::uint64_t>;
/// SHA-256(0x00 ‖ entry), RFC 6962 section 2.1.
using LeafHash = ByteArray<32>;

/// Longest entry: C2SP tlog-tiles writes its length in two bytes.
inline constexpr std::size_t max_entry_bytes = 65'535;
/// Longest signed checkpoint, cosignatures included.
inline constexpr std::size_t max_checkpoint_bytes = 65'536;
/// Most entries, and most bytes of entries, in one append.
inline constexpr std::size_t max_entries_per_append = 65'536;
inline constexpr std::size_t max_bytes_per_append = 64U << 20;

/// The append-only file of a ledger: entries and the checkpoint that covers them, and nothing else.
///
/// Owned by the ledger, which decides what an entry and a checkpoint are; a driver only keeps bytes.
/// Promise: an append that returned a value survives a power cut, whole; one that returned an error, or
/// never returned, is either wholly there after the next open or not at all. The checkpoint travels in the
/// same write as its entries, so no stored checkpoint ever covers an entry that is not stored.
///
/// After any failed write or sync the log refuses every later append (`needs_audit`): what the kernel then
/// shows of the file is not what the disk holds, so nothing is read back to go on from. The way on is to
/// open the log again, which replays the file from the disk with every hash checked.
///
/// One thread at a time.
class Log {
 public:
  virtual ~Log() = default;

  /// Appends entries and the checkpoint that covers them in one write and one sync, and returns the index of
  /// the first. Without entries it replaces the checkpoint alone (later cosignatures of the same tree).
  /// `bad_input`: a limit above is exceeded, or the checkpoint is empty; nothing changed.
  /// `conflict`: `needs_audit()`. `internal`: the disk failed; from now on `needs_audit()`.
  virtual Result<LeafIndex> append(std::span<const Bytes> entries, BytesView signed_checkpoint) = 0;

  /// The bytes of an entry, compared with its leaf hash on the way out. `not_found` beyond the end,
  /// `internal` when the disk failed or the bytes are no longer those that were appended.
  virtual Result<Bytes> entry(LeafIndex index) const = 0;

  /// The leaf hash of an entry, from memory; `index` must be below `size()`.
  virtual const LeafHash& leaf_hash(LeafIndex index) const = 0;

  virtual TreeSize size() const = 0;

  /// The checkpoint of the last append, empty in a log that has none.
  virtual const Bytes& last_checkpoint() const = 0;

  /// Whether a write or a sync failed since the log was opened.
  virtual bool needs_audit() const = 0;
};

/// What every driver checks before it writes.
Result<void> check_append(std::span<const Bytes> entries, BytesView signed_checkpoint);

}  // namespace parley::log
