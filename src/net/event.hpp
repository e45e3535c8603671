#pragma once

#include <functional>
#include <string>

namespace parley::net {

enum class Severity { info, warning, error };

/// One line for the operator's log. Its fields are typed: names of events come from the source, addresses
/// and keys from the connection, `why` from our own error texts; there is no field that intel could enter.
struct Event {
  Severity severity = Severity::info;
  std::string name;     ///< such as `peer_refused`
  std::string address;  ///< host:port of the other side, empty when there is none
  std::string peer;     ///< first 16 hex digits of its TLS key, empty before the handshake
  std::string why;
};

/// Called on the IO thread, one call at a time; must not block for long nor throw.
using EventSink = std::function<void(const Event&)>;

}  // namespace parley::net
