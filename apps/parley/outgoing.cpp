#include "outgoing.hpp"

#include <cstdlib>

#include "files.hpp"

namespace parley::app {

namespace {

constexpr std::size_t max_login_bytes = 4'096;

}  // namespace

Result<std::optional<net::HttpsProxy>> proxy_of_args(const Args& args) {
  if (!args.has("proxy")) {
    if (args.has("proxy_login_file")) return fail(ErrorKind::usage, "--proxy-login-file needs --proxy");
    return std::optional<net::HttpsProxy>();
  }
  const std::string text = args.text_or("proxy", "");
  if (text == "none") return std::optional(net::HttpsProxy());
  if (text.find('@') != std::string::npos)
    return fail(ErrorKind::usage, "--proxy: the login stands in a file, --proxy-login-file");
  PARLEY_TRY(net::HttpsProxy proxy, net::HttpsProxy::parse(text));
  if (args.has("proxy_login_file")) {
    const std::string path = args.text_or("proxy_login_file", "");
    PARLEY_TRY(std::string login, read_file(path, max_login_bytes));
    while (login.ends_with('\n') || login.ends_with('\r')) login.pop_back();
    if (login.find(':') == std::string::npos || login.find_first_of("\r\n") != std::string::npos)
      return fail(ErrorKind::usage, "expected one line, USER:PASSWORD", path);
    proxy.authorization = "Basic " + to_base64(as_bytes(login));
  }
  return std::optional(std::move(proxy));
}

Result<net::HttpsProxy> proxy_to(const Config& config, const std::optional<net::HttpsProxy>& named,
                                 const net::Address& server) {
  if (named) return *named;
  if (!config.proxy.is_set())
    return net::environment_proxy([](const char* name) { return std::getenv(name); }, server);
  return net::is_direct(server, config.no_proxy) ? net::HttpsProxy() : config.proxy;
}

}  // namespace parley::app
