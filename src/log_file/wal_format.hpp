#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.hpp"
#include "log/log.hpp"

/// The bytes of the file `wal` (docs/spec/storage.md, section "Write-ahead log"). Integers are big-endian.
///
///   file header  | "parley-wal/1\n\0\0\0" (16) | salt (16) | SHA-256 of the 32 bytes before (32)
///   record       | header (32) | entries: each u16 length and bytes | checkpoint | chain (32)
///   its header   | F0 'P' 'W' 'R' | u32 entries | u64 index of the first | u32 bytes of the entries part |
///                | u32 bytes of the checkpoint | first 8 bytes of SHA-256(salt ‖ the 24 bytes before)
///   chain        | SHA-256(chain of the record before, or SHA-256 of the file header ‖ header ‖ … ‖
///   checkpoint)
///
/// The header's own check tells a torn tail from damage in the middle: a header that verifies somewhere after
/// a broken record proves that the broken one was complete once. It is keyed by the salt of the file so that
/// nobody can place a header inside an entry.
namespace parley::log_file {

inline constexpr std::size_t wal_header_bytes = 64;
inline constexpr std::size_t record_header_bytes = 32;
inline constexpr std::size_t chain_bytes = 32;
/// Longest record: what the limits of the log allow.
inline constexpr std::size_t max_record_bytes = record_header_bytes + log::max_bytes_per_append +
                                                2 * log::max_entries_per_append + log::max_checkpoint_bytes +
                                                chain_bytes;

using Salt = ByteArray<16>;
using Chain = ByteArray<chain_bytes>;

struct RecordHeader {
  std::uint32_t entries = 0;
  std::uint64_t first_index = 0;
  std::uint32_t entries_bytes = 0;
  std::uint32_t checkpoint_bytes = 0;

  std::size_t body_bytes() const { return std::size_t{entries_bytes} + checkpoint_bytes; }
  std::size_t record_bytes() const { return record_header_bytes + body_bytes() + chain_bytes; }
};

Bytes make_wal_header(const Salt& salt);
/// The salt, or nothing if these are not the bytes of a file header.
std::optional<Salt> parse_wal_header(BytesView bytes);
/// The chain value before the first record.
Chain first_chain(BytesView wal_header);

/// A whole record.
Bytes make_record(const Salt& salt, const Chain& before, log::TreeSize size, std::span<const Bytes> entries,
                  BytesView checkpoint);
/// A header whose check and limits hold, or nothing. `bytes` holds at least `record_header_bytes`.
std::optional<RecordHeader> parse_record_header(const Salt& salt, BytesView bytes);
/// SHA-256(before ‖ record without its chain).
Chain next_chain(const Chain& before, BytesView header_and_body);

}  // namespace parley::log_file
