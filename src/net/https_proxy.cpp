#include "net/https_proxy.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include "base/bytes.hpp"

namespace parley::net {

namespace {

namespace ip = boost::asio::ip;

constexpr std::size_t max_text = 2'048;

std::unexpected<Error> refuse_proxy() {
  return fail(ErrorKind::usage,
              "expected a proxy such as http://proxy.example.org:3128 (an HTTP proxy that takes CONNECT)");
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::optional<std::string> unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    // RFC 7617 section 2: no control characters.
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return std::nullopt;
    out += c;
  }
  return out;
}

bool in_network(const ip::address& address, std::string_view network) {
  boost::system::error_code error;
  const std::string text(network);
  if (address.is_v4()) {
    const ip::network_v4 block = ip::make_network_v4(text, error);
    if (error) return false;
    const auto mask = block.netmask().to_uint();
    return (address.to_v4().to_uint() & mask) == (block.address().to_uint() & mask);
  }
  const ip::network_v6 block = ip::make_network_v6(text, error);
  if (error) return false;
  const ip::network_v6 mine(address.to_v6(), block.prefix_length());
  return mine.canonical() == block.canonical();
}

bool names(std::string_view entry, const std::string& host, std::uint16_t port) {
  if (entry == "*") return true;
  boost::system::error_code error;
  const ip::address address = ip::make_address(host, error);
  const bool literal = !error;
  if (literal && entry.find('/') != std::string_view::npos) return in_network(address, entry);
  // A port behind it, unless the colons are those of a bare IPv6 address.
  const std::size_t colon = entry.rfind(':');
  const bool bracketed = entry.starts_with('[');
  const bool one_colon = colon != std::string_view::npos && entry.find(':') == colon;
  if (colon != std::string_view::npos && (one_colon || (bracketed && entry[colon - 1] == ']'))) {
    if (entry.substr(colon + 1) != std::to_string(port)) return false;
    entry = entry.substr(0, colon);
  }
  if (bracketed && entry.ends_with(']')) entry = entry.substr(1, entry.size() - 2);
  if (literal) {
    const ip::address other = ip::make_address(std::string(entry), error);
    return !error && other == address;
  }
  if (entry.starts_with("*.")) entry.remove_prefix(1);
  if (entry.starts_with('.')) entry.remove_prefix(1);
  if (entry.empty()) return false;
  return host == entry ||
         (host.size() > entry.size() && host.ends_with(entry) && host[host.size() - entry.size() - 1] == '.');
}

}  // namespace

Result<HttpsProxy> HttpsProxy::parse(std::string_view text) {
  if (text.size() > max_text) return refuse_proxy();
  constexpr std::string_view scheme = "http://";
  if (lower(text.substr(0, scheme.size())) == scheme)
    text.remove_prefix(scheme.size());
  else if (text.find("://") != std::string_view::npos)
    return refuse_proxy();
  if (text.ends_with('/')) text.remove_suffix(1);
  HttpsProxy out;
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    const std::string_view who = text.substr(0, at);
    const std::size_t colon = who.find(':');
    const auto user = unescape(who.substr(0, colon));
    const auto password =
        unescape(colon == std::string_view::npos ? std::string_view() : who.substr(colon + 1));
    if (!user || !password || user->find(':') != std::string::npos) return refuse_proxy();
    const std::string pair = *user + ":" + *password;
    out.authorization = "Basic " + to_base64(as_bytes(pair));
    text.remove_prefix(at + 1);
  }
  const std::size_t colon = text.rfind(':');
  const bool has_port = colon != std::string_view::npos && text.find(']', colon) == std::string_view::npos;
  const auto address = parse_address(has_port ? std::string(text) : std::string(text) + ":80");
  if (!address || address->port == 0) return refuse_proxy();
  out.server = *address;
  return out;
}

bool is_direct(const Address& server, std::string_view no_proxy) {
  const std::string host = lower(server.host);
  boost::system::error_code error;
  const ip::address address = ip::make_address(host, error);
  if ((!error && address.is_loopback()) || host == "localhost" || host.ends_with(".localhost")) return true;
  while (!no_proxy.empty()) {
    const std::size_t end = std::min(no_proxy.find_first_of(", \t"), no_proxy.size());
    const std::string entry = lower(no_proxy.substr(0, end));
    no_proxy.remove_prefix(std::min(end + 1, no_proxy.size()));
    if (!entry.empty() && names(entry, host, server.port)) return true;
  }
  return false;
}

Result<HttpsProxy> environment_proxy(const std::function<const char*(const char*)>& variable,
                                     const Address& server) {
  const auto either = [&](const char* small, const char* large) -> std::string_view {
    for (const char* name : {small, large})
      if (const char* const value = variable(name); value != nullptr && *value != '\0') return value;
    return {};
  };
  const std::string_view proxy = either("https_proxy", "HTTPS_PROXY");
  if (proxy.empty() || is_direct(server, either("no_proxy", "NO_PROXY"))) return HttpsProxy();
  auto out = HttpsProxy::parse(proxy);
  if (!out) return fail(ErrorKind::usage, out.error().message, "HTTPS_PROXY");
  return out;
}

}  // namespace parley::net
