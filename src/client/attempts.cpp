#include "client/attempts.hpp"

#include <algorithm>
#include <optional>

#include "client/taxii_text.hpp"

namespace parley::client {

namespace {

using std::chrono::milliseconds;

bool may_pass(int status) {
  return status == 408 || status == 425 || status == 429 || status == 500 || status == 502 || status == 503 ||
         status == 504;
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

SendRequest Attempts::begin(Url url, net::HttpsRequest request) {
  url_ = std::move(url);
  request_ = std::move(request);
  tried_ = 0;
  redirected_ = 0;
  return again();
}

SendRequest Attempts::again() {
  ++requests_;
  net::HttpsRequest request = request_;
  request.target = url_.target();
  return {url_, std::move(request)};
}

Attempts::Step Attempts::answered(Result<net::HttpsAnswer> answer) {
  if (!answer) {
    // A server that is not trusted, and an answer that is too large, stay so.
    const bool lasting = !answer.error().rules.empty() || answer.error().kind == ErrorKind::usage;
    if (lasting) return Final(std::unexpected<Error>(std::move(answer).error()));
    return failed(std::move(answer).error(), milliseconds(0));
  }
  if (is_redirect(answer->status)) return redirect(*answer);
  if (!may_pass(answer->status)) return Final(std::move(answer));
  Error error{ErrorKind::peer, describe_refusal(*answer), url_.text(), {}};
  milliseconds wait(0);
  if (const auto value = answer->fields.only("retry-after")) {
    if (const std::optional<milliseconds> asked = parse_retry_after(*value, clock_->now())) {
      if (*asked > limits_.retry_after) {
        error.message += "; it asks to come back in " + std::to_string(asked->count() / 1000) + " s";
        return Final(std::unexpected<Error>(std::move(error)));
      }
      wait = *asked;
    }
  }
  return failed(std::move(error), wait);
}

Attempts::Step Attempts::damaged(Error error) {
  return failed(std::move(error), milliseconds(0));
}

Attempts::Step Attempts::failed(Error error, milliseconds at_least) {
  ++failures_;
  if (++tried_ >= limits_.attempts) {
    error.message += " (tried " + std::to_string(tried_) + " times)";
    return Final(std::unexpected<Error>(std::move(error)));
  }
  milliseconds wait = limits_.longest;
  if (tried_ < 31) wait = std::min(wait, limits_.first * (std::int64_t{1} << (tried_ - 1)));
  const auto half = static_cast<std::uint64_t>(wait.count() / 2);
  wait = milliseconds(wait.count() / 2 + static_cast<std::int64_t>(entropy_->below(half + 1)));
  return WaitFor{std::max(wait, at_least), error.text()};
}

Attempts::Step Attempts::redirect(const net::HttpsAnswer& answer) {
  const auto no = [&](const std::string& why) {
    return Final(fail(ErrorKind::peer, "the server redirects (" + std::to_string(answer.status) + "): " + why,
                      url_.text()));
  };
  const auto location = answer.fields.only("location");
  if (!location) return no("it does not say where to");
  const Result<Url> to = url_.resolve(*location);
  if (!to) return no(to.error().text());
  if (request_.method != "GET" && answer.status != 307 && answer.status != 308)
    return no("what was posted is not sent elsewhere; name " + to->text());
  // Elsewhere the credentials would be another server's.
  if (!to->same_origin(url_))
    return no("to another server, " + to->origin() + "; name it if it is the right one");
  if (++redirected_ > limits_.redirects) return no("in a circle");
  url_ = *to;
  return again();
}

}  // namespace parley::client
