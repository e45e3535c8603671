#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "crypto/secret.hpp"
#include "exchange/taxii_book.hpp"
#include "exchange/taxii_service.hpp"

namespace parley::exchange {

/// Who is who. A password that was right is remembered as an HMAC under a key of this process, so that only
/// the first request of a caller costs Argon2id; and no more than `max_checks` such checks are made in
/// `check_window`, so that guessing does not stop the node for everybody else.
class TaxiiCallers {
 public:
  static constexpr std::size_t default_checks = 20;
  static constexpr std::chrono::seconds check_window{10};

  explicit TaxiiCallers(Entropy& entropy, std::size_t max_checks = default_checks)
      : key_(crypto::Secret<32>::generate(entropy)), max_checks_(max_checks) {}

  /// Takes the definitions anew; forgets every password.
  void replace(std::vector<TaxiiCaller> callers);
  /// `not_found` when nothing fits.
  Result<const TaxiiCaller*> authenticate(const TaxiiCredentials& credentials, Timestamp now);
  /// Null for a name that nobody has, or that was revoked.
  const TaxiiCaller* find(std::string_view name) const;

 private:
  Result<const TaxiiCaller*> by_password(const TaxiiCredentials& credentials, Timestamp now);

  crypto::Secret<32> key_;
  std::size_t max_checks_;
  std::vector<TaxiiCaller> callers_;
  std::unordered_map<std::string, std::string> right_;  // HMAC -> name
  std::deque<Timestamp> checks_;
};

}  // namespace parley::exchange
