#include "taxii_pulls.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "crypto/hash.hpp"
#include "files.hpp"
#include "state/store.hpp"
#include "taxii_access.hpp"

namespace parley::app {

namespace {

constexpr std::string_view collection_name = "taxii_pulls";
constexpr std::chrono::milliseconds look_again{1'000};

std::string secret_path(Service& service, const std::string& id) {
  return service.home().path() + "/taxii/" + id + ".json";
}

Result<void> save(exchange::Node& node, const ScheduledPull& pull) {
  return state::write(node.store(), state::Durability::synced, [&](state::Transaction& t) -> Result<void> {
    PARLEY_TRY(const auto before, t.get_document({collection_name, pull.id}));
    const auto version = before ? before->version : state::DocumentVersion(0);
    PARLEY_CHECK(
        t.put_document({collection_name, pull.id}, to_bytes(encoding::write_json(pull.to_json())), version));
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
  out.source_kind = "taxii";
  out.convert_stix20 = true;
  return out;
}

}  // namespace

Json ScheduledPull::to_json() const {
  return Json::object({{"id", id},
                       {"url", url},
                       {"collection", collection},
                       {"api_root", api_root},
                       {"tlp", tlp},
                       {"every", every},
                       {"page_size", page_size},
                       {"check_manifest", check_manifest},
                       {"due", format_time(due)},
                       {"last", last}});
}

Result<ScheduledPull> ScheduledPull::from_json(const Json& json) {
  ScheduledPull out;
  PARLEY_TRY(out.id, json.string_member("id"));
  PARLEY_TRY(out.url, json.string_member("url"));
  PARLEY_TRY(out.collection, json.string_member("collection"));
  PARLEY_TRY(out.api_root, json.string_member("api_root"));
  PARLEY_TRY(out.tlp, json.string_member("tlp"));
  PARLEY_TRY(out.every, json.uint_member("every"));
  PARLEY_TRY(out.page_size, json.uint_member("page_size"));
  PARLEY_TRY(out.check_manifest, json.bool_member("check_manifest"));
  PARLEY_TRY(const std::string due, json.string_member("due"));
  PARLEY_TRY(out.due, parse_time(due));
  PARLEY_TRY(const Json* last, json.member("last"));
  out.last = *last;
  return out;
}

Result<client::PullSetup> pull_setup(const Args& args) {
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
  return out;
}

Result<ScheduledPull> schedule_pull(Service& service, const Args& args) {
  PARLEY_TRY(const client::PullSetup setup, pull_setup(args));
  PARLEY_TRY(const TaxiiAccess access, TaxiiAccess::from_args(args));
  if (setup.question.since) return fail(ErrorKind::usage, "--since is for a single pull; a schedule goes on");
  ScheduledPull pull;
  pull.url = setup.question.url.origin() + setup.question.url.target();
  pull.collection = setup.question.collection;
  pull.api_root = setup.question.api_root;
  pull.tlp = args.text_or("tlp", "");
  pull.every = args.number("every").value_or(0);
  pull.page_size = args.has("limit") ? setup.limits.page_size : 0;
  pull.check_manifest = setup.question.check_manifest;
  if (pull.every < min_pull_seconds || pull.every > max_pull_seconds)
    return fail(ErrorKind::usage,
                fmt::format("--every: from {} to {} seconds", min_pull_seconds, max_pull_seconds));
  const std::string name = pull.url + "\n" + pull.collection + "\n" + pull.api_root;
  pull.id = to_hex(BytesView(crypto::sha256(as_bytes(name))).first(6));
  pull.due = service.home().clock().now();
  PARLEY_TRY(const std::vector<ScheduledPull> known, scheduled_pulls(service.node()));
  const auto same = std::ranges::find(known, pull.id, &ScheduledPull::id);
  if (same == known.end() && known.size() >= max_scheduled_pulls)
    return fail(ErrorKind::conflict, fmt::format("there are {} schedules already", known.size()));
  if (same != known.end()) pull.last = same->last;
  PARLEY_CHECK(make_directory(service.home().path() + "/taxii"));
  PARLEY_CHECK(
      write_file(secret_path(service, pull.id), encoding::write_json(access.to_json()) + "\n", 0600));
  PARLEY_CHECK(save(service.node(), pull));
  return pull;
}

Result<std::vector<ScheduledPull>> scheduled_pulls(exchange::Node& node) {
  PARLEY_TRY(const auto reader, node.store().snapshot());
  PARLEY_TRY(const auto documents, reader->list_documents(collection_name, "", max_scheduled_pulls));
  std::vector<ScheduledPull> out;
  for (const state::Document& document : documents) {
    PARLEY_TRY(const Json json, encoding::parse_json(as_text(document.body)));
    PARLEY_TRY(ScheduledPull pull, ScheduledPull::from_json(json));
    out.push_back(std::move(pull));
  }
  return out;
}

Result<void> forget_pull(Service& service, const std::string& id) {
  PARLEY_TRY(const std::vector<ScheduledPull> known, scheduled_pulls(service.node()));
  if (std::ranges::find(known, id, &ScheduledPull::id) == known.end())
    return fail(ErrorKind::usage, "there is no scheduled pull " + id + "; `parley taxii pulls` lists them");
  PARLEY_CHECK(state::write(service.node().store(), state::Durability::synced,
                            [&](state::Transaction& t) -> Result<void> {
                              PARLEY_CHECK(t.erase_document({collection_name, id}));
                              return {};
                            }));
  ::unlink(secret_path(service, id).c_str());
  return {};
}

void PullTimer::stop() {
  stopped_ = true;
  timer_.forget();
  if (running_) running_->cancel("the node is shutting down");
}

void PullTimer::look() {
  if (stopped_) return;
  // What cannot be read now may be readable later; doctor tells about the store.
  static_cast<void>(run_due());
  if (!running_) timer_.set(look_again, [this] { look(); });
}

Result<void> PullTimer::run_due() {
  PARLEY_TRY(std::vector<ScheduledPull> pulls, scheduled_pulls(service_.node()));
  const auto next = std::ranges::min_element(pulls, {}, &ScheduledPull::due);
  if (next == pulls.end() || next->due > service_.home().clock().now()) return {};
  run(std::move(*next));
  return {};
}

void PullTimer::run(ScheduledPull pull) {
  const auto prepare = [&]() -> Result<std::shared_ptr<client::PullJob>> {
    PARLEY_TRY(const std::string text, read_file(secret_path(service_, pull.id)));
    PARLEY_TRY(const Json json, encoding::parse_json(text));
    PARLEY_TRY(TaxiiAccess access, TaxiiAccess::from_json(json));
    client::PullSetup setup;
    PARLEY_TRY(setup.question.url, client::Url::parse(pull.url));
    setup.question.collection = pull.collection;
    setup.question.api_root = pull.api_root;
    setup.question.check_manifest = pull.check_manifest;
    if (pull.page_size > 0) setup.limits.page_size = pull.page_size;
    PARLEY_TRY(setup.import, pulled(pull.tlp));
    setup.credentials = std::move(access.credentials);
    setup.trust = std::move(access.trust);
    PARLEY_TRY(const intel::WarninglistSet* lists, service_.home().warninglists());
    return client::PullJob::make(service_.loop(), service_.node(), *lists, std::move(setup));
  };
  auto job = prepare();
  if (!job) return note(pull, std::unexpected<Error>(job.error()), Json::object());
  running_ = *job;
  running_->run({}, [this, pull](const client::PullResult& result) {
    running_.reset();
    note(pull, result.outcome, result.to_json());
    look();
  });
}

void PullTimer::note(const ScheduledPull& pull, const Result<void>& outcome, Json details) {
  // It may have been forgotten or changed meanwhile.
  const auto known = scheduled_pulls(service_.node());
  if (!known) return;
  const auto same = std::ranges::find(*known, pull.id, &ScheduledPull::id);
  if (same == known->end()) return;
  ScheduledPull now = *same;
  const Timestamp end = service_.home().clock().now();
  now.due = end + std::chrono::seconds(now.every);
  details.set("at", format_time(end));
  details.set("outcome", outcome ? "done" : "broke off");
  if (!outcome) details.set("why", outcome.error().text());
  details.erase("rejects");
  now.last = std::move(details);
  // The worst case is that it runs again.
  static_cast<void>(save(service_.node(), now));
}

}  // namespace parley::app
