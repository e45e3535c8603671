#pragma once

#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "log/log.hpp"
#include "log_file/disk.hpp"
#include "log_file/wal_format.hpp"

namespace parley::log_file {

/// What a log file holds, as far as it is whole.
struct Contents {
  std::vector<std::uint64_t> offsets;  ///< of the u16 length in front of each entry
  std::vector<log::LeafHash> leaves;
  Bytes checkpoint;
  Chain chain{};
  std::uint64_t end = 0;  ///< of the last whole record; bytes behind it are a torn tail
};

/// Reads all records of a file whose header was checked. A broken record that others follow is damage, an
/// error; one at the end is a torn tail and left out.
Result<Contents> replay(const File& file, const Salt& salt, BytesView header);

/// SHA-256(0x00 ‖ entry).
log::LeafHash hash_leaf(BytesView entry);

}  // namespace parley::log_file
