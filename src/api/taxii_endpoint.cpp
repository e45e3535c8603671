#include "api/taxii_endpoint.hpp"

#include <algorithm>
#include <utility>

#include "api/taxii_media.hpp"
#include "net/http_coding.hpp"
#include "taxii/resources.hpp"
#include "taxii/target.hpp"
#include "taxii/timestamp.hpp"

namespace parley::api {

namespace {

using taxii::Method;

net::Response to_response(const taxii::Answer& answer) {
  net::Response out;
  out.status = answer.status;
  out.content_type = std::string(taxii::media_type);
  out.page = answer.body;
  if (answer.date_added_first)
    out.fields.emplace_back("X-TAXII-Date-Added-First", taxii::format_timestamp(*answer.date_added_first));
  if (answer.date_added_last)
    out.fields.emplace_back("X-TAXII-Date-Added-Last", taxii::format_timestamp(*answer.date_added_last));
  if (answer.challenge) {
    out.fields.emplace_back("WWW-Authenticate", "Basic realm=\"TAXII\", charset=\"UTF-8\"");
    out.fields.emplace_back("WWW-Authenticate", "Bearer realm=\"TAXII\"");
  }
  if (!answer.allow.empty()) out.fields.emplace_back("Allow", answer.allow);
  // Another caller gets another answer, and it may be another one at any time.
  out.fields.emplace_back("Cache-Control", "no-store");
  out.fields.emplace_back("Vary", "Accept, Accept-Encoding, Authorization");
  out.fields.emplace_back("X-Content-Type-Options", "nosniff");
  return out;
}

net::Response error_response(int status, std::string_view title, std::string_view description = {}) {
  return to_response(taxii::error_answer(status, title, description));
}

net::Response unauthorized() {
  taxii::Answer out = taxii::error_answer(401, "Unauthorized", "These credentials are not accepted.");
  out.challenge = true;
  return to_response(out);
}

std::string_view methods_of(taxii::Resource resource) {
  if (resource == taxii::Resource::objects) return "GET, HEAD, POST, OPTIONS";
  if (resource == taxii::Resource::object) return "GET, HEAD, DELETE, OPTIONS";
  return "GET, HEAD, OPTIONS";
}

bool is_listed(std::string_view methods, std::string_view method) {
  while (!methods.empty()) {
    const std::size_t comma = methods.find(',');
    if (methods.substr(0, comma) == method) return true;
    if (comma == std::string_view::npos) return false;
    methods.remove_prefix(comma + 2);
  }
  return false;
}

net::Coding coding_for(const net::Request& request) {
  const auto accepted = request.fields.only("accept-encoding");
  return accepted ? net::choose_coding(*accepted) : net::Coding::identity;
}

taxii::Request plain(const net::Request& request, std::string_view caller) {
  taxii::Request out;
  out.method = request.method == "POST"     ? Method::post
               : request.method == "DELETE" ? Method::erase
                                            : Method::get;
  out.path = request.path;
  out.query = request.query;
  out.caller = caller;
  return out;
}

// Some clients use the roots as they are, so they are told them with scheme and host: the host that they have
// asked, which goes back to nobody else.
std::string with_host(const std::string& discovery, std::string_view host) {
  const bool proper =
      !host.empty() && host.size() <= 255 && std::all_of(host.begin(), host.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view(".-:[]").find(c) != std::string_view::npos;
      });
  if (!proper) return discovery;
  const std::string start = "\"" + std::string(taxii::discovery_path);
  std::string out;
  std::size_t at = 0;
  for (std::size_t found = discovery.find(start); found != std::string::npos;
       found = discovery.find(start, at)) {
    out += discovery.substr(at, found - at);
    // A quote behind a backslash stands inside a text.
    const bool whole = found > 0 && discovery[found - 1] != '\\';
    out += whole ? "\"https://" + std::string(host) + std::string(taxii::discovery_path) : start;
    at = found + start.size();
  }
  return out + discovery.substr(at);
}

bool is_discovery(std::string_view path) {
  const auto target = taxii::parse_target(path);
  return target && target->resource == taxii::Resource::discovery;
}

bool is_read(const net::Request& request) {
  return request.method == "GET" || request.method == "HEAD";
}

}  // namespace

TaxiiEndpoint::TaxiiEndpoint(TaxiiNode node, Clock& clock, Entropy& entropy, Limits limits)
    : node_(std::move(node)),
      clock_(clock),
      limits_(limits),
      key_(entropy.array<32>()),
      login_(node_.authenticate, clock, entropy, limits.logins),
      cache_(limits.cached_bytes) {}

bool TaxiiEndpoint::owns(std::string_view path) {
  constexpr std::string_view root = taxii::discovery_path;
  return path.starts_with(root) || path == root.substr(0, root.size() - 1);
}

net::Response TaxiiEndpoint::refuse(const net::HttpRefusal& refusal) {
  if (owns(refusal.target))
    return error_response(refusal.status, net::reason_phrase(refusal.status), refusal.why);
  net::Response out;
  out.status = refusal.status;
  out.body = refusal.why + "\n";
  return out;
}

// What can be said of a request without asking who sends it.
std::optional<net::Response> TaxiiEndpoint::check_head(const net::Request& request) const {
  const auto target = taxii::parse_target(request.path);
  if (!target) return error_response(404, "There is nothing here");
  const std::string_view methods = methods_of(target->resource);
  if (!is_listed(methods, request.method)) {
    taxii::Answer out = taxii::error_answer(405, "The resource has no such method");
    out.allow = std::string(methods);
    return to_response(out);
  }
  if (request.method == "OPTIONS") {
    taxii::Answer out;
    out.status = 204;
    out.allow = std::string(methods);
    return to_response(out);
  }
  if (!accepts_taxii(request.fields))
    return error_response(406, "Not acceptable", "Answers are application/taxii+json;version=2.1.");
  if (request.method == "POST" && !is_taxii_content(request.fields))
    return error_response(415, "Unsupported media type", "Send application/taxii+json;version=2.1.");
  return std::nullopt;
}

TaxiiEndpoint::Caller TaxiiEndpoint::identify(const net::Request& request) {
  Login::Verdict verdict = login_.judge(read_credentials(request), request);
  Caller out;
  switch (verdict.kind) {
    case Login::Verdict::Kind::known:
      out.name = std::move(verdict.name);
      break;
    case Login::Verdict::Kind::wrong:
      out.refused = unauthorized();
      break;
    case Login::Verdict::Kind::too_often:
      out.refused = error_response(429, "Too many attempts", "Wait a minute before the next one.");
      out.refused->fields.emplace_back("Retry-After", "60");
      break;
    case Login::Verdict::Kind::failed:
      out.refused = to_response(taxii::error_answer(verdict.error));
      break;
  }
  return out;
}

std::optional<net::Response> TaxiiEndpoint::before_body(const net::Request& request) {
  if (auto refused = check_head(request)) return refused;
  if (request.method != "POST") return std::nullopt;
  Caller caller = identify(request);
  if (caller.refused) return std::move(caller.refused);
  taxii::Answer refusal;
  const auto steps = node_.begin_posting(plain(request, caller.name), {}, refusal);
  if (!steps) return to_response(refusal);
  return std::nullopt;
}

net::Response TaxiiEndpoint::answer(net::Request& request) {
  if (auto refused = check_head(request)) return std::move(*refused);
  Caller caller = identify(request);
  if (caller.refused) return std::move(*caller.refused);
  if (request.method != "POST") {
    taxii::Answer answered = node_.answer(plain(request, caller.name));
    publish();
    if (is_read(request) && answered.status == 200 && answered.body && !answered.reuse &&
        is_discovery(request.path))
      answered.body = std::make_shared<const std::string>(
          with_host(*answered.body, request.fields.only("host").value_or("")));
    return finish(request, std::move(answered));
  }
  taxii::Answer refusal;
  auto steps = node_.begin_posting(plain(request, caller.name), std::move(request.body), refusal);
  if (!steps) return to_response(refusal);
  net::Response out;
  out.later = std::make_shared<std::function<std::optional<net::Response>()>>(
      [this, steps = std::move(steps)]() -> std::optional<net::Response> {
        auto done = steps();
        publish();
        if (!done) return to_response(taxii::error_answer(done.error()));
        if (!*done) return std::nullopt;
        return to_response(**done);
      });
  return out;
}

Freshness TaxiiEndpoint::now() const {
  return Freshness{epoch_.load(std::memory_order_acquire), clock_.now().seconds() / 60};
}

std::string TaxiiEndpoint::cache_key(const net::Request& request) const {
  std::string out(as_text(credential_digest(key_, request)));
  out += net::coding_name(coding_for(request));
  out += ' ';
  out += request.path;
  out += '?';
  out += request.query;
  return out;
}

void TaxiiEndpoint::compress(net::Response& response, net::Coding coding) {
  auto coded = cache_.coded(response.page, coding);
  if (!coded) return;
  response.page = std::move(coded);
  response.fields.emplace_back("Content-Encoding", net::coding_name(coding));
}

// Compresses, and keeps what may be sent again.
net::Response TaxiiEndpoint::finish(const net::Request& request, taxii::Answer answer) {
  net::Response out = to_response(answer);
  std::function<void(const net::Response&)> keep;
  if (answer.reuse && is_read(request))
    keep = [this, key = cache_key(request), fresh = Freshness{answer.reuse->epoch, answer.reuse->minute},
            ticket = answer.reuse->ticket](const net::Response& made) {
      cache_.keep(key, fresh, ticket, made);
    };
  const net::Coding coding = coding_for(request);
  if (coding != net::Coding::identity && out.page && out.page->size() >= limits_.compress_from) {
    if (out.page->size() > limits_.compress_at_once && !cache_.find_coded(out.page, coding)) {
      out.aside = std::make_shared<std::function<void(net::Response&)>>(
          [this, coding, keep = std::move(keep)](net::Response& response) {
            compress(response, coding);
            net::Response kept = response;
            kept.aside = nullptr;
            if (keep) keep(kept);
          });
      return out;
    }
    compress(out, coding);
  }
  if (keep) keep(out);
  return out;
}

std::optional<net::Response> TaxiiEndpoint::ready(const net::Request& request) {
  if (!is_read(request) || !accepts_taxii(request.fields)) return std::nullopt;
  const Freshness fresh = now();
  if (fresh.epoch == 0) return std::nullopt;
  return cache_.find(cache_key(request), fresh);
}

void TaxiiEndpoint::publish() {
  epoch_.store(node_.epoch(), std::memory_order_release);
}

void TaxiiEndpoint::report_served() {
  for (const auto& [ticket, times] : cache_.take_counts()) node_.note_served(ticket, times);
}

}  // namespace parley::api
