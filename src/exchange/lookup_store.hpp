#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "crypto/hash.hpp"

namespace parley::exchange {

/// The files of look-up sets, by the SHA-256 of their bytes: those that this node built for peers, and those
/// that it downloaded from them. A set tells nothing to whoever has no key, but it is the peer's, so files
/// are private to the node.
class LookupStore {
 public:
  virtual ~LookupStore() = default;
  virtual Result<void> put(const crypto::Hash256& hash, Bytes bytes) = 0;
  /// The bytes of exactly that hash, or nothing: a damaged file is none, and is removed.
  virtual Result<std::shared_ptr<const Bytes>> find(const crypto::Hash256& hash) = 0;
  /// Erases every file whose hash is not among `kept`.
  virtual Result<void> keep_only(const std::vector<crypto::Hash256>& kept) = 0;
};

/// In memory, for a node without a home.
class MemoryLookupStore final : public LookupStore {
 public:
  Result<void> put(const crypto::Hash256& hash, Bytes bytes) override;
  Result<std::shared_ptr<const Bytes>> find(const crypto::Hash256& hash) override;
  Result<void> keep_only(const std::vector<crypto::Hash256>& kept) override;
  std::size_t size() const { return files_.size(); }

 private:
  std::map<crypto::Hash256, std::shared_ptr<const Bytes>> files_;
};

/// DIRECTORY/HASH.set, mode 0600, written beside and renamed. The file that was used last stays in memory, so
/// that a look-up does not read and hash it each time.
class FileLookupStore final : public LookupStore {
 public:
  /// The directory is made when the first file is put.
  explicit FileLookupStore(std::string directory) : directory_(std::move(directory)) {}
  Result<void> put(const crypto::Hash256& hash, Bytes bytes) override;
  Result<std::shared_ptr<const Bytes>> find(const crypto::Hash256& hash) override;
  Result<void> keep_only(const std::vector<crypto::Hash256>& kept) override;

 private:
  std::string path(const crypto::Hash256& hash) const;

  std::string directory_;
  crypto::Hash256 last_hash_{};
  std::shared_ptr<const Bytes> last_;
};

}  // namespace parley::exchange
