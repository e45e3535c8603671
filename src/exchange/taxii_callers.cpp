#include "exchange/taxii_callers.hpp"

#include <algorithm>

#include "crypto/constant_time.hpp"
#include "crypto/hash.hpp"
#include "crypto/password.hpp"

namespace parley::exchange {

namespace {

constexpr std::size_t max_secret_bytes = 1'024;

/// Of no password: what an unknown name is checked against, so that it takes as long as a known one.
constexpr std::string_view nobodys_hash =
    "$argon2id$v=19$m=65536,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

std::unexpected<Error> nobody() {
  return fail(ErrorKind::not_found, "no TAXII user shows this");
}

}  // namespace

void TaxiiCallers::replace(std::vector<TaxiiCaller> callers) {
  callers_ = std::move(callers);
  std::erase_if(callers_, [](const TaxiiCaller& caller) { return caller.revoked; });
  right_.clear();
}

const TaxiiCaller* TaxiiCallers::find(std::string_view name) const {
  const auto found = std::ranges::find(callers_, name, &TaxiiCaller::name);
  return found == callers_.end() ? nullptr : &*found;
}

Result<const TaxiiCaller*> TaxiiCallers::by_password(const TaxiiCredentials& credentials, Timestamp now) {
  if (credentials.basic_user.size() + credentials.basic_password.size() > max_secret_bytes) return nobody();
  Bytes message;
  append_prefixed(message, as_bytes(credentials.basic_user));
  append(message, credentials.basic_password);
  const crypto::Hash256 mac = crypto::hmac_sha256(key_.view(), message);
  crypto::wipe(message);
  const std::string remembered(as_text(mac));
  if (const auto known = right_.find(remembered); known != right_.end())
    if (const TaxiiCaller* caller = find(known->second)) return caller;
  while (!checks_.empty() && checks_.front() + check_window <= now) checks_.pop_front();
  if (checks_.size() >= max_checks_) return nobody();
  checks_.push_back(now);
  const TaxiiCaller* caller = find(credentials.basic_user);
  const bool has_hash = caller != nullptr && !caller->password.empty();
  const bool right = crypto::verify_password(has_hash ? std::string_view(caller->password) : nobodys_hash,
                                             credentials.basic_password);
  if (!right || !has_hash) return nobody();
  if (right_.size() >= max_taxii_callers) right_.clear();
  right_.emplace(remembered, caller->name);
  return caller;
}

Result<const TaxiiCaller*> TaxiiCallers::authenticate(const TaxiiCredentials& credentials, Timestamp now) {
  if (!credentials.basic_user.empty()) return by_password(credentials, now);
  if (!credentials.bearer.empty()) {
    if (credentials.bearer.size() > max_secret_bytes) return nobody();
    const std::string hash = to_hex(crypto::sha256(as_bytes(credentials.bearer)));
    for (const TaxiiCaller& caller : callers_)
      if (!caller.token.empty() && crypto::equal_constant_time(as_bytes(caller.token), as_bytes(hash)))
        return &caller;
    return nobody();
  }
  if (credentials.certificate) {
    const std::string hash = to_hex(*credentials.certificate);
    for (const TaxiiCaller& caller : callers_)
      if (caller.certificate == hash) return &caller;
  }
  return nobody();
}

}  // namespace parley::exchange
