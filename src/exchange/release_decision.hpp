#pragma once

#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "crypto/hash.hpp"
#include "encoding/json.hpp"

namespace parley::exchange {

/// What officers sign: everything that makes a release this release and no other. The hash of its canonical
/// JSON is the decision hash; any change of any member is another decision, for which nobody has signed.
struct DecisionCore {
  std::string release;                  ///< UUIDv7
  crypto::Hash256 package_hash{};       ///< SHA-256 of the bytes that leave
  std::vector<std::string> recipients;  ///< origins, sorted
  std::string agreement;                ///< hash of the agreement
  std::string purpose;
  std::vector<std::string> authorities;  ///< of both parties, as the agreement has them
  std::string policy_version;            ///< hash of the rules that decided
  Timestamp expiry;                      ///< no delivery at or after this moment

  bool operator==(const DecisionCore&) const = default;
};

encoding::Json decision_core_json(const DecisionCore& core);
Result<DecisionCore> parse_decision_core(const encoding::Json& json);
crypto::Hash256 decision_hash(const DecisionCore& core);

/// What an officer's key signs: "parley/approval/1", a zero byte, the decision hash.
Bytes approval_message(const crypto::Hash256& decision_hash);

}  // namespace parley::exchange
