#pragma once

#include <optional>

#include "net/https_proxy.hpp"
#include "service.hpp"

namespace parley::app {

/// The proxy that a command names: `--proxy URL` with `--proxy-login-file`, or `--proxy none`; nothing when
/// it names none. The login never stands in the arguments, where every user of the machine could read it.
Result<std::optional<net::HttpsProxy>> proxy_of_args(const Args& args);

/// Through which proxy a server is reached: the one that the command named, else that of config.toml
/// ([outgoing]), else that of the environment (HTTPS_PROXY, NO_PROXY).
Result<net::HttpsProxy> proxy_to(const Config& config, const std::optional<net::HttpsProxy>& named,
                                 const net::Address& server);

}  // namespace parley::app
