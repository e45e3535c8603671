#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/http_message.hpp"

namespace parley::net {

// How a TLS connection becomes a peer channel (RFC 9110 section 7.8). The HTTP in front lets the listener
// share its port with further `/peer/v1/…` resources later.

inline constexpr std::string_view channel_path = "/peer/v1/channel";
inline constexpr std::string_view channel_protocol = "parley-peer/1";

/// A short head and no body.
HttpLimits upgrade_limits();

std::string write_upgrade_request(std::string_view host);
/// Nothing when the head asks for exactly this channel; else what to answer.
std::optional<HttpRefusal> check_upgrade_request(std::string_view head);
std::string write_upgrade_answer();
std::string write_upgrade_refusal(const HttpRefusal& refusal);
/// `peer` unless it is a 101 for this protocol.
Result<void> check_upgrade_answer(std::string_view head);

}  // namespace parley::net
