#pragma once

#include <optional>
#include <vector>

#include "crypto/hash.hpp"
#include "log/log.hpp"
#include "merkle/tree.hpp"

namespace parley::ledger {

/// A log in memory: for tests, and for a ledger that nobody needs to find again.
class MemoryLog final : public log::Log {
 public:
  Result<log::LeafIndex> append(std::span<const Bytes> entries, BytesView signed_checkpoint) override {
    if (failed_) return fail(ErrorKind::conflict, "the log needs an audit");
    PARLEY_CHECK(log::check_append(entries, signed_checkpoint));
    if (fail_next_) {
      failed_ = true;
      return fail(ErrorKind::internal, "the disk failed");
    }
    const log::LeafIndex first(entries_.size());
    for (const Bytes& entry : entries) {
      entries_.push_back(entry);
      hashes_.push_back(merkle::leaf_hash(entry));
    }
    checkpoint_.assign(signed_checkpoint.begin(), signed_checkpoint.end());
    return first;
  }
  Result<Bytes> entry(log::LeafIndex index) const override {
    if (index.value() >= entries_.size()) return fail(ErrorKind::not_found, "no such entry");
    return entries_[index.value()];
  }
  const log::LeafHash& leaf_hash(log::LeafIndex index) const override { return hashes_[index.value()]; }
  log::TreeSize size() const override { return log::TreeSize(entries_.size()); }
  const Bytes& last_checkpoint() const override { return checkpoint_; }
  bool needs_audit() const override { return failed_; }

  /// For tests of damage: what the disk holds, to be changed at will.
  std::vector<Bytes>& entries() { return entries_; }
  Bytes& stored_checkpoint() { return checkpoint_; }
  void fail_next_append() { fail_next_ = true; }

 private:
  std::vector<Bytes> entries_;
  std::vector<log::LeafHash> hashes_;
  Bytes checkpoint_;
  bool fail_next_ = false;
  bool failed_ = false;
};

}  // namespace parley::ledger
