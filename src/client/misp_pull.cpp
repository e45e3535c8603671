#include "client/misp_pull.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.hpp"
#include "crypto/hash.hpp"
#include "misp/distribution.hpp"
#include "misp/feed.hpp"

namespace parley::client {

namespace {

using misp::lower;
using misp::Value;
using misp_sync::Listed;

constexpr std::size_t max_message = 200;

/// What a server says of an error, cut down to what a line can hold.
std::string told(const net::HttpsAnswer& answer) {
  std::string out = fmt::format("the server answered {}", answer.status);
  if (const auto json = misp::parse_value(answer.body)) {
    const std::string_view message = json->text("message");
    std::string line;
    for (const char c : message.substr(0, max_message))
      line.push_back(static_cast<unsigned char>(c) < 0x20 || c == 0x7f || !is_ascii(c) ? '?' : c);
    if (!line.empty()) out += ": " + line;
  }
  return out;
}

/// 64 bits that nobody can choose two UUIDs for.
std::uint64_t hash_of(std::string_view uuid) {
  const crypto::Hash256 hash = crypto::sha256(as_bytes(uuid));
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < sizeof out; ++i) out = out << 8U | hash[i];
  return out;
}

Url folder_of(Url url) {
  constexpr std::string_view manifest = "/manifest.json";
  if (url.path.ends_with(manifest)) url.path.resize(url.path.size() - manifest.size() + 1);
  url.query.clear();
  return url;
}

}  // namespace

MispPull::MispPull(MispPullQuestion question, Credentials credentials, MispPullLimits limits, Clock& clock,
                   Entropy& entropy)
    : question_(std::move(question)),
      credentials_(std::move(credentials)),
      limits_(limits),
      attempts_(limits.retry, clock, entropy),
      stage_(question_.is_feed ? Stage::manifest : Stage::version),
      seen_(limits.remembered),
      at_once_(std::max<std::size_t>(1, limits.events_a_request)) {
  question_.url = folder_of(std::move(question_.url));
}

void MispPull::warn(std::string text) {
  if (report_.warnings.size() < limits_.named &&
      std::ranges::find(report_.warnings, text) == report_.warnings.end())
    report_.warnings.push_back(std::move(text));
}

void MispPull::refuse(std::string uuid, std::string why) {
  ++report_.refused;
  if (report_.refusals.size() < limits_.named) report_.refusals.push_back({std::move(uuid), std::move(why)});
}

MispPull::Effect MispPull::end(Result<void> outcome) {
  stage_ = Stage::ended;
  report_.complete = outcome.has_value();
  report_.requests = attempts_.requests();
  report_.failures = attempts_.failures();
  return Ended{std::move(outcome)};
}

Url MispPull::at(std::string_view path) const {
  return question_.url.below(path);
}

MispPull::Effect MispPull::request(net::HttpsRequest request, Url url) {
  request.fields.insert(
      request.fields.begin(),
      {{"Accept", "application/json"}, {"Accept-Encoding", "zstd, gzip, deflate"}, {"User-Agent", "parley"}});
  request.fields.insert(request.fields.end(), credentials_.fields.begin(), credentials_.fields.end());
  return attempts_.begin(std::move(url), std::move(request));
}

MispPull::Effect MispPull::get(std::string_view path) {
  return request({}, at(path));
}

MispPull::Effect MispPull::post(std::string_view path, std::string body) {
  net::HttpsRequest out;
  out.method = "POST";
  out.fields = {{"Content-Type", "application/json"}};
  out.body = std::move(body);
  return request(std::move(out), at(path));
}

MispPull::Effect MispPull::start() {
  if (!question_.is_feed) return get("servers/getVersion");
  net::HttpsRequest out;
  if (!question_.again && !question_.etag.empty()) out.fields = {{"If-None-Match", question_.etag}};
  return request(std::move(out), at("manifest.json"));
}

MispPull::Effect MispPull::waited() {
  return attempts_.again();
}

MispPull::Effect MispPull::answered(Result<net::HttpsAnswer> answer) {
  return step(attempts_.answered(std::move(answer)));
}

MispPull::Effect MispPull::step(Attempts::Step step) {
  if (auto* send = std::get_if<SendRequest>(&step)) return std::move(*send);
  if (auto* wait = std::get_if<WaitFor>(&step)) return std::move(*wait);
  auto& final = std::get<Attempts::Final>(step);
  if (final) return take(*final);
  return failed(std::move(final).error());
}

/// Nothing came, however often it was tried.
MispPull::Effect MispPull::failed(Error error) {
  const bool too_large = !error.rules.empty() && error.rules.front() == net::answer_too_large;
  if (stage_ == Stage::hashes) {
    warn("not compared with hashes.csv: " + error.text());
    return compare(std::move(waiting_));
  }
  if (stage_ != Stage::events) return end(std::unexpected<Error>(std::move(error)));
  if (!is_single_) {
    // One of them may be the cause: they are asked for in smaller lots, then alone.
    at_once_ = std::max<std::size_t>(1, at_once_ / 8);
    for (auto& [uuid, listed] : asked_) {
      if (at_once_ == 1)
        alone_.push_back(std::move(listed));
      else
        wanted_.push_front(std::move(listed));
    }
    asked_.clear();
    return ask_events();
  }
  for (const auto& [uuid, listed] : asked_)
    refuse(uuid, too_large ? "it is larger than is taken" : "it could not be had: " + error.text());
  asked_.clear();
  if (!too_large && ++failures_ >= limits_.failures_in_a_row)
    return end(std::unexpected<Error>(std::move(error)));
  return after_events();
}

MispPull::Effect MispPull::take(const net::HttpsAnswer& answer) {
  switch (stage_) {
    case Stage::version:
      return take_version(answer);
    case Stage::manifest:
      return take_manifest(answer);
    case Stage::hashes:
      return take_hashes(answer);
    case Stage::index:
      return take_index(answer);
    case Stage::events:
      return is_single_ ? take_single(answer) : take_events(answer);
    case Stage::comparing:
    case Stage::storing:
    case Stage::ended:
      break;
  }
  return end(fail(ErrorKind::internal, "an answer that nobody asked for"));
}

MispPull::Effect MispPull::take_version(const net::HttpsAnswer& answer) {
  if (answer.status != 200) return end(fail(ErrorKind::peer, told(answer), at("servers/getVersion").text()));
  const auto json = misp::parse_value(answer.body);
  const auto version = json ? misp_sync::parse_version(json->text("version")) : std::unexpected(Error());
  if (!version)
    return end(fail(ErrorKind::peer, "this is no MISP instance: it tells no version", question_.url.text()));
  report_.version = *version;
  if (version->major != 2 || (version->minor != 4 && version->minor != 5))
    return end(fail(ErrorKind::peer, "MISP " + version->text() + " is not known here: 2.4 and 2.5 are",
                    question_.url.text()));
  return ask_index();
}

MispPull::Effect MispPull::take_manifest(const net::HttpsAnswer& answer) {
  if (answer.status == 304) {
    report_.not_modified = true;
    report_.etag = question_.etag;
    return end({});
  }
  if (answer.status != 200) return end(fail(ErrorKind::peer, told(answer), at("manifest.json").text()));
  auto listing = misp_sync::parse_manifest(answer.body, limits_.listing);
  if (!listing) return end(std::unexpected<Error>(std::move(listing).error()));
  if (const auto etag = answer.fields.only("etag")) report_.etag = std::string(*etag);
  waiting_ = std::move(*listing);
  stage_ = Stage::hashes;
  return get("hashes.csv");
}

MispPull::Effect MispPull::take_hashes(const net::HttpsAnswer& answer) {
  if (answer.status == 200) {
    auto counts = misp_sync::count_hashes(answer.body, limits_.listing);
    if (counts)
      hashes_ = std::move(*counts);
    else
      warn("not compared with hashes.csv: " + counts.error().text());
  }
  last_page_ = true;
  return compare(std::move(waiting_));
}

MispPull::Effect MispPull::ask_index() {
  stage_ = Stage::index;
  if (++page_ > limits_.pages)
    return end(fail(ErrorKind::peer, fmt::format("the index has more than {} pages", limits_.pages),
                    question_.url.text()));
  return post("events/index",
              fmt::format(R"({{"minimal":1,"published":1,"limit":{},"page":{}}})", limits_.page_size, page_));
}

MispPull::Effect MispPull::take_index(const net::HttpsAnswer& answer) {
  if (answer.status != 200) return end(fail(ErrorKind::peer, told(answer), at("events/index").text()));
  auto listing = misp_sync::parse_index(answer.body, limits_.listing);
  if (!listing) return end(std::unexpected<Error>(std::move(listing).error()));
  ++report_.pages;
  // A short page is the last one; a server that knows no pages sends everything at once.
  last_page_ = listing->entries != limits_.page_size;
  const std::size_t before = listing->events.size();
  std::erase_if(listing->events, [&](const Listed& one) { return !seen_.add(hash_of(one.uuid)); });
  if (before > 0 && listing->events.empty())
    return end(fail(
        ErrorKind::peer,
        fmt::format("the index goes round in circles: page {} lists only events of earlier pages", page_),
        at("events/index").text()));
  if (report_.listed + listing->events.size() > limits_.remembered)
    return end(fail(ErrorKind::peer, fmt::format("more than {} events are listed", limits_.remembered),
                    at("events/index").text()));
  return compare(std::move(*listing));
}

MispPull::Effect MispPull::compare(misp_sync::Listing listing) {
  for (std::string& complaint : listing.complaints) warn(std::move(complaint));
  report_.listed += listing.events.size();
  stage_ = Stage::comparing;
  last_page_ = last_page_ || question_.is_feed;
  return Compare{std::move(listing.events), question_.again};
}

MispPull::Effect MispPull::compared(std::vector<Listed> wanted) {
  report_.wanted += wanted.size();
  wanted_.assign(std::make_move_iterator(wanted.begin()), std::make_move_iterator(wanted.end()));
  return ask_events();
}

/// The next events; the next page when there are none; the end behind the last.
MispPull::Effect MispPull::ask_events() {
  stage_ = Stage::events;
  const bool one_by_one = question_.is_feed || at_once_ == 1;
  is_single_ = one_by_one || (wanted_.empty() && !alone_.empty());
  auto& from = is_single_ && !alone_.empty() ? alone_ : wanted_;
  if (from.empty()) {
    if (!batch_.empty()) {
      stage_ = Stage::storing;
      batch_bytes_ = 0;
      return StoreEvents{std::exchange(batch_, {})};
    }
    return last_page_ ? end({}) : ask_index();
  }
  asked_.clear();
  if (is_single_) {
    Listed one = std::move(from.front());
    from.pop_front();
    const std::string uuid = one.uuid;
    asked_.emplace(uuid, std::move(one));
    return get(question_.is_feed ? uuid + ".json"
                                 : "events/view/" + uuid + "/deleted[]:0/deleted[]:1/excludeLocalTags:1");
  }
  std::string uuids;
  while (!from.empty() && asked_.size() < at_once_) {
    Listed one = std::move(from.front());
    from.pop_front();
    uuids += (uuids.empty() ? "\"" : ",\"") + one.uuid + "\"";
    const std::string uuid = one.uuid;
    asked_.emplace(uuid, std::move(one));
  }
  return post(
      "events/restSearch",
      R"({"returnFormat":"json","deleted":[0,1],"includeSightings":1,"excludeLocalTags":1,"eventid":[)" +
          uuids + "]}");
}

MispPull::Effect MispPull::take_events(const net::HttpsAnswer& answer) {
  auto json = answer.status == 200 ? misp::parse_value(answer.body, limits_.event.json)
                                   : std::unexpected(Error{ErrorKind::peer, told(answer), {}, {}});
  Value* list = json ? json->find("response") : nullptr;
  if (json && list == nullptr && json->is_array()) list = &*json;
  if (list == nullptr || list->if_array() == nullptr)
    return failed(
        json ? Error{ErrorKind::peer, "this is no list of events", at("events/restSearch").text(), {}}
             : std::move(json).error());
  failures_ = 0;
  for (Value& one : *list->if_array()) {
    Value* event = one.find("Event");
    check(event != nullptr ? std::move(*event) : std::move(one), {});
  }
  // What was asked for and did not come is asked for alone.
  for (auto& [uuid, listed] : asked_) alone_.push_back(std::move(listed));
  asked_.clear();
  return after_events();
}

MispPull::Effect MispPull::take_single(const net::HttpsAnswer& answer) {
  failures_ = 0;
  const std::string uuid = asked_.begin()->first;
  if (answer.status != 200) {
    refuse(uuid, "it is listed and cannot be had: " + told(answer));
  } else {
    auto json = misp::parse_value(answer.body, limits_.event.json);
    if (!json) {
      refuse(uuid, "it is no whole JSON: " + json.error().text());
    } else {
      Value* event = json->find("Event");
      check(event != nullptr ? std::move(*event) : std::move(*json), answer.body);
      for (const auto& [missing, listed] : asked_)
        if (missing == uuid) refuse(uuid, "another event came in its place");
    }
  }
  asked_.clear();
  return after_events();
}

/// Takes an event into the batch if it is what it says to be. `file`: its bytes, of a feed.
void MispPull::check(Value json, std::string_view file) {
  const std::string uuid = lower(json.text("uuid"));
  const auto asked = asked_.find(uuid);
  if (asked == asked_.end()) {
    warn("an event came that nobody asked for; it was not taken: " +
         (uuid.size() == 36 ? uuid : std::string("without a UUID")));
    return;
  }
  const Listed listed = asked->second;
  asked_.erase(asked);
  if (question_.is_feed && !listed.sha256.empty() && to_hex(crypto::sha256(as_bytes(file))) != listed.sha256)
    return refuse(uuid, "its file is not the one that the manifest has the hash of (integrity:sha256)");
  auto event = misp::Event::from_json(std::move(json), limits_.event);
  if (!event) return refuse(uuid, event.error().text());
  if (event->timestamp() < listed.timestamp)
    return refuse(uuid, fmt::format("it is listed with the timestamp {} and came with the earlier {}",
                                    listed.timestamp, event->timestamp()));
  std::uint64_t attributes = 0, values = 0;
  const bool count_values = hashes_.contains(uuid);
  for (const misp::AttributeView& one : event->attributes()) {
    if (one.deleted) continue;
    ++attributes;
    if (count_values) values += misp::value_parts(one.type, one.value).size();
  }
  const auto short_of = [&](std::uint64_t said, std::uint64_t came, std::string_view what) {
    const std::string text = fmt::format("{} {}, and {} came", what, said, came);
    if (question_.fewer) warn("event " + uuid + ": " + text);
    return text;
  };
  const auto said = event->json().number("attribute_count");
  if (said && *said > 0 && static_cast<std::uint64_t>(*said) > attributes) {
    std::string text = short_of(static_cast<std::uint64_t>(*said), attributes,
                                "the number of attributes that it says to have is");
    if (!question_.fewer) return refuse(uuid, std::move(text));
  }
  if (said && static_cast<std::uint64_t>(std::max<std::int64_t>(*said, 0)) < attributes)
    warn(fmt::format("event {} says to have {} attributes and has {}", uuid, *said, attributes));
  if (count_values && values < hashes_.at(uuid)) {
    std::string text = short_of(hashes_.at(uuid), values, "the number of its values in hashes.csv is");
    if (!question_.fewer) return refuse(uuid, std::move(text));
  }
  // From one instance to the next everything is shared one step less far.
  if (!question_.is_feed) misp::step_down(*event);
  ++report_.fetched;
  batch_bytes_ += file.empty() ? std::size_t{1'024} * (1 + attributes) : file.size();
  batch_.push_back(std::move(*event));
}

MispPull::Effect MispPull::after_events() {
  if (batch_.size() >= limits_.batch_events || batch_bytes_ >= limits_.batch_bytes) {
    stage_ = Stage::storing;
    batch_bytes_ = 0;
    return StoreEvents{std::exchange(batch_, {})};
  }
  return ask_events();
}

MispPull::Effect MispPull::stored(const std::vector<MispFate>& fates) {
  for (const MispFate& one : fates) {
    if (!one.error.empty()) {
      refuse(one.uuid, one.error);
    } else if (!one.was_held || one.order == misp::EventOrder::newer) {
      ++report_.stored;
    } else if (one.order == misp::EventOrder::same) {
      ++report_.unchanged;
    } else if (one.order == misp::EventOrder::changed) {
      refuse(one.uuid, "its content changed and its timestamp did not; what is held stays");
    } else {
      refuse(one.uuid, "it is earlier than what is held, though it was listed as later");
    }
  }
  return ask_events();
}

}  // namespace parley::client
