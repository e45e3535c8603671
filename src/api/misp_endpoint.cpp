#include "api/misp_endpoint.hpp"

#include <utility>

#include "misp_sync/target.hpp"
#include "net/http_coding.hpp"

namespace parley::api {

namespace {

using misp_sync::Answer;
using misp_sync::Method;

constexpr std::string_view methods = "GET, HEAD, POST";

net::Coding coding_for(const net::Request& request) {
  const auto accepted = request.fields.only("accept-encoding");
  return accepted ? net::choose_coding(*accepted) : net::Coding::identity;
}

net::Response to_response(const Answer& answer) {
  net::Response out;
  out.status = answer.status;
  out.content_type = answer.content_type;
  out.page = answer.body;
  if (answer.result_count) out.fields.emplace_back("X-Result-Count", std::to_string(*answer.result_count));
  if (!answer.etag.empty()) out.fields.emplace_back("ETag", answer.etag);
  if (!answer.location.empty()) out.fields.emplace_back("Location", answer.location);
  if (!answer.allow.empty()) out.fields.emplace_back("Allow", answer.allow);
  if (answer.challenge)
    out.fields.emplace_back("WWW-Authenticate", "Basic realm=\"MISP feed\", charset=\"UTF-8\"");
  // Another caller gets another answer; one that has a validator may be asked for again by it.
  out.fields.emplace_back("Cache-Control", answer.etag.empty() ? "no-store" : "private, no-cache");
  out.fields.emplace_back("Vary", "Accept-Encoding, Authorization, X-MISP-AUTH");
  out.fields.emplace_back("X-Content-Type-Options", "nosniff");
  return out;
}

void compress(net::Response& out, net::Coding coding) {
  if (auto coded = net::compress(coding, *out.page)) {
    out.page = std::make_shared<const std::string>(std::move(*coded));
    out.fields.emplace_back("Content-Encoding", net::coding_name(coding));
  }
}

net::Response compressed(net::Response out, net::Coding coding, const MispEndpoint::Limits& limits) {
  if (coding == net::Coding::identity || !out.page || out.page->size() < limits.compress_from) return out;
  if (out.page->size() <= limits.compress_at_once)
    compress(out, coding);
  else
    out.aside = std::make_shared<std::function<void(net::Response&)>>(
        [coding](net::Response& response) { compress(response, coding); });
  return out;
}

misp_sync::Request plain(const net::Request& request, std::string_view caller) {
  misp_sync::Request out;
  out.method = request.method == "POST"   ? Method::post
               : request.method == "HEAD" ? Method::head
                                          : Method::get;
  out.path = request.path;
  out.caller = caller;
  out.if_none_match = request.fields.only("if-none-match").value_or("");
  return out;
}

net::Response error_response(int status, std::string_view why, std::string_view path) {
  return to_response(misp_sync::error_answer(status, why, path));
}

}  // namespace

Result<Credentials> read_misp_credentials(const net::Request& request) {
  for (const std::string_view name : {"authorization", "x-misp-auth"}) {
    if (!request.fields.has(name)) continue;
    const auto value = request.fields.only(name);
    if (!value || value->empty() || value->size() > max_authorization_bytes)
      return fail(ErrorKind::bad_input, "the credentials are not understood");
    if (value->find(' ') != std::string_view::npos) break;  // "Basic …", "Bearer …"
    Credentials out;
    out.token = std::string(*value);
    out.certificate = request.client_certificate;
    return out;
  }
  return read_credentials(request);
}

MispEndpoint::MispEndpoint(MispNode node, Clock& clock, Entropy& entropy, Limits limits)
    : node_(std::move(node)), limits_(limits), login_(node_.authenticate, clock, entropy, limits.logins) {}

bool MispEndpoint::owns(std::string_view path) {
  return misp_sync::owns(path);
}

net::Response MispEndpoint::refuse(const net::HttpRefusal& refusal) {
  return error_response(refusal.status, refusal.why, refusal.target);
}

std::optional<net::Response> MispEndpoint::check_method(const net::Request& request) {
  if (request.method == "GET" || request.method == "HEAD" || request.method == "POST") return std::nullopt;
  Answer out = misp_sync::error_answer(405, "The resource has no such method", request.path);
  out.allow = methods;
  return to_response(out);
}

MispEndpoint::Caller MispEndpoint::identify(const net::Request& request) {
  Login::Verdict verdict = login_.judge(read_misp_credentials(request), request);
  Caller out;
  switch (verdict.kind) {
    case Login::Verdict::Kind::known:
      out.name = std::move(verdict.name);
      break;
    case Login::Verdict::Kind::wrong:
      // MISP's status for a key that is none.
      out.refused =
          error_response(403,
                         "Authentication failed. Please make sure you pass the API key of an API enabled "
                         "user along in the Authorization header.",
                         request.path);
      break;
    case Login::Verdict::Kind::too_often:
      out.refused =
          error_response(429, "Too many attempts; wait a minute before the next one.", request.path);
      out.refused->fields.emplace_back("Retry-After", "60");
      break;
    case Login::Verdict::Kind::failed:
      out.refused = to_response(misp_sync::error_answer(verdict.error, request.path));
      break;
  }
  return out;
}

std::optional<net::Response> MispEndpoint::before_body(const net::Request& request) {
  if (auto refused = check_method(request)) return refused;
  Caller caller = identify(request);
  if (caller.refused) return std::move(caller.refused);
  if (const auto refused = node_.refuse_unread(plain(request, caller.name))) return to_response(*refused);
  return std::nullopt;
}

net::Response MispEndpoint::answer(net::Request& request) {
  if (auto refused = check_method(request)) return std::move(*refused);
  Caller caller = identify(request);
  if (caller.refused) return std::move(*caller.refused);
  const net::Coding coding = coding_for(request);
  auto step = [this, coding, path = request.path,
               steps = node_.begin(plain(request, caller.name),
                                   std::move(request.body))]() -> std::optional<net::Response> {
    auto done = steps();
    if (!done) return to_response(misp_sync::error_answer(done.error(), path));
    if (!*done) return std::nullopt;
    return compressed(to_response(**done), coding, limits_);
  };
  // Most answers are there at once.
  if (auto done = step()) return std::move(*done);
  net::Response out;
  out.later = std::make_shared<std::function<std::optional<net::Response>()>>(std::move(step));
  return out;
}

}  // namespace parley::api
