#include "net/upgrade.hpp"

namespace parley::net {

HttpLimits upgrade_limits() {
  return HttpLimits{.head_bytes = 4 * 1024, .fields = 32, .target_bytes = 256, .body_bytes = 0};
}

std::string write_upgrade_request(std::string_view host) {
  std::string out = "POST ";
  out += channel_path;
  out += " HTTP/1.1\r\nHost: ";
  out += host;
  out += "\r\nConnection: Upgrade\r\nUpgrade: ";
  out += channel_protocol;
  out += "\r\nContent-Length: 0\r\n\r\n";
  return out;
}

std::optional<HttpRefusal> check_upgrade_request(std::string_view head) {
  std::uint64_t body = 0;
  const auto request = parse_request_head(head, upgrade_limits(), body);
  if (!request) return request.error();
  if (request->path != channel_path || !request->query.empty()) return HttpRefusal{404, "unknown path"};
  if (request->method != "POST") return HttpRefusal{405, "the method is not POST"};
  if (!request->fields.has_token("connection", "upgrade") ||
      request->fields.only("upgrade") != channel_protocol)
    return HttpRefusal{426, "no upgrade to this protocol"};
  return std::nullopt;
}

std::string write_upgrade_answer() {
  std::string out = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ";
  out += channel_protocol;
  out += "\r\n\r\n";
  return out;
}

std::string write_upgrade_refusal(const HttpRefusal& refusal) {
  Response response;
  response.status = refusal.status;
  if (refusal.status == 426) response.fields.emplace_back("Upgrade", std::string(channel_protocol));
  return write_response(response, false, true);
}

Result<void> check_upgrade_answer(std::string_view head) {
  const auto answer = parse_response_head(head, upgrade_limits());
  if (!answer) return fail(ErrorKind::peer, "the peer's HTTP answer is malformed: " + answer.error().why);
  if (answer->status != 101)
    return fail(ErrorKind::peer, "the peer opened no channel: HTTP " + std::to_string(answer->status));
  if (!answer->fields.has_token("connection", "upgrade") ||
      answer->fields.only("upgrade") != channel_protocol)
    return fail(ErrorKind::peer, "the peer switched to another protocol");
  return {};
}

}  // namespace parley::net
