// Property: a request head that is accepted has one meaning: every line of it ends in CRLF, it names one host
// and at most one length, and writing its parts down again gives a head that is read as the same request.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "net/http_message.hpp"

namespace {
void require(bool holds) {
  if (!holds) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley::net;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const HttpLimits limits{.body_bytes = 1000, .chunked = true};
  static_cast<void>(parse_response_head(text, limits));
  std::uint64_t body = 0;
  const auto request = parse_request_head(text, limits, body);
  if (!request) {
    require(request.error().status >= 400 && request.error().status < 600);
    return 0;
  }
  require(head_end(text) == text.size());
  require(body <= limits.body_bytes);
  require(request->chunked == request->fields.has("transfer-encoding"));
  require(!request->chunked || !request->fields.has("content-length"));
  std::string again = request->method + " " + request->path;
  if (text.substr(0, text.find("\r\n")).find('?') != std::string_view::npos) again += "?" + request->query;
  again += " HTTP/1.1\r\n";
  for (const auto& [name, value] : request->fields) again += name + ": " + value + "\r\n";
  again += "\r\n";
  std::uint64_t same_body = 0;
  const auto same = parse_request_head(
      again, HttpLimits{.head_bytes = 100'000, .body_bytes = 1000, .chunked = true}, same_body);
  require(same.has_value());
  require(same->method == request->method && same->path == request->path && same->query == request->query);
  require(same->chunked == request->chunked && same_body == body &&
          same->fields.size() == request->fields.size());
  require(same->keep_alive == request->keep_alive);
  return 0;
}
