#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "base/time.hpp"
#include "crypto/hash.hpp"

namespace parley::api {

/// Keeps guessing slow, and the node free: a wrong password costs it some 50 ms. Credentials that were right
/// once are never held up.
class LoginThrottle {
 public:
  struct Limits {
    std::uint32_t failures_per_minute = 10;  ///< of one network; then 429 until the minute is over
    std::uint32_t attempts_per_second = 8;   ///< with credentials that are not known, from anywhere
    std::size_t networks = 4'096;            ///< that are remembered at once
    std::size_t known = 4'096;               ///< credentials that were right
  };
  explicit LoginThrottle(Limits limits) : limits_(limits) {}
  LoginThrottle() : LoginThrottle(Limits()) {}

  /// Whether these credentials may be tried now.
  bool may_try(const std::string& network, const crypto::Hash256& digest, Timestamp now);
  void succeeded(const crypto::Hash256& digest);
  void failed(const std::string& network, const crypto::Hash256& digest, Timestamp now);

 private:
  void turn(Timestamp now);

  Limits limits_;
  std::int64_t minute_ = 0;
  std::int64_t second_ = 0;
  std::uint32_t attempts_ = 0;
  std::unordered_map<std::string, std::uint32_t> failures_;
  std::unordered_set<std::string> known_;
};

}  // namespace parley::api
