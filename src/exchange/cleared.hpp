#pragma once

#include <string>
#include <utility>
#include <vector>

namespace parley::exchange {

class Gate;

/// For whom and why something was cleared.
struct Clearance {
  std::string audience;   ///< origin of the peer
  std::string agreement;  ///< hash of the agreement
  std::string purpose;
  std::string policy_version;      ///< hash of the rules that decided
  std::vector<std::string> rules;  ///< the rules that fired
};

/// Something that may leave the node. Only the gate makes one, from the exact value that leaves; an exit
/// takes nothing else. Move-only, so that one decision is not spent twice.
template <class T>
class Cleared {
 public:
  Cleared(Cleared&&) noexcept = default;
  Cleared& operator=(Cleared&&) noexcept = default;
  Cleared(const Cleared&) = delete;
  Cleared& operator=(const Cleared&) = delete;

  const T& value() const& { return value_; }
  const Clearance& clearance() const { return clearance_; }
  /// The value for the wire; the clearance is spent.
  T release() && { return std::move(value_); }

 private:
  friend class Gate;
  Cleared(T value, Clearance clearance) : value_(std::move(value)), clearance_(std::move(clearance)) {}

  T value_;
  Clearance clearance_;
};

}  // namespace parley::exchange
