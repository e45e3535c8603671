#include "ledger/ledger.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "log/log.hpp"
#include "merkle/tile.hpp"

namespace parley::ledger {

struct Ledger::State {
  log::Log* log;
  crypto::SigningKey key;
  LedgerOptions options;
  merkle::Tree tree;
  std::string checkpoint;
  std::optional<Timestamp> last_time;
};

namespace {

std::unexpected<Error> damaged(std::string what) {
  return fail(ErrorKind::conflict, std::move(what));
}

std::string count(std::uint64_t n) {
  return std::to_string(n);
}

/// Reads every leaf, so that one that rotted on the disk is found now and not before a court.
Result<void> replay(const log::Log& log, merkle::Tree& tree, std::optional<Timestamp>& last_time) {
  for (std::uint64_t i = 0; i < log.size().value(); ++i) {
    PARLEY_TRY(const Bytes entry, log.entry(log::LeafIndex(i)));
    auto leaf = record::parse_leaf(entry);
    if (!leaf)
      return damaged("entry " + count(i) + " of the log is not a leaf (" + leaf.error().message +
                     "): restore the log from a copy");
    if (last_time && leaf->time < *last_time)
      return damaged("the time of entry " + count(i) +
                     " lies before the one ahead of it: restore the log from a copy");
    last_time = leaf->time;
    tree.append(merkle::leaf_hash(entry));
  }
  return {};
}

/// Every relation that a log and its stored checkpoint can have. Only one of them may go on.
Result<void> compare(const merkle::Tree& tree, const merkle::Checkpoint& stored) {
  const std::uint64_t have = tree.size().value();
  const std::uint64_t said = stored.size.value();
  if (said > have)
    return damaged("the checkpoint covers " + count(said) + " entries, the log has " + count(have) +
                   ": entries are missing; restore the log from a copy, do not append to it");
  if (stored.root != tree.root_at(stored.size))
    return damaged(
        "the first " + count(said) +
        " entries of the log are not those that the checkpoint covers; restore the log from a copy");
  if (said < have)
    return damaged("the log has " + count(have) + " entries, its checkpoint covers " + count(said) +
                   ": entries stand there that were never acknowledged; restore the log from a copy");
  return {};
}

}  // namespace

Ledger::Ledger(State state) : state_(std::make_unique<State>(std::move(state))) {}
Ledger::Ledger(Ledger&&) noexcept = default;
Ledger& Ledger::operator=(Ledger&&) noexcept = default;
Ledger::~Ledger() = default;

Result<Ledger> Ledger::open(log::Log& log, const crypto::SigningKey& log_key, LedgerOptions options) {
  if (!merkle::is_key_name(options.origin) || options.origin.size() > merkle::max_origin_bytes)
    return fail(ErrorKind::usage,
                "a log's origin has no spaces, no plus and at most 255 bytes: " + options.origin);
  Ledger out(State{&log, log_key.clone(), std::move(options), {}, {}, std::nullopt});
  State& state = *out.state_;
  PARLEY_CHECK(replay(log, state.tree, state.last_time));
  const Bytes& stored = log.last_checkpoint();
  if (stored.empty()) {
    if (state.tree.size().value() != 0)
      return damaged("the log has " + count(state.tree.size().value()) +
                     " entries and no checkpoint; restore the log from a copy");
    return out;
  }
  auto checkpoint = merkle::open_checkpoint(as_text(stored), out.verifier_key());
  if (!checkpoint)
    return damaged("the stored checkpoint is not one of " + state.options.origin +
                   " by this node's log key (" + checkpoint.error().message +
                   "); is this the right key for this log?");
  PARLEY_CHECK(compare(state.tree, *checkpoint));
  state.checkpoint = as_text(stored);
  return out;
}

Result<std::vector<Receipt>> Ledger::append(std::span<const Entry> entries, Timestamp now) {
  State& state = *state_;
  if (entries.empty()) return std::vector<Receipt>{};
  if (entries.size() > state.options.max_batch)
    return fail(ErrorKind::bad_input,
                "more than " + count(state.options.max_batch) + " entries in one append");
  if (state.last_time && now + state.options.max_clock_behind < *state.last_time)
    return fail(ErrorKind::conflict, "the clock says " + format_time(now) + ", the newest leaf is of " +
                                         format_time(*state.last_time) +
                                         ": set the clock right; nothing was recorded");
  const Timestamp time = state.last_time ? std::max(now, *state.last_time) : now;

  // Everything is made ready in a copy of the right edge; the tree itself learns of it only when it is
  // durable.
  const std::uint64_t first = size().value();
  std::vector<Bytes> leaves;
  std::vector<merkle::Hash> hashes;
  std::vector<Receipt> receipts;
  for (const Entry& entry : entries) {
    const record::LeafBytes leaf = record::make_leaf({time, record::commit(entry.opening, entry.jws)});
    receipts.push_back({LeafIndex(first + leaves.size()), time});
    hashes.push_back(merkle::leaf_hash(leaf));
    leaves.push_back(to_bytes(leaf));
  }
  merkle::CompactRange range = state.tree.edge();
  for (const merkle::Hash& hash : hashes) range.append(hash);
  const merkle::Checkpoint head{state.options.origin, range.size(), range.root(), {}};
  std::string signed_head = merkle::sign_checkpoint(head, state.key);

  // From here to the next line a crash leaves either the old head or the new one, and the signature has not
  // left the process yet.
  PARLEY_TRY(const log::LeafIndex at, state.log->append(leaves, as_bytes(signed_head)));
  PARLEY_ASSERT(at.value() == first);
  for (const merkle::Hash& hash : hashes) state.tree.append(hash);
  state.checkpoint = std::move(signed_head);
  state.last_time = time;
  return receipts;
}

TreeSize Ledger::size() const {
  return state_->tree.size();
}
merkle::Hash Ledger::root() const {
  return state_->tree.root();
}
const std::string& Ledger::checkpoint() const {
  return state_->checkpoint;
}
const std::string& Ledger::origin() const {
  return state_->options.origin;
}
std::optional<Timestamp> Ledger::last_time() const {
  return state_->last_time;
}

merkle::VerifierKey Ledger::verifier_key() const {
  return {state_->options.origin, merkle::KeyType::ed25519, state_->key.public_key()};
}

Result<record::LeafBytes> Ledger::leaf(LeafIndex index) const {
  if (index.value() >= size().value())
    return fail(ErrorKind::not_found,
                "no entry " + count(index.value()) + " in a ledger of " + count(size().value()));
  PARLEY_TRY(const Bytes entry, state_->log->entry(log::LeafIndex(index.value())));
  // What the disk gives back must be what the tree was built from.
  if (merkle::leaf_hash(entry) != state_->tree.complete(0, index.value()))
    return fail(ErrorKind::internal,
                "entry " + count(index.value()) + " changed on the disk since it was read");
  return to_array<record::leaf_size>(entry);
}

Result<LeafProof> Ledger::prove(LeafIndex index) const {
  LeafProof out;
  PARLEY_TRY(out.leaf, leaf(index));
  out.proof.index = index;
  PARLEY_TRY(out.proof.path, state_->tree.prove_inclusion(index, size()));
  out.proof.checkpoint = state_->checkpoint;
  return out;
}

Result<std::vector<merkle::Hash>> Ledger::consistency(TreeSize old_size, TreeSize new_size) const {
  return state_->tree.prove_consistency(old_size, new_size);
}

Result<std::optional<LeafIndex>> Ledger::find(const record::Commitment& commitment,
                                              std::uint64_t window) const {
  const std::uint64_t end = size().value();
  for (std::uint64_t i = end; i > 0 && end - i < window; --i) {
    PARLEY_TRY(const record::LeafBytes bytes, leaf(LeafIndex(i - 1)));
    PARLEY_TRY(const record::Leaf read, record::parse_leaf(bytes));
    if (read.commitment == commitment) return std::optional(LeafIndex(i - 1));
  }
  return std::optional<LeafIndex>();
}

Result<Bytes> Ledger::resource(std::string_view path) const {
  if (path == "checkpoint") {
    if (state_->checkpoint.empty()) return fail(ErrorKind::not_found, "the log has no checkpoint yet");
    return to_bytes(state_->checkpoint);
  }
  PARLEY_TRY(const merkle::TilePath tile, merkle::parse_tile_path(path));
  if (tile.level) return merkle::hash_tile(state_->tree, tile);
  if (tile.width > merkle::tile_width_at(tile, size()))
    return fail(ErrorKind::not_found, "no such entry bundle: " + std::string(path));
  Bytes bundle;
  for (std::uint64_t i = 0; i < tile.width; ++i) {
    PARLEY_TRY(const record::LeafBytes entry, leaf(LeafIndex(tile.index * merkle::tile_width + i)));
    PARLEY_CHECK(merkle::append_bundle_entry(bundle, entry));
  }
  return bundle;
}

}  // namespace parley::ledger
