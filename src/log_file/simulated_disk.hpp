#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "log_file/disk.hpp"

namespace parley::log_file {

/// A disk for tests that forgets, tears and fails as real ones do. It outlives the `Disk`s made from it,
/// so that a test can cut the power and open again.
///
/// A write is visible at once and durable after the next successful `sync` of its file. A power cut keeps,
/// for each write that was not synced, each 512-byte sector or not, as a seeded coin falls; the size may
/// have grown without its bytes (they read as zeros). A failed sync leaves its writes visible but never
/// durable, whatever is synced later: what Linux does.
class SimulatedDisk {
 public:
  static constexpr std::size_t sector = 512;

  struct Write {
    std::uint64_t offset = 0;
    Bytes bytes;
    bool cut = false;  ///< the file ends at `offset` instead
  };
  struct Node {
    Bytes seen;     ///< what reads return
    Bytes durable;  ///< what the platters hold
    std::vector<Write> pending;
    bool named = false;  ///< its name in the directory is durable
  };
  /// What fails from now on, counted in calls; negative: never.
  struct Faults {
    int fail_sync_in = -1;
    int fail_write_in = -1;         ///< after half of it went through
    std::uint64_t full_at = ~0ULL;  ///< bytes of a file that the disk takes
  };

  explicit SimulatedDisk(std::uint64_t seed) : state_(std::make_shared<State>(seed)) {}

  std::unique_ptr<Disk> disk() { return std::make_unique<Handle>(state_); }
  Faults& faults() { return state_->faults; }
  Node& node(const std::string& name) { return state_->nodes[name]; }
  bool has(const std::string& name) const { return state_->nodes.contains(name); }
  void remove(const std::string& name) { state_->nodes.erase(name); }

  void power_cut() {
    state_->faults = {};
    for (auto it = state_->nodes.begin(); it != state_->nodes.end();) {
      Node& node = it->second;
      if (!node.named && state_->coin()) {
        it = state_->nodes.erase(it);
        continue;
      }
      for (const Write& write : node.pending) state_->tear(node.durable, write);
      node.pending.clear();
      node.seen = node.durable;
      node.named = true;
      ++it;
    }
  }

 private:
  struct State {
    explicit State(std::uint64_t seed) : random(seed) {}
    std::map<std::string, Node> nodes;
    Faults faults;
    std::mt19937_64 random;

    bool coin() { return (random() & 1) != 0; }

    void tear(Bytes& durable, const Write& write) {
      const std::uint64_t fate = random() % 4;
      if (fate == 0) return;
      if (write.cut) {
        apply(durable, write);
        return;
      }
      for (std::size_t at = 0; at < write.bytes.size();) {
        const std::uint64_t offset = write.offset + at;
        const std::size_t n = std::min<std::size_t>(sector - offset % sector, write.bytes.size() - at);
        if (fate == 1 || coin())
          put(durable, offset, BytesView(write.bytes).subspan(at, n));
        else if (coin() && durable.size() < offset + n)
          durable.resize(offset + n);
        at += n;
      }
    }
  };

  static void apply(Bytes& file, const Write& write) {
    if (write.cut)
      file.resize(write.offset);
    else
      put(file, write.offset, write.bytes);
  }
  /// A fault's turn comes when its count has run down to nothing; below it is off.
  static bool is_due(int& count) {
    if (count < 0) return false;
    --count;
    return count < 0;
  }
  static void put(Bytes& file, std::uint64_t offset, BytesView bytes) {
    if (file.size() < offset + bytes.size()) file.resize(offset + bytes.size());
    std::copy(bytes.begin(), bytes.end(), file.begin() + static_cast<std::ptrdiff_t>(offset));
  }

  class Handle;
  class OpenFile final : public File {
   public:
    OpenFile(std::shared_ptr<State> state, std::string name)
        : state_(std::move(state)), name_(std::move(name)) {}

    Result<std::uint64_t> size() const override { return node().seen.size(); }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) const override {
      const Bytes& seen = node().seen;
      if (offset >= seen.size()) return std::size_t{0};
      const std::size_t n = std::min<std::size_t>(out.size(), seen.size() - offset);
      std::copy_n(seen.begin() + static_cast<std::ptrdiff_t>(offset), n, out.begin());
      return n;
    }
    Result<void> write_at(std::uint64_t offset, BytesView bytes) override {
      const bool full = offset + bytes.size() > state_->faults.full_at;
      const bool fails = is_due(state_->faults.fail_write_in);
      if (full || fails) bytes = bytes.first(bytes.size() / 2);
      put(node().seen, offset, bytes);
      node().pending.push_back({offset, to_bytes(bytes), false});
      if (full) return fail(ErrorKind::internal, "cannot write: No space left on device", name_);
      if (fails) return fail(ErrorKind::internal, "cannot write: Input/output error", name_);
      return {};
    }
    Result<void> truncate(std::uint64_t size) override {
      node().seen.resize(size);
      node().pending.push_back({size, {}, true});
      return {};
    }
    Result<void> sync() override {
      if (is_due(state_->faults.fail_sync_in)) {
        // Torn at random now, and clean in memory: no later sync writes the rest.
        for (const Write& write : node().pending) state_->tear(node().durable, write);
        node().pending.clear();
        return fail(ErrorKind::internal, "cannot sync to the disk: Input/output error", name_);
      }
      for (const Write& write : node().pending) apply(node().durable, write);
      node().pending.clear();
      return {};
    }
    void forget_cached() override {
      node().seen = node().durable;
      for (const Write& write : node().pending) apply(node().seen, write);
    }

   private:
    Node& node() const { return state_->nodes[name_]; }
    std::shared_ptr<State> state_;
    std::string name_;
  };

  class Handle final : public Disk {
   public:
    explicit Handle(std::shared_ptr<State> state) : state_(std::move(state)) {}
    Result<std::unique_ptr<File>> open(std::string_view name) override {
      state_->nodes.try_emplace(std::string(name));
      return std::make_unique<OpenFile>(state_, std::string(name));
    }
    Result<void> sync() override {
      for (auto& [name, node] : state_->nodes) node.named = true;
      return {};
    }
    std::string where() const override { return "simulated disk"; }

   private:
    std::shared_ptr<State> state_;
  };

  std::shared_ptr<State> state_;
};

}  // namespace parley::log_file
