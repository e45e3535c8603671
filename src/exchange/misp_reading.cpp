#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.hpp"
#include "crypto/hash.hpp"
#include "exchange/misp_sightings.hpp"
#include "exchange/misp_site.hpp"
#include "exchange/misp_walk.hpp"
#include "misp/feed.hpp"
#include "misp_sync/search.hpp"

namespace parley::exchange {

namespace {

using misp::lower;
using misp::Value;
using misp_sync::Answer;
using misp_sync::Method;
using misp_sync::Search;
using misp_sync::Target;

/// Work of a step: events looked at, and one more for each so many bytes of them.
constexpr std::size_t units_a_step = 60;
constexpr std::size_t bytes_a_unit = 16'384;
/// Events of one request that are named one by one.
constexpr std::size_t max_named_events = 10'000;

/// Whether the gate said that for this caller there is nothing.
bool is_absent(const Error& error) {
  return error.kind == ErrorKind::not_found || error.kind == ErrorKind::refused;
}

/// A work whose answer may be kept, and which is counted when it leaves.
class Reading : public MispWork {
 public:
  Reading(MispSite& site, MispCaller caller, std::string key, std::string if_none_match)
      : site_(&site),
        caller_(std::move(caller)),
        key_(std::move(key)),
        if_none_match_(std::move(if_none_match)) {}

  Result<std::optional<Answer>> step() override {
    if (is_first_) {
      is_first_ = false;
      if (const auto known = site_->kept(key_)) {
        const std::uint64_t objects = site_->kept_objects(key_);
        return deliver(*known, objects);
      }
    }
    if (!caller_.rights.read) return std::optional(misp_sync::error_answer(403, "This is not allowed", "/"));
    auto answer = go_on();
    if (!answer) {
      if (answer.error().kind == ErrorKind::internal) return std::unexpected<Error>(answer.error());
      return std::optional(misp_sync::error_answer(answer.error(), "/"));
    }
    if (!*answer) return std::optional<Answer>();
    if ((*answer)->status == 200) {
      (*answer)->etag = misp_sync::etag_of(*(*answer)->body);
      if (level_with_ == site_->reader()) site_->keep(key_, **answer, objects_);
    }
    return deliver(std::move(**answer), objects_);
  }

 protected:
  virtual Result<std::optional<Answer>> go_on() = 0;
  Result<void> open(misp::Route route) {
    level_with_ = site_->reader();
    PARLEY_TRY(view_, site_->make_view(caller_, route));
    return {};
  }

  MispSite* site_;
  MispCaller caller_;
  std::string key_;
  std::string if_none_match_;
  std::shared_ptr<MispView> view_;
  std::shared_ptr<const state::Reader> level_with_;
  std::uint64_t objects_ = 0;

 private:
  Result<std::optional<Answer>> deliver(Answer answer, std::uint64_t objects) {
    if (answer.status == 200 && !answer.etag.empty() &&
        misp_sync::etag_matches(if_none_match_, answer.etag)) {
      answer.status = 304;
      answer.body = nullptr;
      return std::optional(std::move(answer));
    }
    if (answer.status == 200 && answer.body) PARLEY_CHECK(site_->count(caller_, *answer.body, objects));
    return std::optional(std::move(answer));
  }

  bool is_first_ = true;
};

void leave_deleted(Value& json, misp_sync::Deleted wanted) {
  if (wanted == misp_sync::Deleted::also) return;
  const auto goes = [&](const Value& one) {
    return one.flag("deleted") != (wanted == misp_sync::Deleted::only);
  };
  if (Value* list = json.find("Attribute"); list != nullptr && list->if_array() != nullptr)
    std::erase_if(*list->if_array(), goes);
  Value* objects = json.find("Object");
  if (objects == nullptr || objects->if_array() == nullptr) return;
  if (wanted == misp_sync::Deleted::no) std::erase_if(*objects->if_array(), goes);
  for (Value& object : *objects->if_array())
    if (Value* list = object.find("Attribute"); list != nullptr && list->if_array() != nullptr)
      if (!object.flag("deleted")) std::erase_if(*list->if_array(), goes);
}

/// The event with its sightings, as the search wants its deleted parts.
Result<Value> complete_event(const state::Reader& reader, misp::Event event, const Search& search,
                             bool with_sightings) {
  const std::string uuid = lower(event.uuid());
  Value out = event_for_peers(std::move(event));
  Value& inner = *out.find("Event");
  leave_deleted(inner, search.deleted);
  if (with_sightings) {
    PARLEY_TRY(const MispSightings sightings, MispSightings::load(reader, uuid));
    sightings.attach(inner);
    if (sightings.latest > 0) inner.set("sighting_timestamp", std::to_string(sightings.latest));
  }
  if (inner.find("sighting_timestamp") == nullptr) inner.set("sighting_timestamp", "0");
  if (search.metadata)
    for (const std::string_view name : {"Attribute", "Object", "EventReport", "ShadowAttribute"})
      inner.erase(name);
  return out;
}

/// events/view
class Viewing final : public Reading {
 public:
  Viewing(MispSite& site, MispCaller caller, std::string key, std::string if_none_match, std::string name,
          Search search, bool with_sightings)
      : Reading(site, std::move(caller), std::move(key), std::move(if_none_match)),
        name_(std::move(name)),
        search_(std::move(search)),
        with_sightings_(with_sightings) {}

 private:
  Result<std::optional<Answer>> go_on() override {
    PARLEY_CHECK(open(misp::Route::pull));
    PARLEY_TRY(FoundEvent found, find_event(*site_, *view_, caller_, name_));
    PARLEY_TRY(const Value out,
               complete_event(*level_with_, std::move(found.out.event), search_, with_sightings_));
    objects_ = 1;
    return std::optional(misp_sync::json_answer(200, out));
  }

  std::string name_;
  Search search_;
  bool with_sightings_;
};

/// events/index, events/restSearch, attributes/restSearch
class Searching final : public Reading {
 public:
  enum class Of : std::uint8_t { index, events, attributes };
  /// `every_page`: the same for every page of a search, and different for every search.
  Searching(MispSite& site, MispCaller caller, std::string key, std::string if_none_match, Of of,
            Search search, std::string every_page)
      : Reading(site, std::move(caller), std::move(key), std::move(if_none_match)),
        of_(of),
        search_(std::move(search)),
        every_page_(std::move(every_page)) {}

 private:
  Result<std::optional<Answer>> go_on() override {
    if (!walk_) PARLEY_CHECK(begin());
    for (std::size_t units = 0; units < units_a_step; ++units) {
      PARLEY_TRY(const auto entry, walk_->next());
      if (!entry) return finish();
      if (!search_.event_timestamp.contains(entry->timestamp)) continue;
      if (of_ != Of::attributes && !search_.timestamp.contains(entry->timestamp)) continue;
      PARLEY_TRY(const auto stored, walk_->load(*entry));
      if (!stored) continue;
      units += stored->content.size() / bytes_a_unit;
      PARLEY_CHECK(look_at(*stored));
      if (out_.size() > site_->settings.max_answer)
        return std::optional(
            misp_sync::error_answer(413,
                                    fmt::format("The answer is larger than {} bytes; ask with limit and page",
                                                site_->settings.max_answer),
                                    "/"));
      if (is_full()) return finish();
    }
    return std::optional<Answer>();
  }

  Result<void> begin() {
    PARLEY_CHECK(open(misp::Route::pull));
    wanted_from_ = search_.limit > 0 ? (search_.page - 1) * search_.limit : 0;
    if (search_.events.size() > max_named_events)
      return fail(ErrorKind::bad_input, fmt::format("more than {} events are named", max_named_events));
    if (!search_.events.empty()) {
      std::vector<std::string> uuids;
      for (const std::string& name : search_.events) {
        PARLEY_TRY(std::string uuid, uuid_of(*level_with_, name));
        if (!uuid.empty() && std::ranges::find(uuids, uuid) == uuids.end()) uuids.push_back(std::move(uuid));
      }
      walk_.emplace(level_with_, std::move(uuids));
      return {};
    }
    // A page goes on where the one before ended.
    const auto known = site_->pages.find(page_key(search_.page));
    if (known != site_->pages.end()) found_ = known->second.skipped;
    walk_.emplace(level_with_, known != site_->pages.end() ? known->second.place : state::MispEventPlace());
    return {};
  }

  std::string page_key(std::uint64_t page) const { return fmt::format("{}\n{}", every_page_, page); }

  bool is_full() const { return search_.limit > 0 && found_ >= wanted_from_ + search_.limit; }

  bool has_negations() const {
    for (const misp_sync::Terms* terms :
         {&search_.values, &search_.types, &search_.categories, &search_.organisations, &search_.infos})
      if (!terms->none.empty()) return true;
    return !search_.tags.empty() || !search_.event_tags.empty();
  }

  /// Whether it is worth asking the gate: what the event does not have as it is held, it will not have when
  /// it leaves with less.
  Result<bool> may_be_wanted(const state::StoredMispEvent& stored) const {
    if (has_negations()) return true;
    if (!search_.looks_at_attributes() && search_.uuids.empty() && search_.organisations.empty() &&
        search_.infos.empty())
      return true;
    PARLEY_TRY(const misp::Event event, misp::parse_event(stored.content));
    return search_.wants_event(event, number_of_event(stored.entry.uuid), true);
  }

  Result<void> look_at(const state::StoredMispEvent& stored) {
    if (of_ == Of::events) {
      PARLEY_TRY(const bool may, may_be_wanted(stored));
      if (!may) return {};
    }
    Gate gate(site_->node);
    // What an index says of an event needs its attributes only when it is filtered by them.
    if (of_ == Of::index && !search_.looks_at_attributes()) {
      auto cleared = gate.clear_misp_entry(*view_, stored);
      if (!cleared)
        return is_absent(cleared.error()) ? Result<void>() : std::unexpected<Error>(cleared.error());
      misp::Event event = std::move(*cleared).release().event;
      if (!search_.wants_event(event, number_of_event(stored.entry.uuid), true)) return {};
      return add_to_index(std::move(event));
    }
    auto cleared = gate.clear_misp_event(*view_, stored);
    if (!cleared)
      return is_absent(cleared.error()) ? Result<void>() : std::unexpected<Error>(cleared.error());
    misp::Event event = std::move(*cleared).release().event;
    const bool events_asked = of_ != Of::attributes;
    if (!search_.wants_event(event, number_of_event(stored.entry.uuid), events_asked)) return {};
    if (of_ == Of::index) return add_to_index(std::move(event));
    if (of_ == Of::attributes) return add_attributes(std::move(event));
    return add_event(std::move(event));
  }

  /// Counts a find; whether it belongs to the page.
  bool take() {
    ++found_;
    return found_ > wanted_from_ && !(search_.limit > 0 && found_ > wanted_from_ + search_.limit);
  }

  void add(const Value& value) {
    if (!out_.empty()) out_ += ',';
    misp::append_value(out_, value);
    ++objects_;
  }

  Result<void> add_event(misp::Event event) {
    if (!take()) return {};
    PARLEY_TRY(const Value out, complete_event(*level_with_, std::move(event), search_, true));
    add(out);
    return {};
  }

  Result<void> add_to_index(misp::Event event) {
    if (!take()) return {};
    const std::string uuid = lower(event.uuid());
    PARLEY_TRY(const MispSightings sightings, MispSightings::load(*level_with_, uuid));
    if (search_.minimal) {
      Value out = Value::object();
      out.set("id", number_of_event(uuid));
      out.set("timestamp", std::to_string(event.timestamp()));
      out.set("sighting_timestamp", std::to_string(sightings.latest));
      out.set("published", event.published());
      out.set("uuid", uuid);
      out.set("orgc_uuid", event.creator_uuid());
      add(out);
      return {};
    }
    Value whole = event_for_peers(std::move(event));
    Value out = *whole.find("Event");
    for (const std::string_view name : {"Attribute", "Object", "EventReport", "ShadowAttribute", "Galaxy"})
      out.erase(name);
    out.set("sighting_timestamp", std::to_string(sightings.latest));
    Value tags = Value::array();
    for (const Value& tag : out.elements("Tag")) {
      Value one = Value::object();
      one.set("local", false);
      one.set("Tag", tag);
      tags.push_back(std::move(one));
    }
    out.erase("Tag");
    out.set("EventTag", std::move(tags));
    add(out);
    return {};
  }

  Result<void> add_attributes(misp::Event event) {
    const std::string uuid = lower(event.uuid());
    const std::string number = number_of_event(uuid);
    PARLEY_TRY(const MispSightings sightings, MispSightings::load(*level_with_, uuid));
    sightings.attach(event.json());
    Value about = Value::object();
    about.set("id", number);
    about.set("uuid", uuid);
    about.set("info", event.info());
    about.set("distribution", event.json().text("distribution"));
    const misp_sync::Terms& tags = search_.tags;
    for (const misp::AttributeView& one : event.attributes()) {
      if (one.deleted ? search_.deleted == misp_sync::Deleted::no
                      : search_.deleted == misp_sync::Deleted::only)
        continue;
      if (!search_.timestamp.contains(one.timestamp) || !search_.wants_attribute(event, one)) continue;
      if (!search_.uuids.empty()) {
        const auto names = [&](const std::string& wanted) {
          return equal_ignoring_case(wanted, one.uuid) || wanted == uuid;
        };
        if (std::ranges::none_of(search_.uuids, names)) continue;
      }
      if (!tags.empty()) {
        std::vector<std::string_view> all = event.tags();
        for (const Value& tag : one.json->elements("Tag")) all.push_back(tag.text("name"));
        if (!tags.want(all)) continue;
      }
      if (!take()) continue;
      Value out = *one.json;
      out.set("event_id", number);
      out.set("event_uuid", uuid);
      out.set("Event", about);
      add(out);
      if (out_.size() > site_->settings.max_answer) return {};
    }
    return {};
  }

  std::optional<Answer> finish() {
    if (is_full() && search_.events.empty() && of_ != Of::attributes)
      site_->pages[page_key(search_.page + 1)] = {walk_->place(), found_};
    Answer out;
    out.result_count = objects_;
    std::string body;
    switch (of_) {
      case Of::index:
        body = "[" + out_ + "]";
        break;
      case Of::events:
        body = R"({"response":[)" + out_ + "]}";
        break;
      case Of::attributes:
        body = R"({"response":{"Attribute":[)" + out_ + "]}}";
        break;
    }
    out.body = std::make_shared<const std::string>(std::move(body));
    return out;
  }

  Of of_;
  Search search_;
  std::string every_page_;
  std::optional<MispWalk> walk_;
  std::uint64_t wanted_from_ = 0;
  std::uint64_t found_ = 0;
  std::string out_;
};

std::string event_file(misp::Event event) {
  return misp::write_event(misp::feed_form(std::move(event)));
}

/// manifest.json and hashes.csv, both at once: they go through the same events.
class FeedLists final : public Reading {
 public:
  FeedLists(MispSite& site, MispCaller caller, std::string key, std::string other_key,
            std::string if_none_match, bool hashes)
      : Reading(site, std::move(caller), std::move(key), std::move(if_none_match)),
        other_key_(std::move(other_key)),
        is_hashes_(hashes) {}

 private:
  Result<std::optional<Answer>> go_on() override {
    if (!walk_) {
      PARLEY_CHECK(open(misp::Route::feed));
      walk_.emplace(level_with_, state::MispEventPlace());
    }
    for (std::size_t units = 0; units < units_a_step; ++units) {
      PARLEY_TRY(const auto entry, walk_->next());
      if (!entry) return finish();
      PARLEY_TRY(const auto stored, walk_->load(*entry));
      if (!stored) continue;
      units += stored->content.size() / bytes_a_unit;
      auto cleared = Gate(site_->node).clear_misp_event(*view_, *stored);
      if (!cleared) {
        if (is_absent(cleared.error())) continue;
        return std::unexpected<Error>(cleared.error());
      }
      misp::Event event = std::move(*cleared).release().event;
      const std::string uuid = lower(event.uuid());
      Value about = misp::manifest_entry(event);
      misp::append_hashes(hashes_, event);
      about.set("integrity:sha256", to_hex(crypto::sha256(as_bytes(event_file(std::move(event))))));
      manifest_ += manifest_.empty() ? "" : ",";
      manifest_ += "\"" + uuid + "\":";
      misp::append_value(manifest_, about);
      ++objects_;
      if (manifest_.size() > site_->settings.max_answer || hashes_.size() > site_->settings.max_answer)
        return std::optional(misp_sync::error_answer(
            413, "The feed is too large for one list; use events/index and events/restSearch", "/"));
    }
    return std::optional<Answer>();
  }

  std::optional<Answer> finish() {
    Answer manifest, hashes;
    manifest.body = std::make_shared<const std::string>("{" + manifest_ + "}");
    hashes.body = std::make_shared<const std::string>(std::move(hashes_));
    hashes.content_type = "text/csv; charset=UTF-8";
    Answer& other = is_hashes_ ? manifest : hashes;
    other.etag = misp_sync::etag_of(*other.body);
    if (level_with_ == site_->reader()) site_->keep(other_key_, other, objects_);
    return is_hashes_ ? hashes : manifest;
  }

  std::string other_key_;
  bool is_hashes_;
  std::optional<MispWalk> walk_;
  std::string manifest_, hashes_;
};

/// One event of the feed.
class FeedFile final : public Reading {
 public:
  FeedFile(MispSite& site, MispCaller caller, std::string key, std::string if_none_match, std::string uuid)
      : Reading(site, std::move(caller), std::move(key), std::move(if_none_match)), uuid_(std::move(uuid)) {}

 private:
  Result<std::optional<Answer>> go_on() override {
    PARLEY_CHECK(open(misp::Route::feed));
    PARLEY_TRY(const auto stored, level_with_->misp_events().find(uuid_));
    if (!stored) return fail(ErrorKind::not_found, "there is no such event");
    auto cleared = Gate(site_->node).clear_misp_event(*view_, *stored);
    if (!cleared) {
      if (is_absent(cleared.error())) return fail(ErrorKind::not_found, "there is no such event");
      return std::unexpected<Error>(cleared.error());
    }
    objects_ = 1;
    return std::optional(misp_sync::text_answer(200, event_file(std::move(*cleared).release().event)));
  }

  std::string uuid_;
};

}  // namespace

std::unique_ptr<MispWork> begin_reading(MispSite& site, const MispCaller& caller, Method method,
                                        const Target& target, std::string_view if_none_match,
                                        std::string body) {
  // Two bodies that mean the same may have two keys; that costs time only.
  const auto key = [&](std::string_view what) {
    return fmt::format("{}\n{}\n{}", caller.name, what, to_hex(crypto::sha256(as_bytes(body))));
  };
  const std::string etag(if_none_match);
  if (target.controller == "feed") {
    if (method == Method::post) return nullptr;
    const std::string manifest = key("manifest"), hashes = key("hashes");
    if (target.action == "manifest.json")
      return std::make_unique<FeedLists>(site, caller, manifest, hashes, etag, false);
    if (target.action == "hashes.csv")
      return std::make_unique<FeedLists>(site, caller, hashes, manifest, etag, true);
    const std::string uuid = lower(std::string_view(target.action).substr(0, 36));
    return std::make_unique<FeedFile>(site, caller, key("file " + uuid), etag, uuid);
  }
  const bool is_events = target.controller == "events";
  const bool is_attributes = target.controller == "attributes";
  if (!is_events && !is_attributes) return nullptr;
  const bool is_search = target.action == "restsearch";
  const bool is_view = is_events && target.action == "view" && !target.arguments.empty();
  const bool is_index = is_events && target.action == "index";
  if (!is_search && !is_view && !is_index) return nullptr;

  std::string what = target.controller + "/" + target.action;
  for (const std::string& argument : target.arguments) what.append("/").append(argument);
  for (const auto& [name, value] : target.named) what.append("/").append(name).append(":").append(value);
  const Result<Value> json = parse_body(body);
  if (!json) return finished(misp_sync::error_answer(json.error(), "/" + what), "/" + what);
  Result<Search> search = misp_sync::parse_search(*json, target, site.node.clock().now());
  if (!search) return finished(misp_sync::error_answer(search.error(), "/" + what), "/" + what);
  if (is_view) {
    const bool with_sightings = target.value("noSightings") != "1";
    return std::make_unique<Viewing>(site, caller, key(what), etag, std::string(target.argument(0)),
                                     std::move(*search), with_sightings);
  }
  const Searching::Of of = is_index    ? Searching::Of::index
                           : is_events ? Searching::Of::events
                                       : Searching::Of::attributes;
  std::string every_page = caller.name + "\n" + target.controller + "/" + target.action + "\n";
  for (const auto& [name, value] : target.named)
    if (name != "page") every_page.append(name).append(":").append(value).append("\n");
  Value without_page = *json;
  without_page.erase("page");
  every_page += to_hex(crypto::sha256(as_bytes(misp::write_value(without_page))));
  return std::make_unique<Searching>(site, caller, key(what), etag, of, std::move(*search),
                                     std::move(every_page));
}

}  // namespace parley::exchange
