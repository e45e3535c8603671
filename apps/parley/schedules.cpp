#include "schedules.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "crypto/hash.hpp"
#include "files.hpp"
#include "state/store.hpp"

namespace parley::app {

namespace {

constexpr std::chrono::milliseconds look_again{1'000};
constexpr std::array<std::string_view, 5> of_every_kind{"id", "url", "every", "due", "last"};

std::string folder_of(Service& service, const ScheduleKind& kind) {
  return service.home().path() + "/" + std::string(kind.folder);
}

std::string secret_path(Service& service, const ScheduleKind& kind, const std::string& id) {
  return folder_of(service, kind) + "/" + id + ".json";
}

Result<void> save(exchange::Node& node, const ScheduleKind& kind, const Schedule& schedule) {
  return state::write(node.store(), state::Durability::synced, [&](state::Transaction& t) -> Result<void> {
    PARLEY_TRY(const auto before, t.get_document({kind.documents, schedule.id}));
    const auto version = before ? before->version : state::DocumentVersion(0);
    PARLEY_CHECK(t.put_document({kind.documents, schedule.id},
                                to_bytes(encoding::write_json(schedule.to_json())), version));
    return {};
  });
}

}  // namespace

Json Schedule::to_json() const {
  Json out = Json::object({{"id", id}, {"url", url}});
  for (const auto& [name, value] : *settings.if_object()) out.set(name, value);
  out.set("every", every);
  out.set("due", format_time(due));
  out.set("last", last);
  return out;
}

Result<Schedule> Schedule::from_json(const Json& json) {
  Schedule out;
  PARLEY_TRY(out.id, json.string_member("id"));
  PARLEY_TRY(out.url, json.string_member("url"));
  PARLEY_TRY(out.every, json.uint_member("every"));
  PARLEY_TRY(const std::string due, json.string_member("due"));
  PARLEY_TRY(out.due, parse_time(due));
  PARLEY_TRY(const Json* last, json.member("last"));
  out.last = *last;
  for (const auto& [name, value] : *json.if_object())
    if (std::ranges::find(of_every_kind, name) == of_every_kind.end()) out.settings.set(name, value);
  return out;
}

Result<std::optional<intel::TlpLevel>> tlp_of(const std::string& text) {
  if (text.empty()) return std::optional<intel::TlpLevel>();
  const auto level = intel::parse_tlp(text);
  if (!level) return fail(ErrorKind::usage, "--tlp: clear, green, amber, amber+strict or red");
  return level;
}

Result<Schedule> add_schedule(Service& service, const ScheduleKind& kind, const Args& args,
                              std::string_view name, Schedule schedule, const RemoteAccess& access) {
  schedule.every = args.number("every").value_or(0);
  if (schedule.every < min_schedule_seconds || schedule.every > max_schedule_seconds)
    return fail(ErrorKind::usage,
                fmt::format("--every: from {} to {} seconds", min_schedule_seconds, max_schedule_seconds));
  schedule.id = to_hex(BytesView(crypto::sha256(as_bytes(name))).first(6));
  schedule.due = service.home().clock().now();
  PARLEY_TRY(const std::vector<Schedule> known, list_schedules(service.node(), kind));
  const auto same = std::ranges::find(known, schedule.id, &Schedule::id);
  if (same == known.end() && known.size() >= max_schedules)
    return fail(ErrorKind::conflict, fmt::format("there are {} schedules already", known.size()));
  if (same != known.end()) schedule.last = same->last;
  PARLEY_CHECK(make_directory(folder_of(service, kind)));
  PARLEY_CHECK(write_file(secret_path(service, kind, schedule.id),
                          encoding::write_json(access.to_json()) + "\n", 0600));
  PARLEY_CHECK(save(service.node(), kind, schedule));
  return schedule;
}

Result<std::vector<Schedule>> list_schedules(exchange::Node& node, const ScheduleKind& kind) {
  PARLEY_TRY(const auto reader, node.store().snapshot());
  PARLEY_TRY(const auto documents, reader->list_documents(kind.documents, "", max_schedules));
  std::vector<Schedule> out;
  for (const state::Document& document : documents) {
    PARLEY_TRY(const Json json, encoding::parse_json(as_text(document.body)));
    PARLEY_TRY(Schedule schedule, Schedule::from_json(json));
    out.push_back(std::move(schedule));
  }
  return out;
}

Result<Answer> answer_schedules(Service& service, const ScheduleKind& kind) {
  PARLEY_TRY(const std::vector<Schedule> found, list_schedules(service.node(), kind));
  Json list = Json::array();
  for (const Schedule& one : found) list.push_back(one.to_json());
  return Answer{Json::object({{std::string(kind.listed), std::move(list)}})};
}

Result<Answer> forget_schedule(Service& service, std::span<const ScheduleKind* const> kinds,
                               const Args& args) {
  PARLEY_TRY(const std::string id, args.text("id"));
  for (const ScheduleKind* const kind : kinds) {
    PARLEY_TRY(const std::vector<Schedule> known, list_schedules(service.node(), *kind));
    if (std::ranges::find(known, id, &Schedule::id) == known.end()) continue;
    PARLEY_CHECK(state::write(service.node().store(), state::Durability::synced,
                              [&](state::Transaction& t) -> Result<void> {
                                PARLEY_CHECK(t.erase_document({kind->documents, id}));
                                return {};
                              }));
    ::unlink(secret_path(service, *kind, id).c_str());
    return Answer{Json::object({{"id", id}, {"forgotten", true}})};
  }
  return fail(ErrorKind::usage, fmt::format("there is no schedule {}; {}", id, kinds.front()->commands));
}

void ScheduleTimer::stop() {
  stopped_ = true;
  timer_.forget();
  if (const auto cancel = std::exchange(cancel_, nullptr)) cancel("the node is shutting down");
}

void ScheduleTimer::look() {
  if (stopped_) return;
  // What cannot be read now may be readable later; doctor tells about the store.
  static_cast<void>(run_due());
  if (!cancel_) timer_.set(look_again, [this] { look(); });
}

Result<void> ScheduleTimer::run_due() {
  PARLEY_TRY(const std::vector<Schedule> schedules, list_schedules(service_.node(), kind_));
  const auto next = std::ranges::min_element(schedules, {}, &Schedule::due);
  if (next == schedules.end() || next->due > service_.home().clock().now()) return {};
  if (auto begun = begin(*next); !begun) note(*next, begun, Json::object());
  return {};
}

Result<void> ScheduleTimer::begin(const Schedule& schedule) {
  PARLEY_TRY(const std::string text, read_file(secret_path(service_, kind_, schedule.id)));
  PARLEY_TRY(const Json json, encoding::parse_json(text));
  PARLEY_TRY(RemoteAccess access, RemoteAccess::from_json(json));
  PARLEY_TRY(cancel_,
             begin_(schedule, std::move(access), [this, schedule](const Result<void>& outcome, Json details) {
               cancel_ = nullptr;
               note(schedule, outcome, std::move(details));
               look();
             }));
  return {};
}

void ScheduleTimer::note(const Schedule& schedule, const Result<void>& outcome, Json details) {
  // It may have been forgotten or changed meanwhile.
  const auto known = list_schedules(service_.node(), kind_);
  if (!known) return;
  const auto same = std::ranges::find(*known, schedule.id, &Schedule::id);
  if (same == known->end()) return;
  Schedule now = *same;
  const Timestamp end = service_.home().clock().now();
  // One that was ordered anew while this one ran is still due.
  if (now.due == schedule.due) now.due = end + std::chrono::seconds(now.every);
  details.set("at", format_time(end));
  details.set("outcome", outcome ? "done" : "broke off");
  if (!outcome) {
    details.set("why", outcome.error().text());
    Json rules = Json::array();
    for (const std::string& rule : outcome.error().rules) rules.push_back(rule);
    details.set("rules", std::move(rules));
  }
  now.last = std::move(details);
  // The worst case is that it runs again.
  static_cast<void>(save(service_.node(), kind_, now));
}

}  // namespace parley::app
