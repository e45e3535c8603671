#include "taxii_schedules.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "crypto/hash.hpp"
#include "files.hpp"
#include "outgoing.hpp"
#include "state/store.hpp"
#include "taxii_access.hpp"

namespace parley::app {

namespace {

using Kind = TaxiiSchedule::Kind;

constexpr std::chrono::milliseconds look_again{1'000};

std::string_view documents_of(Kind kind) {
  return kind == Kind::pull ? "taxii_pulls" : "taxii_pushes";
}

std::string secret_path(Service& service, const std::string& id) {
  return service.home().path() + "/taxii/" + id + ".json";
}

Result<void> save(exchange::Node& node, const TaxiiSchedule& schedule) {
  const std::string_view documents = documents_of(schedule.kind);
  return state::write(node.store(), state::Durability::synced, [&](state::Transaction& t) -> Result<void> {
    PARLEY_TRY(const auto before, t.get_document({documents, schedule.id}));
    const auto version = before ? before->version : state::DocumentVersion(0);
    PARLEY_CHECK(t.put_document({documents, schedule.id}, to_bytes(encoding::write_json(schedule.to_json())),
                                version));
    return {};
  });
}

Result<std::optional<intel::TlpLevel>> level_of(const std::string& text) {
  if (text.empty()) return std::optional<intel::TlpLevel>();
  const auto level = intel::parse_tlp(text);
  if (!level) return fail(ErrorKind::usage, "--tlp: clear, green, amber, amber+strict or red");
  return level;
}

/// How what comes from a TAXII server is taken in.
Result<exchange::ImportOptions> pulled(const std::string& tlp) {
  exchange::ImportOptions out;
  PARLEY_TRY(out.tlp, level_of(tlp));
  out.convert_stix20 = true;
  return out;
}

/// Who we are there, and which way it goes.
template <class Setup>
Result<void> put_access(Service& service, Setup& setup, const client::Url& url, TaxiiAccess access) {
  PARLEY_TRY(setup.proxy, proxy_to(service.home().config(), access.proxy, {url.host, url.port}));
  setup.credentials = std::move(access.credentials);
  setup.trust = std::move(access.trust);
  return {};
}

Result<exchange::PushQuestion> push_question(const Args& args) {
  exchange::PushQuestion out;
  out.collection = args.text_or("from", "");
  out.ids = args.list("ids");
  out.again = args.flag("again");
  out.agreement = args.text_or("agreement", "");
  out.purpose = args.text_or("purpose", "");
  out.release = args.text_or("release", "");
  if (out.collection.empty() == out.release.empty())
    return fail(ErrorKind::usage,
                "what shall go: --from COLLECTION of this node, or --release ID of an approved release");
  if (!out.release.empty() &&
      (!out.ids.empty() || out.again || !out.agreement.empty() || !out.purpose.empty()))
    return fail(
        ErrorKind::usage,
        "a release says itself what it holds, under which agreement and for what: --release ID alone");
  if (out.agreement.empty() != out.purpose.empty())
    return fail(ErrorKind::usage, "--agreement and --purpose go together");
  return out;
}

/// Fills what is of a pull, and says what makes it another schedule than others.
Result<std::string> read_pull(Service& service, const Args& args, TaxiiSchedule& out) {
  PARLEY_TRY(const client::PullSetup setup, pull_setup(service, args));
  if (setup.question.since) return fail(ErrorKind::usage, "--since is for a single pull; a schedule goes on");
  out.url = setup.question.url.origin() + setup.question.url.target();
  out.tlp = args.text_or("tlp", "");
  out.page_size = args.has("limit") ? setup.limits.page_size : 0;
  out.check_manifest = setup.question.check_manifest;
  return out.url + "\n" + out.collection + "\n" + out.api_root;
}

Result<std::string> read_push(Service& service, const Args& args, TaxiiSchedule& out) {
  PARLEY_TRY(const client::PushSetup setup, push_setup(service, args));
  const exchange::PushQuestion& question = setup.question;
  if (!question.release.empty() || !question.ids.empty() || question.again)
    return fail(ErrorKind::usage,
                "a schedule sends what is new of a collection: --from, without --release, --id and --again");
  out.url = setup.url.origin() + setup.url.target();
  out.from = question.collection;
  out.agreement = question.agreement;
  out.purpose = question.purpose;
  return "push\n" + out.url + "\n" + out.collection + "\n" + out.api_root + "\n" + out.from;
}

Result<std::shared_ptr<client::PullJob>> make_pull(Service& service, const TaxiiSchedule& schedule,
                                                   TaxiiAccess access) {
  client::PullSetup setup;
  PARLEY_TRY(setup.question.url, client::Url::parse(schedule.url));
  setup.question.collection = schedule.collection;
  setup.question.api_root = schedule.api_root;
  setup.question.check_manifest = schedule.check_manifest;
  if (schedule.page_size > 0) setup.limits.page_size = schedule.page_size;
  PARLEY_TRY(setup.import, pulled(schedule.tlp));
  PARLEY_CHECK(put_access(service, setup, setup.question.url, std::move(access)));
  PARLEY_TRY(const intel::WarninglistSet* lists, service.home().warninglists());
  return client::PullJob::make(service.loop(), service.node(), *lists, std::move(setup));
}

Result<std::shared_ptr<client::PushJob>> make_push(Service& service, const TaxiiSchedule& schedule,
                                                   TaxiiAccess access) {
  client::PushSetup setup;
  PARLEY_TRY(setup.url, client::Url::parse(schedule.url));
  setup.remote_collection = schedule.collection;
  setup.api_root = schedule.api_root;
  setup.question.collection = schedule.from;
  setup.question.agreement = schedule.agreement;
  setup.question.purpose = schedule.purpose;
  PARLEY_CHECK(put_access(service, setup, setup.url, std::move(access)));
  return client::PushJob::make(service.loop(), service.node(), std::move(setup));
}

}  // namespace

Json TaxiiSchedule::to_json() const {
  Json out = Json::object({{"id", id},
                           {"url", url},
                           {"collection", collection},
                           {"api_root", api_root},
                           {"every", every},
                           {"due", format_time(due)},
                           {"last", last}});
  if (kind == Kind::pull) {
    out.set("tlp", tlp);
    out.set("page_size", page_size);
    out.set("check_manifest", check_manifest);
  } else {
    out.set("from", from);
    out.set("agreement", agreement);
    out.set("purpose", purpose);
  }
  return out;
}

Result<TaxiiSchedule> TaxiiSchedule::from_json(Kind kind, const Json& json) {
  TaxiiSchedule out;
  out.kind = kind;
  PARLEY_TRY(out.id, json.string_member("id"));
  PARLEY_TRY(out.url, json.string_member("url"));
  PARLEY_TRY(out.collection, json.string_member("collection"));
  PARLEY_TRY(out.api_root, json.string_member("api_root"));
  PARLEY_TRY(out.every, json.uint_member("every"));
  PARLEY_TRY(const std::string due, json.string_member("due"));
  PARLEY_TRY(out.due, parse_time(due));
  PARLEY_TRY(const Json* last, json.member("last"));
  out.last = *last;
  if (kind == Kind::pull) {
    PARLEY_TRY(out.tlp, json.string_member("tlp"));
    PARLEY_TRY(out.page_size, json.uint_member("page_size"));
    PARLEY_TRY(out.check_manifest, json.bool_member("check_manifest"));
  } else {
    PARLEY_TRY(out.from, json.string_member("from"));
    PARLEY_TRY(out.agreement, json.string_member("agreement"));
    PARLEY_TRY(out.purpose, json.string_member("purpose"));
  }
  return out;
}

Result<client::PullSetup> pull_setup(Service& service, const Args& args) {
  client::PullSetup out;
  PARLEY_TRY(const std::string url, args.text("url"));
  PARLEY_TRY(out.question.url, client::Url::parse(url));
  out.question.collection = args.text_or("collection", "");
  out.question.api_root = args.text_or("api_root", "");
  out.question.check_manifest = !args.flag("no_manifest");
  if (args.has("since")) {
    auto since = parse_time(args.text_or("since", ""));
    if (!since) return fail(ErrorKind::usage, "--since: an RFC 3339 time, such as 2026-01-01T00:00:00Z");
    out.question.since = *since;
  }
  if (const auto limit = args.number("limit"); limit && *limit > 0)
    out.limits.page_size = std::min<std::uint64_t>(*limit, 10'000);
  PARLEY_TRY(out.import, pulled(args.text_or("tlp", "")));
  PARLEY_TRY(TaxiiAccess access, TaxiiAccess::from_args(args));
  PARLEY_CHECK(put_access(service, out, out.question.url, std::move(access)));
  return out;
}

Result<client::PushSetup> push_setup(Service& service, const Args& args) {
  client::PushSetup out;
  PARLEY_TRY(const std::string url, args.text("url"));
  PARLEY_TRY(out.url, client::Url::parse(url));
  PARLEY_TRY(out.question, push_question(args));
  out.remote_collection = args.text_or("collection", "");
  out.api_root = args.text_or("api_root", "");
  PARLEY_TRY(TaxiiAccess access, TaxiiAccess::from_args(args));
  PARLEY_CHECK(put_access(service, out, out.url, std::move(access)));
  return out;
}

Result<TaxiiSchedule> add_schedule(Service& service, Kind kind, const Args& args) {
  TaxiiSchedule out;
  out.kind = kind;
  out.collection = args.text_or("collection", "");
  out.api_root = args.text_or("api_root", "");
  out.every = args.number("every").value_or(0);
  PARLEY_TRY(const std::string name,
             kind == Kind::pull ? read_pull(service, args, out) : read_push(service, args, out));
  PARLEY_TRY(const TaxiiAccess access, TaxiiAccess::from_args(args));
  if (out.every < min_schedule_seconds || out.every > max_schedule_seconds)
    return fail(ErrorKind::usage,
                fmt::format("--every: from {} to {} seconds", min_schedule_seconds, max_schedule_seconds));
  out.id = to_hex(BytesView(crypto::sha256(as_bytes(name))).first(6));
  out.due = service.home().clock().now();
  PARLEY_TRY(const std::vector<TaxiiSchedule> known, list_schedules(service.node(), kind));
  const auto same = std::ranges::find(known, out.id, &TaxiiSchedule::id);
  if (same == known.end() && known.size() >= max_schedules)
    return fail(ErrorKind::conflict, fmt::format("there are {} schedules already", known.size()));
  if (same != known.end()) out.last = same->last;
  PARLEY_CHECK(make_directory(service.home().path() + "/taxii"));
  PARLEY_CHECK(write_file(secret_path(service, out.id), encoding::write_json(access.to_json()) + "\n", 0600));
  PARLEY_CHECK(save(service.node(), out));
  return out;
}

Result<std::vector<TaxiiSchedule>> list_schedules(exchange::Node& node, Kind kind) {
  PARLEY_TRY(const auto reader, node.store().snapshot());
  PARLEY_TRY(const auto documents, reader->list_documents(documents_of(kind), "", max_schedules));
  std::vector<TaxiiSchedule> out;
  for (const state::Document& document : documents) {
    PARLEY_TRY(const Json json, encoding::parse_json(as_text(document.body)));
    PARLEY_TRY(TaxiiSchedule schedule, TaxiiSchedule::from_json(kind, json));
    out.push_back(std::move(schedule));
  }
  return out;
}

Result<void> forget_schedule(Service& service, const std::string& id) {
  for (const Kind kind : {Kind::pull, Kind::push}) {
    PARLEY_TRY(const std::vector<TaxiiSchedule> known, list_schedules(service.node(), kind));
    if (std::ranges::find(known, id, &TaxiiSchedule::id) == known.end()) continue;
    PARLEY_CHECK(state::write(service.node().store(), state::Durability::synced,
                              [&](state::Transaction& t) -> Result<void> {
                                PARLEY_CHECK(t.erase_document({documents_of(kind), id}));
                                return {};
                              }));
    ::unlink(secret_path(service, id).c_str());
    return {};
  }
  return fail(ErrorKind::usage,
              "there is no schedule " + id + "; `parley taxii pulls` and `parley taxii pushes` list them");
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
  PARLEY_TRY(const std::vector<TaxiiSchedule> schedules, list_schedules(service_.node(), kind_));
  const auto next = std::ranges::min_element(schedules, {}, &TaxiiSchedule::due);
  if (next == schedules.end() || next->due > service_.home().clock().now()) return {};
  if (auto begun = begin(*next); !begun) note(*next, begun, Json::object());
  return {};
}

Result<void> ScheduleTimer::begin(const TaxiiSchedule& schedule) {
  PARLEY_TRY(const std::string text, read_file(secret_path(service_, schedule.id)));
  PARLEY_TRY(const Json json, encoding::parse_json(text));
  PARLEY_TRY(TaxiiAccess access, TaxiiAccess::from_json(json));
  if (kind_ == Kind::pull) {
    PARLEY_TRY(auto pull, make_pull(service_, schedule, std::move(access)));
    watch(std::move(pull), schedule);
  } else {
    PARLEY_TRY(auto push, make_push(service_, schedule, std::move(access)));
    watch(std::move(push), schedule);
  }
  return {};
}

template <class Job>
void ScheduleTimer::watch(std::shared_ptr<Job> job, const TaxiiSchedule& schedule) {
  cancel_ = [job](std::string why) { job->cancel(std::move(why)); };
  job->run({}, [this, schedule](const auto& result) {
    cancel_ = nullptr;
    note(schedule, result.outcome, result.to_json());
    look();
  });
}

void ScheduleTimer::note(const TaxiiSchedule& schedule, const Result<void>& outcome, Json details) {
  // It may have been forgotten or changed meanwhile.
  const auto known = list_schedules(service_.node(), kind_);
  if (!known) return;
  const auto same = std::ranges::find(*known, schedule.id, &TaxiiSchedule::id);
  if (same == known->end()) return;
  TaxiiSchedule now = *same;
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
  details.erase("rejects");
  now.last = std::move(details);
  // The worst case is that it runs again.
  static_cast<void>(save(service_.node(), now));
}

}  // namespace parley::app
