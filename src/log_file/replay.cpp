#include "log_file/replay.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "crypto/hash.hpp"

namespace parley::log_file {
namespace {

std::unexpected<Error> damaged(std::uint64_t offset, const std::string& what) {
  return fail(ErrorKind::internal,
              "the ledger is damaged: " + what + ". Nothing was changed; restore the file from a copy",
              "wal, byte " + std::to_string(offset));
}

/// Adds the entries of a record whose chain was checked.
Result<void> add_record(Contents& contents, const RecordHeader& header, BytesView body,
                        std::uint64_t offset) {
  ByteReader reader(body.first(header.entries_bytes));
  for (std::uint32_t i = 0; i < header.entries; ++i) {
    const std::uint64_t at = offset + record_header_bytes + reader.offset();
    const auto length = reader.u16();
    if (!length) return damaged(at, "an entry is cut short");
    const auto entry = reader.take(*length);
    if (!entry) return damaged(at, "an entry is cut short");
    contents.offsets.push_back(at);
    contents.leaves.push_back(hash_leaf(*entry));
  }
  if (!reader.at_end()) return damaged(offset, "a record has bytes that belong to no entry");
  contents.checkpoint = to_bytes(body.subspan(header.entries_bytes));
  return {};
}

/// Whether a record header that verifies stands anywhere in [from, size).
Result<bool> record_follows(const File& file, const Salt& salt, std::uint64_t from, std::uint64_t size) {
  constexpr std::size_t window = 1U << 20;
  Bytes buffer(window + record_header_bytes - 1);
  while (from + record_header_bytes <= size) {
    PARLEY_TRY(const std::size_t got, file.read_at(from, buffer));
    if (got < record_header_bytes) break;
    for (std::size_t i = 0; i + record_header_bytes <= got; ++i)
      if (buffer[i] == 0xF0 && parse_record_header(salt, BytesView(buffer).subspan(i))) return true;
    from += got - (record_header_bytes - 1);
  }
  return false;
}

}  // namespace

log::LeafHash hash_leaf(BytesView entry) {
  thread_local crypto::Sha256 hash;
  constexpr ByteArray<1> prefix = {0x00};
  hash.update(prefix).update(entry);
  return hash.finish();
}

Result<Contents> replay(const File& file, const Salt& salt, BytesView header) {
  PARLEY_TRY(const std::uint64_t size, file.size());
  Contents contents;
  contents.chain = first_chain(header);
  contents.end = wal_header_bytes;
  Bytes buffer;
  while (contents.end < size) {
    const std::uint64_t offset = contents.end;
    const std::uint64_t left = size - offset;
    buffer.resize(std::min<std::uint64_t>(left, record_header_bytes));
    PARLEY_TRY(const std::size_t head, file.read_at(offset, buffer));
    const auto record = head == record_header_bytes ? parse_record_header(salt, buffer) : std::nullopt;
    if (record && record->first_index != contents.leaves.size())
      return damaged(offset, "a record stands where another belongs");
    if (record && record->record_bytes() <= left) {
      buffer.resize(record->record_bytes());
      PARLEY_TRY(const std::size_t got, file.read_at(offset, buffer));
      if (got != buffer.size())
        return fail(ErrorKind::internal, "the ledger's file shrank while it was read");
      const BytesView whole(buffer);
      const Chain chain = next_chain(contents.chain, whole.first(whole.size() - chain_bytes));
      if (std::ranges::equal(chain, whole.last(chain_bytes))) {
        PARLEY_CHECK(
            add_record(contents, *record, whole.subspan(record_header_bytes, record->body_bytes()), offset));
        contents.chain = chain;
        contents.end += buffer.size();
        continue;
      }
      // Only one append is ever on its way, and nothing is written behind a record that is not whole.
      if (record->record_bytes() < left) return damaged(offset, "a record does not match its hash");
    }
    PARLEY_TRY(const bool follows, record_follows(file, salt, offset + 1, size));
    if (follows) return damaged(offset, "a record is broken and whole ones follow it");
    break;
  }
  return contents;
}

}  // namespace parley::log_file
