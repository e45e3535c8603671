#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "crypto/ristretto.hpp"
#include "exchange/lookup_permission.hpp"
#include "exchange/lookup_store.hpp"
#include "oprf/key_pair.hpp"
#include "record/lookup_statement.hpp"
#include "state/store.hpp"

namespace parley::exchange {

/// What is in each own set (lookup_members.hpp), under the same ids as the sets.
inline constexpr std::string_view lookup_member_collection = "lookup_members";

/// Which set: one side's, under an agreement and purpose with a peer, in an epoch.
struct SetName {
  bool own = true;        ///< built here; otherwise the peer's
  std::string peer;       ///< origin
  std::string agreement;  ///< hash
  std::string purpose;
  std::uint64_t epoch = 0;

  static SetName of(const LookupPermission& permission, std::uint64_t epoch, bool own);
  /// The key of its document: the epoch in front, then a hash.
  std::string id() const;
};

/// What this node knows of a set.
struct KnownSet {
  record::LookupSetStatement statement;
  std::string jws;
};

/// The newest statement of that name; nothing when there is none. For an own set the key must be there too,
/// and the rules be those that it was built under.
Result<std::optional<KnownSet>> find_set(const state::Reader& reader, const SetName& name);
/// Puts it in the place of one with a lower sequence; `peer` for another set under the sequence that is
/// known, or an older one: an owner has one set, and so one key, at a time.
Result<void> store_set(state::Transaction& transaction, const SetName& name, const KnownSet& set);

/// The key of an own set, beside its statement.
Result<std::optional<oprf::KeyPair>> find_set_key(const state::Reader& reader, const SetName& name);
Result<void> store_set_key(state::Transaction& transaction, const SetName& name, const oprf::KeyPair& key);
Result<void> erase_set_key(state::Transaction& transaction, const SetName& name);

/// Erases the keys, the statements, the lists and the files of every epoch before today's: what was answered
/// then can not be answered again. Called when a home is opened, and before each session.
Result<void> erase_old_sets(Node& node, LookupStore& files);

/// Ends an own set before its day is over: its key first, then statement, list and files; and the ledger says
/// so, with the rule. Nothing to do when there is none, or another one than the one of `only`.
Result<void> retire_set(Node& node, LookupStore& files, const SetName& name, std::string_view rule,
                        const std::optional<crypto::Hash256>& only = {});

/// The day that look-ups count by: days since 1970-01-01, UTC.
std::uint64_t lookup_epoch(Node& node);

}  // namespace parley::exchange
