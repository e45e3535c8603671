#include "log/log.hpp"

#include <string>

namespace parley::log {

Result<void> check_append(std::span<const Bytes> entries, BytesView signed_checkpoint) {
  if (signed_checkpoint.empty())
    return fail(ErrorKind::bad_input, "an append needs the signed checkpoint that covers it");
  if (signed_checkpoint.size() > max_checkpoint_bytes)
    return fail(ErrorKind::bad_input,
                "the checkpoint is longer than " + std::to_string(max_checkpoint_bytes) + " bytes");
  if (entries.size() > max_entries_per_append)
    return fail(ErrorKind::bad_input,
                "more than " + std::to_string(max_entries_per_append) + " entries in one append: split it");
  std::size_t total = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].size() > max_entry_bytes)
      return fail(ErrorKind::bad_input,
                  "an entry is longer than " + std::to_string(max_entry_bytes) + " bytes",
                  "entry " + std::to_string(i));
    total += entries[i].size();
  }
  if (total > max_bytes_per_append)
    return fail(ErrorKind::bad_input, "more than " + std::to_string(max_bytes_per_append) +
                                          " bytes of entries in one append: split it");
  return {};
}

}  // namespace parley::log
