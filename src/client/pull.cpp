#include "client/pull.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parley::client {

namespace {

using encoding::Json;

constexpr std::size_t ids_a_request = 20;  // match[id]=a,b,… in a URL of bearable length

}  // namespace

Json PullCursor::to_json() const {
  return Json::object({{"after", after}, {"next", next}, {"newest", newest}});
}

Result<PullCursor> PullCursor::from_json(const Json& json) {
  PullCursor out;
  PARLEY_TRY(out.after, json.string_member("after"));
  PARLEY_TRY(out.next, json.string_member("next"));
  PARLEY_TRY(out.newest, json.string_member("newest"));
  return out;
}

Pull::Pull(PullQuestion question, Credentials credentials, PullLimits limits, Clock& clock, Entropy& entropy)
    : question_(std::move(question)),
      credentials_(std::move(credentials)),
      limits_(limits),
      clock_(&clock),
      finder_(question_.url, question_.collection, question_.api_root),
      attempts_(limits.retry, clock, entropy),
      page_size_(limits.page_size),
      ids_(limits.remembered),
      versions_(limits.remembered),
      listed_(limits.remembered) {}

void Pull::warn(std::string text) {
  if (report_.warnings.size() < limits_.warnings &&
      std::ranges::find(report_.warnings, text) == report_.warnings.end())
    report_.warnings.push_back(std::move(text));
}

Pull::Effect Pull::end(Result<void> outcome) {
  stage_ = Stage::ended;
  report_.to = cursor_;
  report_.requests = attempts_.requests();
  report_.failures = attempts_.failures();
  return Ended{std::move(outcome)};
}

Pull::Effect Pull::request(Url url) {
  net::HttpsRequest request;
  request.fields = {{"Accept", std::string(taxii_media_type)},
                    {"Accept-Encoding", "zstd, gzip, deflate"},
                    {"User-Agent", "parley"}};
  request.fields.insert(request.fields.end(), credentials_.fields.begin(), credentials_.fields.end());
  return attempts_.begin(std::move(url), std::move(request));
}

Pull::Effect Pull::start() {
  return request(*finder_.next());
}

Pull::Effect Pull::waited() {
  return attempts_.again();
}

Pull::Effect Pull::answered(Result<net::HttpsAnswer> answer) {
  return step(attempts_.answered(std::move(answer)));
}

Pull::Effect Pull::step(Attempts::Step step) {
  if (auto* send = std::get_if<SendRequest>(&step)) return std::move(*send);
  if (auto* wait = std::get_if<WaitFor>(&step)) return std::move(*wait);
  auto& final = std::get<Attempts::Final>(step);
  if (final) return take(std::move(*final));
  Error error = std::move(final).error();
  if (stage_ == Stage::page && page_size_ > 1 && !error.rules.empty() &&
      error.rules.front() == net::answer_too_large) {
    page_size_ = std::max<std::uint64_t>(1, page_size_ / 8);
    warn(fmt::format("a page was larger than is taken; asking for {} objects at a time", page_size_));
    return ask_page();
  }
  // What comes after the objects only compares: they are all stored.
  if (stage_ == Stage::manifest || stage_ == Stage::by_id) {
    warn("not compared with the manifest: " + error.text());
    return finish();
  }
  if (looking_) {
    warn("no look behind the end: " + error.text());
    return end_of_sweep();
  }
  return end(std::unexpected<Error>(std::move(error)));
}

Pull::Effect Pull::take(net::HttpsAnswer answer) {
  switch (stage_) {
    case Stage::finding: {
      if (auto taken = finder_.take(answer); !taken) return end(std::move(taken));
      if (finder_.next()) return request(*finder_.next());
      for (const std::string& warning : finder_.warnings()) warn(warning);
      report_.place = finder_.place();
      if (!report_.place.about.can_read)
        return end(fail(ErrorKind::peer,
                        "the collection may not be read with these credentials (can_read is false)",
                        report_.place.collection.text()));
      stage_ = Stage::loading;
      return LoadCursor{report_.place};
    }
    case Stage::page:
      return take_page(std::move(answer));
    case Stage::manifest:
      return take_manifest(answer);
    case Stage::by_id:
      return take_by_id(std::move(answer));
    case Stage::loading:
    case Stage::storing:
    case Stage::ended:
      break;
  }
  return end(fail(ErrorKind::internal, "an answer that nobody asked for"));
}

Pull::Effect Pull::resume(std::optional<PullCursor> cursor) {
  if (cursor) cursor_ = std::move(*cursor);
  if (question_.since) cursor_ = {taxii_time(*question_.since), "", ""};
  report_.from = cursor_;
  resumed_inside_ = !cursor_.next.empty() || !cursor_.newest.empty();
  token_is_old_ = !cursor_.next.empty();
  if (const auto newest = parse_written_time(cursor_.newest)) newest_ = newest->time;
  return ask_page();
}

Url Pull::objects_url(bool manifest) const {
  Url url = report_.place.collection.below(manifest ? "manifest/" : "objects/");
  url.query = fmt::format("limit={}", manifest ? limits_.page_size : page_size_);
  const std::string& after = manifest ? report_.from.after : cursor_.after;
  const std::string& next = manifest ? manifest_next_ : cursor_.next;
  if (!after.empty()) url.query += "&added_after=" + percent_encode(after);
  if (!next.empty()) url.query += "&next=" + percent_encode(next);
  return url;
}

Pull::Effect Pull::ask_page() {
  stage_ = Stage::page;
  after_.reset();
  if (const auto after = parse_written_time(cursor_.after)) after_ = after->time;
  return request(objects_url(false));
}

Result<void> Pull::check_body(const net::HttpsAnswer& answer) {
  if (answer.body.empty()) return {};
  switch (body_kind(answer)) {
    case BodyKind::taxii:
      return {};
    case BodyKind::other_json:
      warn("the server does not call its answers application/taxii+json");
      return {};
    case BodyKind::nothing:
    case BodyKind::other:
      warn("the server gives its answers no JSON media type");
      return {};
    case BodyKind::html:
      return fail(ErrorKind::bad_input,
                  "the server answers with a page for people: " + printable(answer.body, 120),
                  attempts_.url().text());
  }
  return {};
}

Pull::Effect Pull::take_page(net::HttpsAnswer answer) {
  if (answer.status != 200 && answer.status != 206 && answer.status != 204) {
    if (looking_) {
      warn("no look behind the end: " + describe_refusal(answer));
      return end_of_sweep();
    }
    // A token of an earlier run may have been forgotten meanwhile.
    if (token_is_old_ && answer.status >= 400 && answer.status < 500 && answer.status != 401 &&
        answer.status != 403) {
      warn("the server does not know any more where the last pull broke off; going on by date");
      token_is_old_ = false;
      cursor_.next.clear();
      if (!cursor_.newest.empty()) cursor_.after = cursor_.newest;
      return ask_page();
    }
    return end(fail(ErrorKind::peer, describe_refusal(answer), attempts_.url().text()));
  }
  token_is_old_ = false;
  if (auto fine = check_body(answer); !fine) return step(attempts_.damaged(fine.error()));
  auto page = read_page(answer.body, PageKind::objects, limits_.page);
  if (!page) {
    Error error = std::move(page).error();
    error.message = "a damaged page: " + error.text();
    error.where = attempts_.url().text();
    return step(attempts_.damaged(std::move(error)));
  }
  ++report_.pages;
  report_.objects += page->found;
  if (page->found > page_size_) warn("the server sends more objects than were asked for (limit)");
  if (page->is_bundle) warn("the server sends bundles in the place of envelopes");
  const bool is_new = note_entries(*page);
  note_dates(answer);
  if (newest_) cursor_.newest = taxii_time(*newest_);
  const Then then = after(*page, is_new);
  return store(page->found == 0 ? std::string() : std::move(answer.body), then);
}

// Where the next page lies, if there is one; moves the cursor there.
Pull::Then Pull::after(const Page& page, bool is_new) {
  const bool same_token = !page.next.empty() && page.next == cursor_.next;
  stale_ = is_new ? 0 : stale_ + (same_token ? 4 : 1);
  if (looking_ && is_new) warn("the server said that there was no more, but there was");
  if (looking_ && !is_new) return Then::end_of_sweep;
  const bool dates_move = newest_ && (!after_ || *newest_ > *after_);
  const auto by_date = [&] {
    cursor_.next.clear();
    cursor_.after = cursor_.newest;
    return Then::page;
  };
  if (!page.more && page.next.empty()) {
    // What a server keeps back that says "no more" too early lies behind the last date.
    if (!is_new || !dates_move) return Then::end_of_sweep;
    looking_ = true;
    return by_date();
  }
  looking_ = false;
  if (!page.more) warn("the server gives a next without saying that there is more");
  if (stale_ > limits_.stale_pages) {
    warn("the server says that there is more, and brings nothing new");
  } else if (!page.next.empty()) {
    cursor_.next = page.next;
    return Then::page;
  } else if (dates_move) {
    warn("the server says that there is more and gives no next; going on by date");
    return by_date();
  } else {
    warn("the server says that there is more, and gives neither a next nor dates to go on by");
  }
  broken_off_ = true;
  return Then::end_of_sweep;
}

bool Pull::note_entries(const Page& page) {
  bool any = page.entries.size() < page.found;  // what has no id cannot be known again
  if (any && !page.entries.empty()) any = false;
  for (const PageEntry& entry : page.entries) {
    ids_.add(entry.id_hash);
    any = versions_.add(entry.version_hash) || any;
  }
  return any;
}

void Pull::note_newest(const WrittenTime& time) {
  // A date that lies ahead would make the next pull pass over what comes until then.
  if (time.time > clock_->now() + limits_.future) {
    warn("the server dates what it added into the future; its dates are not used");
    return;
  }
  // What was cut off its end may be anything: what lies within the unit is asked for again.
  const Timestamp safe = time.time - time.unit;
  if (!newest_ || safe > *newest_) newest_ = safe;
}

void Pull::note_dates(const net::HttpsAnswer& answer) {
  const auto date = [&](std::string_view name) -> std::optional<WrittenTime> {
    const auto value = answer.fields.only(name);
    if (!value) return std::nullopt;
    const auto time = parse_written_time(*value);
    if (!time)
      warn("the server writes X-TAXII-Date-Added-… in no form that is known: " + printable(*value, 60));
    if (time && time->unit.count() >= 1'000'000)
      warn("the server writes X-TAXII-Date-Added-… without fractions of a second");
    return time;
  };
  const auto first = date("x-taxii-date-added-first");
  const auto last = date("x-taxii-date-added-last");
  if (first && last && first->time > last->time) {
    warn("the server's X-TAXII-Date-Added-First lies behind its X-TAXII-Date-Added-Last");
    return;
  }
  if (first && after_ && first->time + first->unit <= *after_ && first->unit.count() == 0)
    warn("the server does not heed added_after");
  if (last) note_newest(*last);
}

Pull::Effect Pull::store(std::string body, Then then) {
  stage_ = Stage::storing;
  then_ = then;
  return StorePage{std::move(body), cursor_};
}

Pull::Effect Pull::stored() {
  if (stage_ != Stage::storing) return end(fail(ErrorKind::internal, "stored what nobody asked for"));
  switch (then_) {
    case Then::page:
      if (report_.pages < limits_.pages) return ask_page();
      warn(fmt::format("stopped after {} pages; the next pull goes on", report_.pages));
      return end({});
    case Then::end_of_sweep:
      return end_of_sweep();
    case Then::by_id:
      return ask_by_id();
    case Then::end:
      break;
  }
  return end({});
}

Pull::Effect Pull::end_of_sweep() {
  looking_ = false;
  const bool compare =
      question_.check_manifest && report_.objects > 0 && !resumed_inside_ && !ids_.overflowed();
  if (!compare) return finish();
  stage_ = Stage::manifest;
  return request(objects_url(true));
}

Pull::Effect Pull::take_manifest(const net::HttpsAnswer& answer) {
  const auto give_up = [&](const std::string& why) {
    warn("not compared with the manifest: " + why);
    report_.manifest.reset();
    missing_.clear();
    return finish();
  };
  if (answer.status != 200) return give_up(describe_refusal(answer));
  auto page = read_page(answer.body, PageKind::manifest, limits_.page);
  if (!page) return give_up(page.error().text());
  if (!report_.manifest) report_.manifest.emplace();
  bool any = false;
  for (std::size_t i = 0; i < page->entries.size(); ++i) {
    const std::uint64_t id = page->entries[i].id_hash;
    if (!listed_.add(id)) continue;
    any = true;
    ++report_.manifest->listed;
    if (ids_.contains(id)) continue;
    ++report_.manifest->missing;
    if (missing_.size() < limits_.fetched_by_id) missing_.push_back(std::move(page->ids[i]));
  }
  if (page->newest) manifest_newest_ = std::max(manifest_newest_.value_or(*page->newest), *page->newest);
  const bool goes_on = page->more && !page->next.empty() && any;
  if (goes_on && ++manifest_pages_ >= limits_.manifest_pages) return give_up("it is too long");
  if (goes_on) {
    manifest_next_ = page->next;
    return request(objects_url(true));
  }
  if (!missing_.empty())
    warn(fmt::format("the manifest names {} objects that no page brought", report_.manifest->missing));
  return ask_by_id();
}

Pull::Effect Pull::ask_by_id() {
  if (missing_.empty()) return finish();
  stage_ = Stage::by_id;
  const std::size_t count = std::min(missing_.size(), ids_a_request);
  std::string list;
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) list += ',';
    list += percent_encode(missing_[missing_.size() - 1 - i]);
  }
  missing_.resize(missing_.size() - count);
  Url url = report_.place.collection.below("objects/");
  url.query = fmt::format("limit={}&match%5Bid%5D={}", limits_.page_size, list);
  return request(std::move(url));
}

Pull::Effect Pull::take_by_id(net::HttpsAnswer answer) {
  auto page = answer.status == 200 ? read_page(answer.body, PageKind::objects, limits_.page)
                                   : Result<Page>(fail(ErrorKind::peer, describe_refusal(answer)));
  if (!page) {
    warn("what the manifest names cannot be had: " + page.error().text());
    missing_.clear();
    return finish();
  }
  const std::size_t before = ids_.size();
  note_entries(*page);
  report_.manifest->fetched += ids_.size() > before ? ids_.size() - before : 0;
  report_.objects += page->found;
  ++report_.pages;
  if (page->found == 0) return ask_by_id();
  return store(std::move(answer.body), Then::by_id);
}

// The sweep is over: the next one begins behind the latest date, if there were any and nothing is left out.
Pull::Effect Pull::finish() {
  const bool all_there = report_.manifest && report_.manifest->missing <= report_.manifest->fetched;
  report_.complete = report_.manifest ? all_there : !broken_off_;
  if (all_there && manifest_newest_) note_newest({*manifest_newest_});
  if (report_.complete && newest_) {
    const auto from = parse_written_time(cursor_.after);
    if (!from || from->time < *newest_) cursor_.after = taxii_time(*newest_);
  }
  if (!newest_ && report_.objects > 0) warn("the server dates nothing: the next pull reads everything again");
  cursor_.next.clear();
  cursor_.newest.clear();
  return store("", Then::end);
}

}  // namespace parley::client
