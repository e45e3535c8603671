#include "client/push.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parley::client {

namespace {

const ResourceLimits resource_limits;
constexpr std::string_view open = "{\"objects\":[";
constexpr std::string_view close = "]}";

std::string envelope_of(const std::vector<std::string>& objects) {
  std::string out(open);
  for (std::size_t i = 0; i < objects.size(); ++i) {
    if (i > 0) out += ',';
    out += objects[i];
  }
  out += close;
  return out;
}

}  // namespace

std::string id_of_object(const std::string& object) {
  const auto json = encoding::parse_json(object);
  const encoding::Json* id = json ? json->find("id") : nullptr;
  return id != nullptr && id->is_string() ? *id->if_string() : "?";
}

Push::Push(Url url, std::string collection, std::string api_root, Credentials credentials, PushLimits limits,
           Clock& clock, Entropy& entropy)
    : credentials_(std::move(credentials)),
      limits_(limits),
      finder_(std::move(url), std::move(collection), std::move(api_root)),
      attempts_(limits.retry, clock, entropy) {}

void Push::warn(std::string text) {
  if (report_.warnings.size() < 100 && std::ranges::find(report_.warnings, text) == report_.warnings.end())
    report_.warnings.push_back(std::move(text));
}

net::HttpsRequest Push::request(std::string method) const {
  net::HttpsRequest out;
  out.method = std::move(method);
  out.fields = {{"Accept", std::string(taxii_media_type)}, {"User-Agent", "parley"}};
  out.fields.insert(out.fields.end(), credentials_.fields.begin(), credentials_.fields.end());
  return out;
}

Push::Effect Push::end(Result<void> outcome) {
  stage_ = Stage::ended;
  report_.requests = attempts_.requests();
  report_.retries = attempts_.failures();
  return Ended{std::move(outcome)};
}

Push::Effect Push::start() {
  return attempts_.begin(*finder_.next(), request("GET"));
}

Push::Effect Push::waited() {
  if (!sleeping_) return attempts_.again();
  sleeping_ = false;
  const Url status = report_.place.api_root.below("status/" + percent_encode(status_.id) + "/");
  return attempts_.begin(status, request("GET"));
}

Push::Effect Push::answered(Result<net::HttpsAnswer> answer) {
  return step(attempts_.answered(std::move(answer)));
}

Push::Effect Push::step(Attempts::Step step) {
  if (auto* send = std::get_if<SendRequest>(&step)) return std::move(*send);
  if (auto* wait = std::get_if<WaitFor>(&step)) return std::move(*wait);
  auto& final = std::get<Attempts::Final>(step);
  if (final) return take(*final);
  if (stage_ == Stage::polling) {
    warn("what became of an envelope cannot be learned: " + final.error().text());
    return done_with_envelope();
  }
  return end(std::unexpected<Error>(std::move(final).error()));
}

Push::Effect Push::take(const net::HttpsAnswer& answer) {
  if (stage_ == Stage::posting) return take_posted(answer);
  if (stage_ == Stage::polling) return take_status(answer);
  if (stage_ != Stage::finding) return end(fail(ErrorKind::internal, "an answer that nobody asked for"));
  if (auto taken = finder_.take(answer); !taken) return end(std::move(taken));
  if (finder_.next()) return attempts_.begin(*finder_.next(), request("GET"));
  for (const std::string& warning : finder_.warnings()) warn(warning);
  report_.place = finder_.place();
  if (!report_.place.about.can_write)
    return end(fail(ErrorKind::peer,
                    "the collection may not be written with these credentials (can_write is false)",
                    report_.place.collection.text()));
  stage_ = Stage::waiting_for_page;
  return NextPage{report_.place};
}

void Push::fail_object(const std::string& object, std::string why) {
  ++report_.failed;
  if (report_.failures.size() < limits_.failures)
    report_.failures.push_back({id_of_object(object), std::move(why)});
}

Push::Effect Push::page(std::vector<std::string> objects) {
  if (stage_ != Stage::waiting_for_page)
    return end(fail(ErrorKind::internal, "a page that nobody asked for"));
  if (objects.empty()) return end({});
  ++report_.pages;
  report_.sent += objects.size();
  std::uint64_t max = limits_.envelope_bytes;
  if (report_.place.max_content_length > 0) max = std::min(max, report_.place.max_content_length);
  Envelope envelope;
  std::uint64_t bytes = 0;
  for (std::string& object : objects) {
    const std::uint64_t alone = open.size() + object.size() + close.size();
    if (alone > max) {
      fail_object(object, fmt::format("{} bytes alone are more than the server takes ({})", alone, max));
      continue;
    }
    const bool full = envelope.objects.size() >= limits_.envelope_objects || bytes + object.size() + 1 > max;
    if (!envelope.objects.empty() && full) {
      waiting_.push_back(std::move(envelope));
      envelope = {};
    }
    if (envelope.objects.empty()) bytes = open.size() + close.size();
    bytes += object.size() + 1;
    envelope.objects.push_back(std::move(object));
  }
  if (!envelope.objects.empty()) waiting_.push_back(std::move(envelope));
  return next_envelope();
}

Push::Effect Push::next_envelope() {
  if (waiting_.empty()) {
    stage_ = Stage::waiting_for_page;
    return NextPage{report_.place};
  }
  stage_ = Stage::posting;
  ++report_.envelopes;
  net::HttpsRequest post = request("POST");
  post.fields.emplace_back("Content-Type", std::string(taxii_media_type));
  post.body = envelope_of(waiting_.front().objects);
  return attempts_.begin(report_.place.collection.below("objects/"), std::move(post));
}

Push::Effect Push::take_posted(const net::HttpsAnswer& answer) {
  if (answer.status == 400 || answer.status == 413 || answer.status == 422) return refused(answer);
  if (answer.status != 202 && answer.status != 200 && answer.status != 201)
    return end(fail(ErrorKind::peer, describe_refusal(answer), attempts_.url().text()));
  auto status = parse_status(answer.body, resource_limits);
  if (!status) {
    warn("the server took an envelope and said nothing of what became of it: " + status.error().text());
    return done_with_envelope();
  }
  status_ = std::move(*status);
  polls_ = 0;
  if (status_.complete) {
    note(status_);
    return done_with_envelope();
  }
  return poll();
}

Push::Effect Push::poll() {
  stage_ = Stage::polling;
  if (status_.id.empty() || polls_ >= limits_.status_polls) {
    warn("the server had not finished with an envelope when we stopped asking");
    note(status_);
    report_.pending += status_.pending;
    return done_with_envelope();
  }
  const auto wait = limits_.first_poll * (std::int64_t{1} << std::min<std::uint32_t>(polls_, 16));
  ++polls_;
  sleeping_ = true;
  return WaitFor{std::min(limits_.longest_poll, wait), "the server is still at work on an envelope"};
}

Push::Effect Push::take_status(const net::HttpsAnswer& answer) {
  auto status = answer.status == 200
                    ? parse_status(answer.body, resource_limits)
                    : Result<StatusResource>(fail(ErrorKind::peer, describe_refusal(answer)));
  if (!status) {
    warn("what became of an envelope cannot be learned: " + status.error().text());
    return done_with_envelope();
  }
  const std::string id = status_.id;
  status_ = std::move(*status);
  status_.id = id;
  if (!status_.complete) return poll();
  note(status_);
  return done_with_envelope();
}

void Push::note(const StatusResource& status) {
  // Counts that cannot be true are not ours to repeat.
  const std::uint64_t most = waiting_.front().objects.size();
  const std::uint64_t failed =
      std::min<std::uint64_t>(most, std::max<std::uint64_t>(status.failure, status.failures.size()));
  report_.failed += failed;
  report_.accepted += std::min(most - failed, status.success);
  if (status.complete && status.success + failed < most)
    warn("the server accounts for fewer objects than it was sent");
  for (const StatusResource::Failure& one : status.failures)
    if (report_.failures.size() < limits_.failures)
      report_.failures.push_back({printable(one.id, 120), one.message});
}

Push::Effect Push::refused(const net::HttpsAnswer& answer) {
  Envelope envelope = std::move(waiting_.front());
  waiting_.pop_front();
  if (envelope.objects.size() == 1) {
    fail_object(envelope.objects.front(), describe_refusal(answer));
    return next_envelope();
  }
  Envelope second;
  const auto middle = envelope.objects.begin() + static_cast<std::ptrdiff_t>(envelope.objects.size() / 2);
  second.objects.assign(std::make_move_iterator(middle), std::make_move_iterator(envelope.objects.end()));
  envelope.objects.erase(middle, envelope.objects.end());
  waiting_.push_front(std::move(second));
  waiting_.push_front(std::move(envelope));
  return next_envelope();
}

Push::Effect Push::done_with_envelope() {
  waiting_.pop_front();
  return next_envelope();
}

}  // namespace parley::client
