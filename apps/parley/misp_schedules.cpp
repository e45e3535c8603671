#include "misp_schedules.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "crypto/hash.hpp"
#include "files.hpp"
#include "outgoing.hpp"
#include "state/store.hpp"

namespace parley::app {

namespace {

constexpr std::string_view documents = "misp_pulls";
constexpr std::chrono::milliseconds look_again{1'000};
constexpr std::chrono::milliseconds next_step{1};
constexpr std::size_t max_key_bytes = 16 * 1024;
constexpr std::size_t max_pem_bytes = 1U << 20;
constexpr std::uint64_t max_page_size = 100'000;

/// What lists and events may weigh as they come: manifests of large feeds are long.
constexpr std::size_t max_answer_bytes = std::size_t{512} << 20;

std::string secret_path(Service& service, const std::string& id) {
  return service.home().path() + "/misp/" + id + ".json";
}

/// A key stands in a file, so that it is in no list of processes; its line end is not part of it.
Result<void> read_key(const Args& args, client::Credentials& out) {
  if (!args.has("key")) return {};
  PARLEY_TRY(std::string key, read_file(args.text_or("key", ""), max_key_bytes));
  while (key.ends_with('\n') || key.ends_with('\r')) key.pop_back();
  if (key.empty() || key.find_first_of("\r\n") != std::string::npos)
    return fail(ErrorKind::usage, "expected one line with a key", args.text_or("key", ""));
  out.fields.emplace_back("Authorization", std::move(key));
  return {};
}

Result<TaxiiAccess> access_of(const Args& args, bool is_feed) {
  TaxiiAccess out;
  PARLEY_CHECK(read_key(args, out.credentials));
  if (!is_feed && out.credentials.fields.empty())
    return fail(ErrorKind::usage, "--key: the file with the key of our user there");
  if (args.has("ca")) {
    PARLEY_TRY(out.trust.ca_pem, read_file(args.text_or("ca", ""), max_pem_bytes));
  }
  out.trust.pin = args.text_or("pin", "");
  if (args.has("cert")) {
    PARLEY_TRY(out.trust.certificate_pem, read_file(args.text_or("cert", ""), max_pem_bytes));
  }
  if (args.has("cert_key")) {
    PARLEY_TRY(out.trust.key_pem, read_file(args.text_or("cert_key", ""), max_pem_bytes));
  }
  PARLEY_CHECK(out.trust.check());
  PARLEY_TRY(out.proxy, proxy_of_args(args));
  return out;
}

/// What of a pull stands in the arguments besides the access.
Result<MispSchedule> schedule_of(const Args& args, bool is_feed) {
  MispSchedule out;
  PARLEY_TRY(out.url, args.text("url"));
  out.is_feed = is_feed;
  out.fewer = args.flag("fewer");
  out.tlp = args.text_or("tlp", "");
  if (const auto limit = args.number("limit"); limit && *limit > 0)
    out.page_size = std::min(*limit, max_page_size);
  return out;
}

Result<client::MispPullSetup> setup_of(Service& service, const MispSchedule& schedule, TaxiiAccess access) {
  client::MispPullSetup out;
  PARLEY_TRY(out.question.url, client::Url::parse(schedule.url));
  out.question.is_feed = schedule.is_feed;
  out.question.fewer = schedule.fewer;
  if (schedule.page_size > 0) out.limits.page_size = schedule.page_size;
  out.credentials = std::move(access.credentials);
  out.trust = std::move(access.trust);
  PARLEY_TRY(out.proxy,
             proxy_to(service.home().config(), access.proxy, {out.question.url.host, out.question.url.port}));
  if (!schedule.tlp.empty()) {
    out.import.tlp = intel::parse_tlp(schedule.tlp);
    if (!out.import.tlp) return fail(ErrorKind::usage, "--tlp: clear, green, amber, amber+strict or red");
  }
  out.https.answer.body_bytes = max_answer_bytes;
  if (schedule.is_feed) {
    PARLEY_TRY(out.question.etag, client::load_misp_mark(service.node(), out.question.url));
  }
  return out;
}

Result<void> save(exchange::Node& node, const MispSchedule& schedule) {
  return state::write(node.store(), state::Durability::synced, [&](state::Transaction& t) -> Result<void> {
    PARLEY_TRY(const auto before, t.get_document({documents, schedule.id}));
    const auto version = before ? before->version : state::DocumentVersion(0);
    PARLEY_CHECK(t.put_document({documents, schedule.id}, to_bytes(encoding::write_json(schedule.to_json())),
                                version));
    return {};
  });
}

}  // namespace

Json MispSchedule::to_json() const {
  return Json::object({{"id", id},
                       {"url", url},
                       {"feed", is_feed},
                       {"tlp", tlp},
                       {"fewer", fewer},
                       {"page_size", page_size},
                       {"every", every},
                       {"due", format_time(due)},
                       {"last", last}});
}

Result<MispSchedule> MispSchedule::from_json(const Json& json) {
  MispSchedule out;
  PARLEY_TRY(out.id, json.string_member("id"));
  PARLEY_TRY(out.url, json.string_member("url"));
  PARLEY_TRY(out.is_feed, json.bool_member("feed"));
  PARLEY_TRY(out.tlp, json.string_member("tlp"));
  PARLEY_TRY(out.fewer, json.bool_member("fewer"));
  PARLEY_TRY(out.page_size, json.uint_member("page_size"));
  PARLEY_TRY(out.every, json.uint_member("every"));
  PARLEY_TRY(const std::string due, json.string_member("due"));
  PARLEY_TRY(out.due, parse_time(due));
  PARLEY_TRY(const Json* last, json.member("last"));
  out.last = *last;
  return out;
}

Result<client::MispPullSetup> misp_pull_setup(Service& service, const Args& args, bool is_feed) {
  PARLEY_TRY(const MispSchedule once, schedule_of(args, is_feed));
  PARLEY_TRY(TaxiiAccess access, access_of(args, is_feed));
  PARLEY_TRY(client::MispPullSetup out, setup_of(service, once, std::move(access)));
  out.question.again = args.flag("again");
  return out;
}

Result<MispSchedule> add_misp_schedule(Service& service, const Args& args, bool is_feed) {
  PARLEY_TRY(MispSchedule out, schedule_of(args, is_feed));
  PARLEY_TRY(const TaxiiAccess access, access_of(args, is_feed));
  if (args.flag("again"))
    return fail(ErrorKind::usage, "--again is for a single pull; a schedule fetches what is new");
  out.every = args.number("every").value_or(0);
  if (out.every < min_misp_pull_seconds || out.every > max_misp_pull_seconds)
    return fail(ErrorKind::usage,
                fmt::format("--every: from {} to {} seconds", min_misp_pull_seconds, max_misp_pull_seconds));
  // What cannot work is said now.
  PARLEY_TRY(const client::MispPullSetup setup, setup_of(service, out, access));
  out.url = setup.question.url.text();
  const std::string name = std::string(is_feed ? "feed" : "instance") + "\n" + out.url;
  out.id = to_hex(BytesView(crypto::sha256(as_bytes(name))).first(6));
  out.due = service.home().clock().now();
  PARLEY_TRY(const std::vector<MispSchedule> known, list_misp_schedules(service.node()));
  const auto same = std::ranges::find(known, out.id, &MispSchedule::id);
  if (same == known.end() && known.size() >= max_misp_schedules)
    return fail(ErrorKind::conflict, fmt::format("there are {} schedules already", known.size()));
  if (same != known.end()) out.last = same->last;
  PARLEY_CHECK(make_directory(service.home().path() + "/misp"));
  PARLEY_CHECK(write_file(secret_path(service, out.id), encoding::write_json(access.to_json()) + "\n", 0600));
  PARLEY_CHECK(save(service.node(), out));
  return out;
}

Result<std::vector<MispSchedule>> list_misp_schedules(exchange::Node& node) {
  PARLEY_TRY(const auto reader, node.store().snapshot());
  PARLEY_TRY(const auto found, reader->list_documents(documents, "", max_misp_schedules));
  std::vector<MispSchedule> out;
  for (const state::Document& document : found) {
    PARLEY_TRY(const Json json, encoding::parse_json(as_text(document.body)));
    PARLEY_TRY(MispSchedule schedule, MispSchedule::from_json(json));
    out.push_back(std::move(schedule));
  }
  return out;
}

Result<void> forget_misp_schedule(Service& service, const std::string& id) {
  PARLEY_TRY(const std::vector<MispSchedule> known, list_misp_schedules(service.node()));
  if (std::ranges::find(known, id, &MispSchedule::id) == known.end())
    return fail(ErrorKind::usage, "there is no schedule " + id + "; `parley misp pulls` lists them");
  PARLEY_CHECK(state::write(service.node().store(), state::Durability::synced,
                            [&](state::Transaction& t) -> Result<void> {
                              PARLEY_CHECK(t.erase_document({documents, id}));
                              return {};
                            }));
  ::unlink(secret_path(service, id).c_str());
  return {};
}

void MispTimer::start() {
  const auto waits = exchange::UnfinishedEvents::any(service_.node());
  const auto lists = service_.home().warninglists();
  if (waits && *waits && lists)
    unfinished_ = std::make_unique<exchange::UnfinishedEvents>(service_.node(), **lists);
  finish_events();
}

void MispTimer::finish_events() {
  if (stopped_) return;
  if (!unfinished_) return look();
  // What fails now is tried again at the next start.
  const Result<bool> is_done = unfinished_->step();
  if (!is_done || *is_done) unfinished_.reset();
  timer_.set(next_step, [this] { finish_events(); });
}

void MispTimer::stop() {
  stopped_ = true;
  timer_.forget();
  unfinished_.reset();
  if (const auto running = std::exchange(running_, nullptr)) running->cancel("the node is shutting down");
}

void MispTimer::look() {
  if (stopped_) return;
  // What cannot be read now may be readable later; doctor tells about the store.
  static_cast<void>(run_due());
  if (!running_) timer_.set(look_again, [this] { look(); });
}

Result<void> MispTimer::run_due() {
  PARLEY_TRY(const std::vector<MispSchedule> schedules, list_misp_schedules(service_.node()));
  const auto next = std::ranges::min_element(schedules, {}, &MispSchedule::due);
  if (next == schedules.end() || next->due > service_.home().clock().now()) return {};
  if (auto begun = begin(*next); !begun) note(*next, begun, Json::object());
  return {};
}

Result<void> MispTimer::begin(const MispSchedule& schedule) {
  PARLEY_TRY(const std::string text, read_file(secret_path(service_, schedule.id)));
  PARLEY_TRY(const Json json, encoding::parse_json(text));
  PARLEY_TRY(TaxiiAccess access, TaxiiAccess::from_json(json));
  PARLEY_TRY(client::MispPullSetup setup, setup_of(service_, schedule, std::move(access)));
  PARLEY_TRY(const intel::WarninglistSet* lists, service_.home().warninglists());
  PARLEY_TRY(running_, client::MispPullJob::make(service_.loop(), service_.node(), *lists, std::move(setup)));
  running_->run({}, [this, schedule](const client::MispPullResult& result) {
    running_.reset();
    note(schedule, result.outcome, result.to_json());
    look();
  });
  return {};
}

void MispTimer::note(const MispSchedule& schedule, const Result<void>& outcome, Json details) {
  // It may have been forgotten or changed meanwhile.
  const auto known = list_misp_schedules(service_.node());
  if (!known) return;
  const auto same = std::ranges::find(*known, schedule.id, &MispSchedule::id);
  if (same == known->end()) return;
  MispSchedule now = *same;
  const Timestamp end = service_.home().clock().now();
  // One that was ordered anew while this one ran is still due.
  if (now.due == schedule.due) now.due = end + std::chrono::seconds(now.every);
  details.set("at", format_time(end));
  details.set("outcome", outcome ? "done" : "broke off");
  if (!outcome) details.set("why", outcome.error().text());
  // Of what was refused the first ones, so that the list stays readable.
  if (Json* refusals = details.find("refusals"); refusals != nullptr && refusals->if_array() != nullptr)
    if (constexpr std::size_t shown = 20; refusals->size() > shown) refusals->if_array()->resize(shown);
  if (Json* attributes = details.find("attributes"); attributes != nullptr) attributes->erase("rejects");
  now.last = std::move(details);
  // The worst case is that it runs again.
  static_cast<void>(save(service_.node(), now));
}

}  // namespace parley::app
