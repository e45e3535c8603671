#include <algorithm>
#include <utility>

#include "exchange/misp_event_import.hpp"
#include "exchange/misp_sightings.hpp"
#include "exchange/misp_site.hpp"
#include "state/upkeep.hpp"

// What somebody may do with the events that they have given, and what is said of the parts of MISP that are
// not kept here.

namespace parley::exchange {

namespace {

using misp::lower;
using misp::Value;
using misp_sync::Answer;
using misp_sync::Target;

constexpr std::size_t attributes_a_step = 500;

/// As MISP tells that something was done.
Answer done(std::string_view action, std::string_view name, std::string_view id) {
  Value out = Value::object();
  out.set("saved", true);
  out.set("success", true);
  out.set("name", name);
  out.set("message", name);
  out.set("url", "/events/" + std::string(action) + "/" + std::string(id));
  out.set("id", id);
  return misp_sync::json_answer(200, out);
}

/// The caller's own copy of an event; an answer when there is none to do anything with.
struct OwnEvent {
  std::optional<state::StoredMispEvent> stored;
  Answer refusal;
};
Result<OwnEvent> find_own(MispSite& site, const MispCaller& caller, std::string_view name,
                          std::string_view url) {
  OwnEvent out;
  PARLEY_TRY(const std::string uuid, uuid_of(*site.reader(), name));
  if (!uuid.empty()) {
    PARLEY_TRY(out.stored, own_copy(*site.reader(), caller, uuid));
    if (out.stored) return out;
  }
  // What this caller may not see is not told to be here.
  bool seen = false;
  if (!uuid.empty() && caller.rights.read) {
    PARLEY_TRY(const auto view, site.make_view(caller, misp::Route::pull));
    seen = find_entry(site, *view, caller, uuid).has_value();
  }
  out.refusal = seen ? misp_sync::error_answer(403, "You do not have permission to do that.", url)
                     : misp_sync::error_answer(404, "Invalid event", url);
  return out;
}

/// events/publish, alert and unpublish: the caller's event says from now on that it is published, or not.
class Publishing final : public MispWork {
 public:
  Publishing(MispSite& site, MispCaller caller, std::string action, std::string name)
      : site_(&site), caller_(std::move(caller)), action_(std::move(action)), name_(std::move(name)) {}

  Result<std::optional<Answer>> step() override {
    if (!import_) return begin();
    PARLEY_TRY(const std::optional<ImportReport> report, import_->step());
    if (!report) return std::optional<Answer>();
    turn_.reset();
    PARLEY_CHECK(site_->refresh());
    return std::optional(done(
        action_, action_ == "unpublish" ? "Event unpublished." : "Event published without alerts.", name_));
  }

 private:
  Result<std::optional<Answer>> begin() {
    PARLEY_TRY(OwnEvent own, find_own(*site_, caller_, name_, "/events/" + action_));
    if (!own.stored) return std::optional(std::move(own.refusal));
    turn_ = site_->take_turn(caller_, own.stored->entry.uuid);
    if (!turn_) return std::optional<Answer>();
    PARLEY_TRY(misp::Event event, misp::parse_event(own.stored->content));
    const bool publishes = action_ != "unpublish";
    event.json().set("published", publishes);
    if (publishes)
      event.json().set("publish_timestamp", std::to_string(std::max(event.publish_timestamp() + 1,
                                                                    site_->node.clock().now().seconds())));
    PARLEY_TRY(MispEventImport begun, MispEventImport::begin(*site_, caller_, event));
    import_.emplace(std::move(begun));
    return std::optional<Answer>();
  }

  MispSite* site_;
  MispCaller caller_;
  std::string action_;
  std::string name_;
  std::unique_ptr<MispSite::Turn> turn_;
  std::optional<MispEventImport> import_;
};

/// events/delete: what the caller gave goes, from every index; what others say under the UUID stays. Its
/// attributes go first, some at a time, the event last: cut short, it can be asked for again.
class Deleting final : public MispWork {
 public:
  Deleting(MispSite& site, MispCaller caller, std::string name)
      : site_(&site), caller_(std::move(caller)), name_(std::move(name)) {}

  Result<std::optional<Answer>> step() override {
    if (!begun_) return begin();
    const std::size_t end = std::min(ids_.size(), at_ + attributes_a_step);
    const bool is_last = end == ids_.size();
    const auto work = [&](state::Transaction& transaction) -> Result<void> {
      // Where a case is open nothing happens, and nobody is told of that.
      for (; at_ < end; ++at_) PARLEY_CHECK(transaction.upkeep().erase_object(ids_[at_], source_));
      if (!is_last) return {};
      return erase_own(transaction);
    };
    PARLEY_CHECK(state::write(site_->node.store(),
                              is_last ? state::Durability::synced : state::Durability::buffered, work));
    if (!is_last) return std::optional<Answer>();
    turn_.reset();
    PARLEY_CHECK(site_->refresh());
    return std::optional(done("delete", "Event deleted.", name_));
  }

 private:
  Result<std::optional<Answer>> begin() {
    PARLEY_TRY(OwnEvent own, find_own(*site_, caller_, name_, "/events/delete"));
    if (!own.stored) return std::optional(std::move(own.refusal));
    turn_ = site_->take_turn(caller_, own.stored->entry.uuid);
    if (!turn_) return std::optional<Answer>();
    begun_ = true;
    uuid_ = own.stored->entry.uuid;
    source_ = own.stored->entry.source;
    PARLEY_TRY(const misp::Event event, misp::parse_event(own.stored->content));
    for (const misp::AttributeView& one : event.attributes())
      ids_.push_back("x-misp-attribute--" + lower(one.uuid));
    ids_.push_back("x-misp-event--" + uuid_);
    return std::optional<Answer>();
  }

  /// The store takes an event out from whomever it came: what others gave goes back.
  Result<void> erase_own(state::Transaction& transaction) const {
    state::MispEvents& events = transaction.misp_events_for_writing();
    std::vector<state::StoredMispEvent> others;
    const auto keep = [&](state::SourceId source, bool received) -> Result<void> {
      PARLEY_TRY(auto found, events.find_of(uuid_, source, received));
      if (found) others.push_back(std::move(*found));
      return {};
    };
    PARLEY_CHECK(keep(state::SourceId(0), false));
    PARLEY_TRY(const auto sources, transaction.list_sources());
    for (const state::StoredSource& one : sources)
      if (one.id != source_) PARLEY_CHECK(keep(one.id, true));
    PARLEY_CHECK(events.erase(uuid_));
    for (state::StoredMispEvent& one : others)
      PARLEY_CHECK(events.put({.uuid = one.entry.uuid,
                               .source = one.entry.source,
                               .received = one.entry.received,
                               .timestamp = one.entry.timestamp,
                               .published = one.entry.published,
                               .attributes = one.entry.attributes,
                               .summary = std::move(one.entry.summary),
                               .content = std::move(one.content)}));
    return {};
  }

  MispSite* site_;
  MispCaller caller_;
  std::string name_;
  std::unique_ptr<MispSite::Turn> turn_;
  std::string uuid_;
  state::SourceId source_;
  std::vector<std::string> ids_;
  std::size_t at_ = 0;
  bool begun_ = false;
};

/// Event reports, of one event: as it may leave.
Result<Answer> reports_of(MispSite& site, const MispCaller& caller, std::string_view event) {
  PARLEY_TRY(const auto view, site.make_view(caller, misp::Route::pull));
  PARLEY_TRY(FoundEvent found, find_event(site, *view, caller, event));
  Value out = Value::array();
  for (const Value& report : found.out.event.json().elements("EventReport")) {
    Value inner = report;
    inner.set("event_id", number_of_event(found.out.event.uuid()));
    out.push_back(Value::object()).set("EventReport", std::move(inner));
  }
  const std::size_t count = out.if_array()->size();
  Answer answer = misp_sync::json_answer(200, out);
  if (count > 0) PARLEY_CHECK(site.count(caller, *answer.body, count));
  return answer;
}

}  // namespace

std::unique_ptr<MispWork> begin_owning(MispSite& site, const MispCaller& caller, const Target& target) {
  if (target.controller != "events") return nullptr;
  const bool publishes =
      target.action == "publish" || target.action == "alert" || target.action == "unpublish";
  if (!publishes && target.action != "delete") return nullptr;
  const std::string url = "/events/" + target.action;
  if (!caller.rights.write)
    return misp_refusal(403, "You do not have permission to use this functionality.", url);
  std::string name(target.argument(0));
  if (name.empty()) return misp_refusal(404, "Invalid event", url);
  if (publishes) return std::make_unique<Publishing>(site, caller, target.action, std::move(name));
  return std::make_unique<Deleting>(site, caller, std::move(name));
}

std::optional<Answer> answer_foreign(MispSite& site, const MispCaller& caller, misp_sync::Method method,
                                     const Target& target) {
  const std::string_view controller = target.controller, action = target.action;
  const std::string url = "/" + target.controller + "/" + target.action;
  const auto list = [] { return misp_sync::json_answer(200, Value::array()); };
  const auto no = [&](std::string_view why) { return misp_sync::error_answer(403, why, url); };
  if (controller == "eventreports" && action == "index" && method != misp_sync::Method::post) {
    std::string_view event = target.value("event_id");
    if (event.empty()) event = target.argument(0);
    if (!caller.rights.read) return no("This is not allowed");
    if (event.empty()) return misp_sync::error_answer(400, "Name the event: event_id:ID", url);
    auto found = reports_of(site, caller, event);
    return found ? std::move(*found) : misp_sync::error_answer(found.error(), url);
  }
  const bool is_galaxy = controller == "galaxies" || controller == "galaxyclusters";
  const bool is_foreign = is_galaxy || controller == "shadowattributes" || controller == "analystdata" ||
                          controller == "eventreports" ||
                          (controller == "events" && action == "pushproposals");
  if (!is_foreign) return std::nullopt;
  // Clusters come within events; of our own there are none to be pulled.
  if (controller == "galaxyclusters" && action == "restsearch") {
    Value out = Value::object();
    out.set("response", Value::array());
    return misp_sync::json_answer(200, out);
  }
  if (action == "index" || action == "indexminimal" || action == "filteranalystdataforpush") return list();
  if (action == "view" || action == "get") return misp_sync::error_answer(404, "There is nothing here", url);
  // Everything else would keep something here. The rights that servers/getVersion tells say so beforehand.
  if (is_galaxy) return no("This instance takes no galaxy clusters but those within events.");
  if (controller == "analystdata") return no("This instance takes no analyst data.");
  if (controller == "eventreports") return no("This instance takes reports within their events.");
  return no("This instance takes no proposals.");
}

}  // namespace parley::exchange
