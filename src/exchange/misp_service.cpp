#include "exchange/misp_service.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "crypto/hash.hpp"
#include "exchange/clock_guard.hpp"
#include "exchange/misp_site.hpp"
#include "misp/feed.hpp"
#include "misp_sync/describe_types.hpp"

namespace parley::exchange {

using misp::lower;
using misp::Value;
using misp_sync::Answer;
using misp_sync::Method;
using misp_sync::Target;

namespace {

constexpr std::string_view read_collection = "misp";
constexpr std::size_t max_pages_remembered = 10'000;
constexpr std::size_t kept_overhead = 512;
constexpr std::size_t number_digits = 12;  // of the UUID, hexadecimal

class Finished final : public MispWork {
 public:
  explicit Finished(Answer answer) : answer_(std::move(answer)) {}
  Result<std::optional<Answer>> step() override { return std::optional<Answer>(std::move(answer_)); }

 private:
  Answer answer_;
};

}  // namespace

std::unique_ptr<MispWork> finished(Result<Answer> answer, const std::string& url) {
  if (!answer) answer = misp_sync::error_answer(answer.error(), url);
  return std::make_unique<Finished>(std::move(*answer));
}

std::unique_ptr<MispSite::Turn> MispSite::take_turn(const MispCaller& caller, std::string_view uuid) {
  std::string key = caller.name + " " + lower(uuid);
  if (!writing_.insert(key).second) return nullptr;
  return std::make_unique<Turn>(*this, std::move(key));
}

std::unique_ptr<MispWork> misp_refusal(int status, std::string_view why, const std::string& url) {
  return finished(misp_sync::error_answer(status, why, url), url);
}

Result<Value> parse_body(std::string_view body) {
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) return Value::object();
  return misp::parse_value(body);
}

MispSite::MispSite(Node& the_node, const intel::WarninglistSet& lists, MispSettings the_settings)
    : node(the_node), warninglists(lists), settings(the_settings), reads(the_node, "misp_reads") {}

Result<void> MispSite::refresh() {
  if (!recovered_) {
    PARLEY_CHECK(TaxiiReads::recover(node, "misp_reads"));
    recovered_ = true;
  }
  const bool level = loaded_ && changes_ == node.store().changes() && definitions_ == node.definitions() &&
                     policy_ == node.policy().hash() && sightings_ == sightings_epoch;
  if (level) return {};
  loaded_ = false;
  snapshot_.reset();
  kept_.clear();
  kept_bytes_ = 0;
  pages.clear();
  changes_ = node.store().changes();
  definitions_ = node.definitions();
  policy_ = node.policy().hash();
  sightings_ = sightings_epoch;
  PARLEY_TRY(recorded_until_, note_time(node));
  PARLEY_TRY(snapshot_, node.store().snapshot());
  changes_ = node.store().changes();
  PARLEY_TRY(const std::vector<TaxiiCaller> list, list_callers(*snapshot_));
  callers_.clear();
  for (const TaxiiCaller& one : list) {
    const auto right = one.rights.find(misp_right);
    if (one.revoked || right == one.rights.end()) continue;
    callers_.push_back({one.name, one.organisation, {right->second.read, right->second.write}});
  }
  loaded_ = true;
  return {};
}

const MispCaller* MispSite::find(std::string_view name) const {
  for (const MispCaller& one : callers_)
    if (one.name == name) return &one;
  return nullptr;
}

Result<std::shared_ptr<MispView>> MispSite::make_view(const MispCaller& caller, misp::Route route) {
  return std::make_shared<MispView>(snapshot_, node.policy(),
                                    MispAudience{caller.name, caller.organisation, route}, node.clock().now(),
                                    recorded_until_);
}

Result<void> MispSite::count(const MispCaller& caller, std::string_view body, std::uint64_t objects) {
  PARLEY_CHECK(reads.served(caller.name, read_collection, minute_of(node.clock().now()),
                            crypto::sha256(as_bytes(body)), objects));
  return {};
}

std::optional<Answer> MispSite::kept(const std::string& key) const {
  const auto found = kept_.find(key);
  if (found == kept_.end()) return std::nullopt;
  return found->second.answer;
}

std::uint64_t MispSite::kept_objects(const std::string& key) const {
  const auto found = kept_.find(key);
  return found == kept_.end() ? 0 : found->second.objects;
}

void MispSite::keep(const std::string& key, const Answer& answer, std::uint64_t objects) {
  const std::size_t bytes = key.size() + kept_overhead + (answer.body ? answer.body->size() : 0);
  if (bytes > settings.kept_bytes) return;
  if (kept_bytes_ + bytes > settings.kept_bytes) {
    kept_.clear();
    kept_bytes_ = 0;
  }
  if (pages.size() > max_pages_remembered) pages.clear();
  if (kept_.emplace(key, Kept{answer, objects}).second) kept_bytes_ += bytes;
}

namespace {
/// A UUID that stays the same without being kept (RFC 9562 version 8).
std::string uuid_from(std::string_view text) {
  auto hash = crypto::sha256(as_bytes(text));
  hash[6] = static_cast<std::uint8_t>((hash[6] & 0x0FU) | 0x80U);
  hash[8] = static_cast<std::uint8_t>((hash[8] & 0x3FU) | 0x80U);
  const std::string hex = to_hex(BytesView(hash).first(16));
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20);
}
}  // namespace

std::string MispSite::uuid() const {
  return uuid_from("parley/misp-instance/1 " + node.identity().origin);
}

misp_sync::Organisation MispSite::organisation() const {
  return {node.identity().name, uuid()};
}

misp_sync::Organisation MispSite::organisation_of(const MispCaller& caller) const {
  if (!caller.organisation.empty()) return {caller.name, caller.organisation};
  return {caller.name, uuid_from("parley/misp-caller/1 " + node.identity().origin + "\n" + caller.name)};
}

std::string number_of_event(std::string_view uuid) {
  std::string digits;
  for (const char c : uuid)
    if (c != '-' && digits.size() < number_digits) digits.push_back(c);
  std::uint64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  return std::to_string(number);
}

Result<std::string> uuid_of(const state::Reader& reader, std::string_view name) {
  if (misp_sync::is_uuid(name)) return lower(name);
  std::uint64_t number = 0;
  const auto [end, code] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (name.empty() || code != std::errc() || end != name.data() + name.size() || number >> 48U != 0)
    return std::string();
  const std::string hex = fmt::format("{:012x}", number);
  PARLEY_TRY(const auto found, reader.misp_events().first_uuid(hex.substr(0, 8) + "-" + hex.substr(8)));
  return found.value_or("");
}

Result<std::optional<state::StoredMispEvent>> own_copy(const state::Reader& reader, const MispCaller& caller,
                                                       std::string_view uuid) {
  const std::string origin = caller_origin(caller.name);
  PARLEY_TRY(const auto sources, reader.list_sources());
  for (const state::StoredSource& source : sources) {
    if (source.latest.name != origin) continue;
    PARLEY_TRY(auto found, reader.misp_events().find_of(uuid, source.id, true));
    if (found) return found;
  }
  return std::optional<state::StoredMispEvent>();
}

namespace {

/// What stands under a name that this caller might see: what counts, then what it gave itself.
Result<std::vector<state::StoredMispEvent>> candidates(MispSite& site, const MispCaller& caller,
                                                       std::string_view name) {
  std::vector<state::StoredMispEvent> out;
  const auto reader = site.reader();
  PARLEY_TRY(const std::string uuid, uuid_of(*reader, name));
  if (uuid.empty()) return out;
  PARLEY_TRY(auto first, reader->misp_events().find(uuid));
  if (!first) return out;
  const bool is_received = first->entry.received;
  out.push_back(std::move(*first));
  if (!caller.rights.write) return out;
  PARLEY_TRY(auto own, own_copy(*reader, caller, uuid));
  if (own && !(is_received && own->entry.source == out.front().entry.source)) out.push_back(std::move(*own));
  return out;
}

std::unexpected<Error> no_event() {
  return fail(ErrorKind::not_found, "there is no such event");
}

}  // namespace

Result<FoundEvent> find_event(MispSite& site, MispView& view, const MispCaller& caller,
                              std::string_view name) {
  PARLEY_TRY(std::vector<state::StoredMispEvent> all, candidates(site, caller, name));
  for (state::StoredMispEvent& one : all) {
    auto cleared = Gate(site.node).clear_misp_event(view, one);
    if (cleared) return FoundEvent{std::move(one), std::move(*cleared).release()};
    if (cleared.error().kind != ErrorKind::not_found && cleared.error().kind != ErrorKind::refused)
      return std::unexpected<Error>(cleared.error());
  }
  return no_event();
}

Result<MispEntryOut> find_entry(MispSite& site, MispView& view, const MispCaller& caller,
                                std::string_view name) {
  PARLEY_TRY(std::vector<state::StoredMispEvent> all, candidates(site, caller, name));
  for (state::StoredMispEvent& one : all) {
    auto cleared = Gate(site.node).clear_misp_entry(view, one);
    if (cleared) return std::move(*cleared).release();
    if (cleared.error().kind != ErrorKind::not_found && cleared.error().kind != ErrorKind::refused)
      return std::unexpected<Error>(cleared.error());
  }
  return no_event();
}

Value event_for_peers(misp::Event event) {
  event = misp::feed_form(std::move(event));
  Value& json = event.json();
  const std::string number = number_of_event(event.uuid());
  json.set("id", number);
  const auto fill = [](Value& where, std::string_view name, std::string_view value) {
    if (where.find(name) == nullptr) where.set(name, value);
  };
  fill(json, "distribution", "0");
  fill(json, "sharing_group_id", "0");
  fill(json, "threat_level_id", "4");
  fill(json, "analysis", "0");
  fill(json, "publish_timestamp", "0");
  fill(json, "extends_uuid", "");
  if (json.find("published") == nullptr) json.set("published", true);
  if (json.find("locked") == nullptr) json.set("locked", false);
  for (const std::string_view list :
       {"Attribute", "Object", "Tag", "Galaxy", "EventReport", "ShadowAttribute"})
    if (json.find(list) == nullptr) json.set(list, Value::array());
  const auto complete = [&](Value* list) {
    if (list == nullptr || list->if_array() == nullptr) return;
    for (Value& one : *list->if_array()) {
      fill(one, "distribution", "5");
      fill(one, "sharing_group_id", "0");
      if (one.find("deleted") == nullptr) one.set("deleted", false);
      one.set("event_id", number);
      if (Value* tags = one.find("Tag"); tags != nullptr && tags->if_array() != nullptr)
        for (Value& tag : *tags->if_array())
          if (tag.find("local") == nullptr) tag.set("local", false);
    }
  };
  complete(json.find("Attribute"));
  complete(json.find("Object"));
  if (Value* objects = json.find("Object"); objects != nullptr && objects->if_array() != nullptr)
    for (Value& object : *objects->if_array()) complete(object.find("Attribute"));
  if (Value* tags = json.find("Tag"); tags != nullptr && tags->if_array() != nullptr)
    for (Value& tag : *tags->if_array())
      if (tag.find("local") == nullptr) tag.set("local", false);
  Value out = Value::object();
  out.set("Event", std::move(json));
  return out;
}

struct MispService::State {
  State(Node& node, const intel::WarninglistSet& lists, MispSettings settings)
      : site(node, lists, settings) {}

  Result<Target> find(const misp_sync::Request& request, const MispCaller*& caller, Answer& refusal);
  std::optional<Answer> answer_itself(const MispCaller& caller, const Target& target,
                                      std::string_view body) const;

  MispSite site;
};

/// Nothing (with `refusal`) when it is refused at once.
Result<Target> MispService::State::find(const misp_sync::Request& request, const MispCaller*& caller,
                                        Answer& refusal) {
  const auto no = [&](int status, std::string_view why) {
    refusal = misp_sync::error_answer(status, why, request.path);
    return fail(ErrorKind::refused, "refused");
  };
  const Result<void> level = site.refresh();
  if (!level) {
    refusal = misp_sync::error_answer(level.error(), request.path);
    return fail(ErrorKind::refused, "refused");
  }
  const Result<Target> target = misp_sync::parse_target(request.path);
  const bool is_feed = target && target->controller == "feed";
  caller = request.caller.empty() ? nullptr : site.find(request.caller);
  if (caller == nullptr) {
    // A reader of a feed is told how to ask; an instance is told what MISP tells it.
    refusal = misp_sync::error_answer(
        is_feed && request.caller.empty() ? 401 : 403,
        "Authentication failed. Please make sure you pass the API key of an API enabled user along in the "
        "Authorization header.",
        request.path);
    refusal.challenge = refusal.status == 401;
    return fail(ErrorKind::refused, "refused");
  }
  if (!target) return no(404, "There is nothing here");
  return *target;
}

/// What needs neither store nor gate.
std::optional<Answer> MispService::State::answer_itself(const MispCaller& caller, const Target& target,
                                                        std::string_view body) const {
  const std::string_view controller = target.controller, action = target.action;
  if (controller == "servers") {
    if (action == "getversion")
      return misp_sync::json_answer(
          200, misp_sync::version_answer(site.settings.version, caller.rights.write ? site.uuid() : "-",
                                         caller.rights));
    if (action == "getpymispversion") {
      Value out = Value::object();
      out.set("version", site.settings.version.text());
      return misp_sync::json_answer(200, out);
    }
    if (action == "getinstanceuuid") {
      Value out = Value::object();
      out.set("uuid", site.uuid());
      return misp_sync::json_answer(200, out);
    }
    if (action == "posttest") {
      const Result<Value> parsed = parse_body(body);
      if (!parsed) return misp_sync::error_answer(parsed.error(), "/servers/postTest");
      Value headers = Value::object();
      headers.set("Content-type", "application/json");
      headers.set("Accept", "application/json");
      headers.set("Authorization", "OK");
      Value out = Value::object();
      out.set("body", *parsed);
      out.set("headers", std::move(headers));
      return misp_sync::json_answer(200, out);
    }
    if (action == "getavailablesyncfilteringrules") {
      Value out = Value::object();
      out.set("organisations", Value::array());
      out.set("tags", Value::array());
      return misp_sync::json_answer(200, out);
    }
  }
  if (controller == "users" && action == "view" && (target.argument(0) == "me" || target.argument(0) == "1"))
    return misp_sync::json_answer(200,
                                  misp_sync::user_answer(caller.name, site.organisation(), caller.rights));
  if (controller == "attributes" && action == "describetypes") {
    static const auto types =
        std::make_shared<const std::string>(misp::write_value(misp_sync::describe_types()));
    Answer out;
    out.body = types;
    return out;
  }
  return std::nullopt;
}

MispService::MispService(Node& node, const intel::WarninglistSet& warninglists, MispSettings settings)
    : state_(std::make_unique<State>(node, warninglists, settings)) {}
MispService::~MispService() = default;

const MispSettings& MispService::settings() const {
  return state_->site.settings;
}

std::optional<Answer> MispService::refuse_unread(const misp_sync::Request& request) {
  const MispCaller* caller = nullptr;
  Answer refusal;
  if (!state_->find(request, caller, refusal)) return refusal;
  return std::nullopt;
}

std::unique_ptr<MispWork> MispService::begin(const misp_sync::Request& request, std::string body) {
  const MispCaller* caller = nullptr;
  Answer refusal;
  const Result<Target> target = state_->find(request, caller, refusal);
  const std::string url(request.path);
  if (!target) return finished(std::move(refusal), url);
  if (body.size() > settings().max_body)
    return finished(misp_sync::error_answer(413, "The body is too large", url), url);
  if (auto answer = state_->answer_itself(*caller, *target, body)) return finished(std::move(*answer), url);
  MispSite& site = state_->site;
  if (request.method == Method::post) {
    if (auto work = begin_pushing(site, *caller, *target, body)) return work;
    if (auto work = begin_sighting(site, *caller, *target, body)) return work;
    if (auto work = begin_owning(site, *caller, *target)) return work;
  }
  if (auto answer = answer_foreign(site, *caller, request.method, *target))
    return finished(std::move(*answer), url);
  if (auto work =
          begin_reading(site, *caller, request.method, *target, request.if_none_match, std::move(body)))
    return work;
  return finished(misp_sync::error_answer(404, "There is nothing here", url), url);
}

Result<void> MispService::tick() {
  return state_->site.reads.close_before(minute_of(state_->site.node.clock().now()) - 1);
}

Result<void> MispService::close() {
  return state_->site.reads.close_before(std::numeric_limits<std::int64_t>::max());
}

}  // namespace parley::exchange
