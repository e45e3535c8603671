#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/entropy.hpp"
#include "crypto/secret.hpp"
#include "exchange/run_store.hpp"
#include "match/item_set.hpp"
#include "match/parameters.hpp"
#include "match/party.hpp"

namespace parley::exchange {

/// What a replay needs besides the set and the inbound messages.
struct RunSecrets {
  match::Role role = match::Role::receiver;
  match::Parameters parameters;
  crypto::Secret<32> seed;
  crypto::Secret<32> opening;  ///< of the seed commitment in the offer
};

/// Writes one run's records, each sealed under the key of the run with its position: records that were
/// dropped, moved or taken from another run do not open. Plain forms (integers big-endian):
///   1  role u8, protocol u8, output u8, learner u8, prefer u8, receiver and sender padded u32, chunk u32,
///   offer hash, seed, opening 2  items of the own set in order, each u32 length and bytes 3  one inbound
///   message: type u8, body 4  the end: u64 number of inbound messages
class SealedRunWriter {
 public:
  /// All borrowed; they outlive the writer.
  SealedRunWriter(RunStore& store, std::string run, const crypto::Secret<32>& key, Entropy& entropy)
      : store_(&store), run_(std::move(run)), key_(&key), entropy_(&entropy) {}

  Result<void> begin(const RunSecrets& secrets, const match::ItemSet& items);
  Result<void> inbound(const match::Message& message);
  Result<void> end();

 private:
  Result<void> put(BytesView plain);

  RunStore* store_;
  std::string run_;
  const crypto::Secret<32>* key_;
  Entropy* entropy_;
  std::uint64_t position_ = 0;
  std::uint64_t inbound_ = 0;
};

/// What was opened again, the inbound messages given to `on_inbound` in their order.
struct OpenedRun {
  RunSecrets secrets;
  match::ItemSet items;
};
/// Bad input when a record does not open, the order is wrong, or the end is missing.
Result<OpenedRun> open_run(const RunStore& store, std::string_view run, const crypto::Secret<32>& key,
                           const std::function<Result<void>(match::Message)>& on_inbound);

}  // namespace parley::exchange
