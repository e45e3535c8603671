#pragma once

#include <functional>
#include <string>
#include <utility>

#include "api/credentials.hpp"
#include "api/login_throttle.hpp"
#include "base/entropy.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace parley::api {

/// Finds out who sends a request, and keeps guessing slow. On the node thread.
class Login {
 public:
  /// The caller's name; `not_found` when nothing fits.
  using Authenticate = std::function<Result<std::string>(const Credentials&)>;
  Login(Authenticate authenticate, Clock& clock, Entropy& entropy, LoginThrottle::Limits limits)
      : authenticate_(std::move(authenticate)), clock_(clock), key_(entropy.array<32>()), throttle_(limits) {}

  struct Verdict {
    enum class Kind {
      known,      ///< `name` sends it; empty for a request that shows nothing
      wrong,      ///< it shows something that fits nobody
      too_often,  ///< to be tried again in a minute
      failed,     ///< the node could not look: `error`
    };
    Kind kind = Kind::known;
    std::string name;
    Error error;
  };
  Verdict judge(const Result<Credentials>& shown, const net::Request& request);

 private:
  Authenticate authenticate_;
  Clock& clock_;
  ByteArray<32> key_;
  LoginThrottle throttle_;
};

}  // namespace parley::api
