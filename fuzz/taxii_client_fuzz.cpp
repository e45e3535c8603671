// Property: whatever a server answers, in whatever pieces, a pull ends after a bounded number of requests,
// asks only the server that it was sent to, stores only pages that are JSON, never moves its cursor back, and
// never sends a request that could be read as two.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "client/pull.hpp"
#include "net/https_client_answer.hpp"

namespace {

using namespace parley;
using namespace parley::client;

void require(bool holds) {
  if (!holds) std::abort();
}

class Zeros final : public Entropy {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (auto& byte : out) byte = 0;
  }
};

// Answers stand behind each other, each cut off by a byte 0xff; after the last one they begin again. What
// does not begin as HTTP stands for a body of TAXII.
class Script {
 public:
  explicit Script(std::string_view text) {
    while (true) {
      const std::size_t end = text.find('\xff');
      parts_.push_back(text.substr(0, end));
      if (end == std::string_view::npos) break;
      text.remove_prefix(end + 1);
    }
  }
  Result<net::HttpsAnswer> next() {
    const std::string_view part = parts_[at_++ % parts_.size()];
    std::string bytes(part);
    if (!part.starts_with("HTTP/"))
      bytes = "HTTP/1.1 200 OK\r\nContent-Type: application/taxii+json\r\n\r\n" + bytes;
    net::AnswerLimits limits;
    limits.body_bytes = 100'000;
    net::AnswerReader reader(limits);
    const std::size_t piece = 1 + bytes.size() / 3;
    for (std::size_t at = 0; at < bytes.size() && !reader.complete(); at += piece) {
      const Result<bool> fed = reader.feed(std::string_view(bytes).substr(at, piece));
      if (!fed) return std::unexpected<Error>(fed.error());
    }
    if (!reader.complete())
      if (auto ended = reader.end(); !ended) return std::unexpected<Error>(ended.error());
    net::HttpsAnswer answer = reader.take();
    require(answer.body.size() <= limits.body_bytes);
    return answer;
  }

 private:
  std::vector<std::string_view> parts_;
  std::size_t at_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Script script(std::string_view(reinterpret_cast<const char*>(data), size));
  ManualClock clock(Timestamp::from_seconds(1'800'000'000));
  Zeros entropy;
  PullLimits limits;
  limits.pages = 40;
  limits.manifest_pages = 20;
  limits.fetched_by_id = 100;
  limits.retry.attempts = 3;
  const Url start = *Url::parse("https://taxii.example.org/r/collections/c/");
  Pull pull({start, "", "", std::nullopt, true}, {}, limits, clock, entropy);
  // Each of those may be tried so often, each time after so many redirects.
  constexpr int max_requests = (40 + 20 + 10 + 24) * 3 * 6;
  int requests = 0;
  Timestamp after;
  Pull::Effect effect = pull.start();
  while (std::get_if<Pull::Ended>(&effect) == nullptr) {
    if (const auto* send = std::get_if<SendRequest>(&effect)) {
      require(++requests <= max_requests);
      require(send->url.same_origin(start));
      const Result<std::string> bytes = net::write_request(send->request, send->url.host);
      require(bytes.has_value() && bytes->find("\r\n\r\n") == bytes->size() - 4);
      effect = pull.answered(script.next());
    } else if (const auto* wait = std::get_if<WaitFor>(&effect)) {
      require(wait->time.count() >= 0 && wait->time <= limits.retry.retry_after);
      effect = pull.waited();
    } else if (std::get_if<Pull::LoadCursor>(&effect) != nullptr) {
      effect = pull.resume(std::nullopt);
    } else {
      const auto& page = std::get<Pull::StorePage>(effect);
      if (!page.body.empty()) require(read_page(page.body, PageKind::objects, limits.page).has_value());
      const auto moved = parse_time(page.cursor.after);
      require(page.cursor.after.empty() || moved.has_value());
      if (moved) require(*moved >= after);
      if (moved) after = *moved;
      const auto again = PullCursor::from_json(page.cursor.to_json());
      require(again && *again == page.cursor);
      effect = pull.stored();
    }
  }
  require(pull.report().pages <= limits.pages + limits.fetched_by_id);
  return 0;
}
