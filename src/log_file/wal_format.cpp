#include "log_file/wal_format.hpp"

#include <algorithm>
#include <cstring>

#include "crypto/hash.hpp"

namespace parley::log_file {
namespace {

constexpr ByteArray<16> magic = {'p', 'a', 'r', 'l', 'e', 'y', '-', 'w', 'a', 'l', '/', '1', '\n', 0, 0, 0};
constexpr ByteArray<4> record_magic = {0xF0, 'P', 'W', 'R'};
constexpr std::size_t checked_bytes = 24;
constexpr std::size_t check_bytes = record_header_bytes - checked_bytes;

ByteArray<check_bytes> header_check(const Salt& salt, BytesView checked) {
  ByteArray<sizeof(Salt) + checked_bytes> input;
  std::copy(salt.begin(), salt.end(), input.begin());
  std::copy(checked.begin(), checked.end(), input.begin() + sizeof(Salt));
  const crypto::Hash256 hash = crypto::sha256(input);
  ByteArray<check_bytes> out;
  std::copy_n(hash.begin(), out.size(), out.begin());
  return out;
}

}  // namespace

Bytes make_wal_header(const Salt& salt) {
  Bytes out;
  append(out, magic);
  append(out, salt);
  append(out, crypto::sha256(out));
  return out;
}

std::optional<Salt> parse_wal_header(BytesView bytes) {
  if (bytes.size() < wal_header_bytes) return std::nullopt;
  Salt salt;
  std::copy_n(bytes.begin() + magic.size(), salt.size(), salt.begin());
  if (!std::ranges::equal(make_wal_header(salt), bytes.first(wal_header_bytes))) return std::nullopt;
  return salt;
}

Chain first_chain(BytesView wal_header) {
  return crypto::sha256(wal_header);
}

Bytes make_record(const Salt& salt, const Chain& before, log::TreeSize size, std::span<const Bytes> entries,
                  BytesView checkpoint) {
  std::size_t entries_bytes = 0;
  for (const Bytes& entry : entries) entries_bytes += 2 + entry.size();
  Bytes out;
  out.reserve(record_header_bytes + entries_bytes + checkpoint.size() + chain_bytes);
  append(out, record_magic);
  append_u32(out, static_cast<std::uint32_t>(entries.size()));
  append_u64(out, size.value());
  append_u32(out, static_cast<std::uint32_t>(entries_bytes));
  append_u32(out, static_cast<std::uint32_t>(checkpoint.size()));
  append(out, header_check(salt, out));
  for (const Bytes& entry : entries) {
    append_u16(out, static_cast<std::uint16_t>(entry.size()));
    append(out, entry);
  }
  append(out, checkpoint);
  append(out, next_chain(before, out));
  return out;
}

std::optional<RecordHeader> parse_record_header(const Salt& salt, BytesView bytes) {
  bytes = bytes.first(record_header_bytes);
  if (!std::equal(record_magic.begin(), record_magic.end(), bytes.begin())) return std::nullopt;
  const ByteArray<check_bytes> check = header_check(salt, bytes.first(checked_bytes));
  if (!std::equal(check.begin(), check.end(), bytes.begin() + checked_bytes)) return std::nullopt;
  ByteReader reader(bytes.subspan(record_magic.size()));
  RecordHeader header;
  const auto entries = reader.u32();
  const auto first = reader.u64();
  const auto entries_bytes = reader.u32();
  const auto checkpoint_bytes = reader.u32();
  if (!entries || !first || !entries_bytes || !checkpoint_bytes) return std::nullopt;
  header = {*entries, *first, *entries_bytes, *checkpoint_bytes};
  if (header.entries > log::max_entries_per_append || header.checkpoint_bytes == 0 ||
      header.checkpoint_bytes > log::max_checkpoint_bytes ||
      header.entries_bytes > log::max_bytes_per_append + 2 * log::max_entries_per_append)
    return std::nullopt;
  return header;
}

Chain next_chain(const Chain& before, BytesView header_and_body) {
  crypto::Sha256 hash;
  hash.update(before).update(header_and_body);
  return hash.finish();
}

}  // namespace parley::log_file
