#include "exchange/taxii_service.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "crypto/hash.hpp"
#include "exchange/clock_guard.hpp"
#include "exchange/feed_view.hpp"
#include "exchange/taxii_book.hpp"
#include "exchange/taxii_callers.hpp"
#include "exchange/taxii_changes.hpp"
#include "exchange/taxii_filter.hpp"
#include "exchange/taxii_posting.hpp"
#include "exchange/taxii_reads.hpp"
#include "state/store.hpp"
#include "state/watched.hpp"
#include "taxii/cursor.hpp"
#include "taxii/identifier.hpp"
#include "taxii/query.hpp"
#include "taxii/resources.hpp"
#include "taxii/target.hpp"

namespace parley::exchange {

namespace {

using taxii::Answer;
using taxii::Method;
using taxii::Resource;
using taxii::Target;

constexpr std::string_view nothing_here = "There is nothing here";
/// Callers whose view is kept; the one of a further caller is made when it asks.
constexpr std::size_t max_views = 32;
/// What all views together keep of what their decisions were made from.
constexpr std::size_t max_decision_bytes = std::size_t{256} << 20;

Answer not_found() {
  return taxii::error_answer(404, nothing_here);
}
Answer forbidden() {
  return taxii::error_answer(403, "This is not allowed");
}

bool is_page(Resource resource) {
  return resource == Resource::manifest || resource == Resource::objects || resource == Resource::object ||
         resource == Resource::versions;
}

std::string_view methods_of(Resource resource) {
  if (resource == Resource::objects) return "GET, HEAD, POST";
  if (resource == Resource::object) return "GET, HEAD, DELETE";
  return "GET, HEAD";
}

bool has_method(Resource resource, Method method) {
  return method == Method::get || (method == Method::post && resource == Resource::objects) ||
         (method == Method::erase && resource == Resource::object);
}

/// What a right comes to in a collection.
taxii::Collection collection_resource(const TaxiiCollection& collection, const TaxiiRight& right) {
  return {collection.id,
          collection.title,
          collection.description,
          collection.alias,
          right.read,
          right.write && collection.writable,
          {std::string(taxii::stix_media_type), std::string(taxii::stix20_media_type)}};
}

}  // namespace

struct TaxiiService::State {
  State(Node& the_node, const intel::WarninglistSet& lists, TaxiiSettings the_settings,
        state::WatchedStore* the_watched)
      : node(the_node),
        warninglists(lists),
        settings(the_settings),
        watched(the_watched),
        callers(the_node.entropy()),
        cursor_key(crypto::derive_secret(the_node.keys().role.seed().view(), "parley/taxii-cursor/1")),
        reads(the_node),
        changed(the_node) {}

  /// A page that was made, for whoever asks the same again.
  struct Kept {
    Answer answer;
    std::string collection;
    crypto::Hash256 hash{};
    std::uint64_t objects = 0;
    std::size_t bytes = 0;  ///< that keeping it costs
  };
  /// A request that may go on: who asks for what in which collection.
  struct Asked {
    const TaxiiCaller* caller = nullptr;
    const TaxiiCollection* collection = nullptr;
    TaxiiRight right;
    Target target;  ///< with the collection's id in the place of an alias
  };

  Result<void> recover();
  Result<void> refresh();
  void forget_views();
  std::uint64_t epoch() const { return epoch_of_views; }
  bool is_level() const;
  Result<std::shared_ptr<const state::Reader>> reader();
  Result<FeedView*> view_of(const TaxiiCaller& caller);
  void make_room(const FeedView& used);

  Result<Answer> answer(const taxii::Request& request);
  Result<Answer> find(const taxii::Request& request, Asked& asked);
  Answer discovery(const TaxiiCaller& caller) const;
  Answer api_root(const TaxiiCaller& caller, std::string_view root) const;
  Answer list(const TaxiiCaller& caller, std::string_view root) const;
  Result<Answer> page(const Asked& asked, const taxii::Request& request);
  Result<Answer> erase(const Asked& asked, const taxii::Request& request);
  Kept& keep(std::string key, Kept made);
  Result<Answer> serve(Kept& kept, const TaxiiCaller& caller, std::int64_t minute);
  TaxiiRight right_of(const TaxiiCaller& caller, const TaxiiCollection& collection) const;
  bool sees_root(const TaxiiCaller& caller, std::string_view root) const;

  Node& node;
  const intel::WarninglistSet& warninglists;
  TaxiiSettings settings;
  state::WatchedStore* watched;
  TaxiiCallers callers;
  crypto::Secret<32> cursor_key;
  TaxiiReads reads;
  TaxiiChanges changed;
  bool recovered = false;

  std::uint64_t epoch_of_views = 1;
  std::uint64_t changes = 0;
  std::uint64_t definitions = 0;
  crypto::Hash256 policy_hash{};
  bool loaded = false;

  std::vector<TaxiiCollection> collections;
  std::shared_ptr<const state::Reader> snapshot;
  Timestamp recorded_until;
  std::map<std::string, FeedView, std::less<>> views;
  std::uint64_t judged_before = 0;  ///< by views that are gone
  std::unordered_map<std::string, Kept> kept;
  std::deque<const std::string*> kept_since;  ///< keys of `kept`, oldest first
  std::size_t kept_bytes = 0;
  std::int64_t statuses_looked_at = 0;  ///< hour
};

bool TaxiiService::State::is_level() const {
  return loaded && changes == node.store().changes() && definitions == node.definitions() &&
         policy_hash == node.policy().hash();
}

Result<void> TaxiiService::State::recover() {
  if (recovered) return {};
  PARLEY_CHECK(TaxiiReads::recover(node));
  PARLEY_CHECK(TaxiiChanges::recover(node));
  recovered = true;
  return {};
}

/// Throws away whatever was made from a store, rules or definitions that are others now.
Result<void> TaxiiService::State::refresh() {
  PARLEY_CHECK(recover());
  if (is_level()) return {};
  std::optional<std::vector<state::Touch>> touched;
  // Asked at the first time too, from when on it takes notes.
  if (watched != nullptr) touched = watched->touched_since(changes);
  if (!loaded || definitions != node.definitions() || policy_hash != node.policy().hash()) touched.reset();
  if (!touched) forget_views();
  snapshot.reset();
  kept.clear();
  kept_since.clear();
  kept_bytes = 0;
  ++epoch_of_views;
  const bool defined_anew = !loaded || definitions != node.definitions();
  changes = node.store().changes();
  definitions = node.definitions();
  policy_hash = node.policy().hash();
  loaded = false;
  PARLEY_TRY(recorded_until, note_time(node));
  PARLEY_TRY(const auto fresh, reader());
  if (defined_anew) {
    PARLEY_TRY(collections, list_collections(*fresh));
    PARLEY_TRY(std::vector<TaxiiCaller> list, list_callers(*fresh));
    callers.replace(std::move(list));
  }
  for (auto view = views.begin(); view != views.end();) {
    const bool goes_on = view->second.go_on(fresh, node.clock().now(), recorded_until, *touched);
    if (!goes_on) judged_before += view->second.judged();
    view = goes_on ? std::next(view) : views.erase(view);
  }
  changes = node.store().changes();
  loaded = true;
  return {};
}

void TaxiiService::State::forget_views() {
  for (const auto& [name, view] : views) judged_before += view.judged();
  views.clear();
}

Result<std::shared_ptr<const state::Reader>> TaxiiService::State::reader() {
  if (!snapshot) {
    PARLEY_TRY(snapshot, node.store().snapshot());
  }
  return snapshot;
}

Result<FeedView*> TaxiiService::State::view_of(const TaxiiCaller& caller) {
  const auto known = views.find(caller.name);
  if (known != views.end()) {
    make_room(known->second);
    return &known->second;
  }
  std::size_t bytes = 0;
  for (const auto& [name, view] : views) bytes += view.decision_bytes();
  if (views.size() >= max_views || bytes >= max_decision_bytes) forget_views();
  PARLEY_TRY(auto fresh, reader());
  FeedView::Limits limits;
  limits.decisions = settings.cached_decisions;
  limits.made_from = watched != nullptr ? settings.made_from : 0;
  const auto made = views.try_emplace(caller.name, std::move(fresh), node.policy(), caller.name,
                                      node.clock().now(), recorded_until, limits);
  make_room(made.first->second);
  return &made.first->second;
}

/// Of the others the one that has most gives up its objects, until there is room.
void TaxiiService::State::make_room(const FeedView& used) {
  for (;;) {
    std::size_t bytes = 0;
    FeedView* largest = nullptr;
    for (auto& [name, view] : views) {
      bytes += view.object_bytes();
      if (&view != &used && (largest == nullptr || view.object_bytes() > largest->object_bytes()))
        largest = &view;
    }
    if (bytes < settings.view_bytes || largest == nullptr || largest->object_bytes() == 0) return;
    largest->forget_objects();
  }
}

TaxiiRight TaxiiService::State::right_of(const TaxiiCaller& caller, const TaxiiCollection& collection) const {
  const auto right = caller.rights.find(collection.id);
  if (right == caller.rights.end()) return {false, false};
  return {right->second.read, right->second.write && collection.writable};
}

bool TaxiiService::State::sees_root(const TaxiiCaller& caller, std::string_view root) const {
  return std::ranges::any_of(collections, [&](const TaxiiCollection& collection) {
    return collection.root == root && caller.rights.contains(collection.id);
  });
}

Answer TaxiiService::State::discovery(const TaxiiCaller& caller) const {
  std::set<std::string> roots;
  for (const TaxiiCollection& collection : collections)
    if (caller.rights.contains(collection.id)) roots.insert(collection.root);
  taxii::Discovery out;
  out.title = node.identity().name;
  for (const std::string& root : roots)
    out.api_roots.push_back(taxii::target_path({Resource::api_root, root, "", "", ""}));
  if (!out.api_roots.empty()) out.default_root = out.api_roots.front();
  return taxii::json_answer(200, taxii::to_json(out));
}

Answer TaxiiService::State::api_root(const TaxiiCaller& caller, std::string_view root) const {
  if (!sees_root(caller, root)) return not_found();
  return taxii::json_answer(
      200, taxii::to_json(taxii::ApiRoot{std::string(root), "", settings.max_content_length}));
}

Answer TaxiiService::State::list(const TaxiiCaller& caller, std::string_view root) const {
  if (!sees_root(caller, root)) return not_found();
  std::vector<taxii::Collection> out;
  for (const TaxiiCollection& collection : collections)
    if (collection.root == root && caller.rights.contains(collection.id))
      out.push_back(collection_resource(collection, right_of(caller, collection)));
  return taxii::json_answer(200, taxii::to_json(out));
}

/// Fills `asked`, or answers already (`status` other than 0).
Result<Answer> TaxiiService::State::find(const taxii::Request& request, Asked& asked) {
  PARLEY_CHECK(refresh());
  Answer go_on;
  go_on.status = 0;
  asked.caller = request.caller.empty() ? nullptr : callers.find(request.caller);
  if (asked.caller == nullptr)
    return taxii::error_answer(401, "Say who you are", "This server wants credentials");
  const Result<Target> target = taxii::parse_target(request.path);
  if (!target) return not_found();
  asked.target = *target;
  if (!has_method(target->resource, request.method)) {
    Answer out = taxii::error_answer(405, "The resource has no such method");
    out.allow = methods_of(target->resource);
    return out;
  }
  if (target->collection.empty()) return go_on;
  for (const TaxiiCollection& one : collections)
    if (one.root == target->root && (one.id == target->collection || one.alias == target->collection))
      asked.collection = &one;
  if (asked.collection == nullptr || !asked.caller->rights.contains(asked.collection->id)) return not_found();
  asked.target.collection = asked.collection->id;
  asked.right = right_of(*asked.caller, *asked.collection);
  if (!asked.right.read && !asked.right.write) return not_found();
  return go_on;
}

/// Reports a page that leaves, durably when it is the first of its minute.
Result<Answer> TaxiiService::State::serve(Kept& made, const TaxiiCaller& caller, std::int64_t minute) {
  PARLEY_TRY(const std::uint64_t ticket,
             reads.served(caller.name, made.collection, minute, made.hash, made.objects));
  made.answer.reuse = Answer::Reuse{epoch_of_views, minute, ticket};
  return made.answer;
}

Result<Answer> TaxiiService::State::page(const Asked& asked, const taxii::Request& request) {
  if (!asked.right.read) return forbidden();
  std::string key(asked.caller->name);
  key += '\n';
  key += taxii::target_path(asked.target);
  key += '?';
  key += request.query;
  const std::int64_t minute = minute_of(node.clock().now());
  if (const auto known = kept.find(key); known != kept.end())
    return serve(known->second, *asked.caller, minute);

  PARLEY_TRY(const taxii::Query query, taxii::parse_query(request.query));
  const Resource resource = asked.target.resource;
  const taxii::CursorScope scope{asked.caller->name, &asked.target};
  taxii::Position from{query.added_after.value_or(Timestamp::from_microseconds(INT64_MIN)), query.match, 0};
  if (!query.next.empty()) {
    PARLEY_TRY(from, taxii::read_cursor(cursor_key.view(), scope, query));
  }
  if (query.limit) from.limit = *query.limit;

  FeedQuestion question;
  question.collection = asked.collection->id;
  question.part = resource == Resource::manifest   ? FeedPart::manifest
                  : resource == Resource::versions ? FeedPart::versions
                                                   : FeedPart::objects;
  question.after = from.after;
  question.filter = member_filter(from.match);
  if (!asked.target.object.empty()) {
    question.filter.ids = {asked.target.object};
    question.filter.types.clear();
  }
  if (resource == Resource::versions) {
    question.filter.all = true;
    question.filter.versions.clear();
  }
  question.limit = from.limit == 0 ? settings.default_page : std::min(from.limit, settings.max_page);
  question.max_bytes = settings.max_page_bytes;

  Gate gate(node);
  PARLEY_TRY(FeedView * view, view_of(*asked.caller));
  Result<Cleared<FeedPage>> cleared = gate.clear_feed(*view, question);
  // A caller without any permission sees an empty collection: what is there is nobody's business.
  if (!cleared && cleared.error().kind != ErrorKind::refused) return std::unexpected<Error>(cleared.error());
  FeedPage out;
  if (cleared) out = std::move(*cleared).release();
  if (!asked.target.object.empty() && out.objects == 0) {
    // Whether it is there at all, seen with these eyes.
    FeedQuestion any = question;
    any.part = FeedPart::versions;
    any.after = Timestamp::from_microseconds(INT64_MIN);
    any.filter = state::MemberFilter{};
    any.filter.ids = {asked.target.object};
    any.filter.all = true;
    any.limit = 1;
    Result<Cleared<FeedPage>> there = gate.clear_feed(*view, any);
    if (!there && there.error().kind != ErrorKind::refused) return std::unexpected<Error>(there.error());
    if (!there || there->value().objects == 0) return not_found();
  }
  std::string next;
  if (out.more)
    next = taxii::make_cursor(cursor_key.view(), scope,
                              {out.looked_at, from.match, query.limit ? *query.limit : from.limit});
  Kept made;
  const std::string_view name = resource == Resource::versions ? "versions" : "objects";
  made.answer = taxii::json_answer(200, taxii::list_resource(name, out.elements, out.more, next));
  made.answer.date_added_first = out.first;
  made.answer.date_added_last = out.last;
  made.collection = asked.collection->id;
  std::string_view hashed;
  if (resource == Resource::manifest || resource == Resource::versions) hashed = *made.answer.body;
  made.hash = out.hash ? *out.hash : crypto::sha256(as_bytes(hashed));
  made.objects = out.objects;
  made.bytes = made.answer.body->size() + key.size() + 512;
  if (made.bytes > settings.cached_pages_bytes / 4) return serve(made, *asked.caller, minute);
  return serve(keep(std::move(key), std::move(made)), *asked.caller, minute);
}

/// For whoever asks the same again; the oldest leave when there is no room.
TaxiiService::State::Kept& TaxiiService::State::keep(std::string key, Kept made) {
  while (kept_bytes + made.bytes > settings.cached_pages_bytes && !kept_since.empty()) {
    const auto oldest = kept.find(*kept_since.front());
    kept_since.pop_front();
    kept_bytes -= oldest->second.bytes;
    kept.erase(oldest);
  }
  kept_bytes += made.bytes;
  const auto there = kept.emplace(std::move(key), std::move(made)).first;
  kept_since.push_back(&there->first);
  return there->second;
}

Result<Answer> TaxiiService::State::erase(const Asked& asked, const taxii::Request& request) {
  // TAXII 2.1 section 5.7: both rights, or 403.
  if (!asked.right.read || !asked.right.write) return forbidden();
  PARLEY_TRY(const taxii::Query query, taxii::parse_query(request.query));
  state::MemberFilter filter = member_filter(query.match);
  // Without a version all of them go: after it a GET finds nothing.
  filter.all = filter.all || !query.has_version;
  if (filter.specs.empty() && !filter.nothing)
    filter.specs = {state::SpecVersion::v20, state::SpecVersion::v21};
  filter.types.clear();
  filter.ids = {asked.target.object};
  PARLEY_TRY(FeedView * view, view_of(*asked.caller));
  std::vector<state::Member> seen;
  if (view->act().outcome == policy::Outcome::permit) {
    PARLEY_TRY(const state::MemberPage page,
               view->reader().list_members(asked.collection->id, Timestamp::from_microseconds(INT64_MIN),
                                           filter, state::max_page));
    for (const state::Member& member : page.members) {
      PARLEY_TRY(const FeedView::Seen one, view->look(member));
      if (one.permit) seen.push_back(member);
    }
  }
  // What the rules keep back is not there for this caller, and cannot be taken away by it.
  if (seen.empty()) return not_found();
  const std::string id = asked.target.object;
  const std::string collection = asked.collection->id;
  const std::unique_ptr<TaxiiChanges::Act> act =
      changed.begin(asked.caller->name, collection, TaxiiChanges::Kind::deletion);
  for (const state::Member& member : seen) {
    std::string raw;
    PARLEY_TRY(const bool stored, view->reader().append_content(member.content, raw));
    if (stored) act->removed(id, raw);
  }
  PARLEY_CHECK(state::write(node.store(), state::Durability::synced,
                            [&](state::Transaction& transaction) -> Result<void> {
                              for (const state::Member& member : seen) {
                                state::MemberFilter exact;
                                exact.last = false;
                                exact.specs = {member.spec};
                                exact.versions = {member.version};
                                PARLEY_CHECK(transaction.erase_members(collection, id, exact));
                              }
                              return act->finish(transaction);
                            }));
  Answer out;
  out.status = 200;
  return out;
}

Result<Answer> TaxiiService::State::answer(const taxii::Request& request) {
  Asked asked;
  PARLEY_TRY(Answer early, find(request, asked));
  if (early.status != 0) return early;
  const Target& target = asked.target;
  if (request.method == Method::erase) return erase(asked, request);
  if (is_page(target.resource)) return page(asked, request);
  switch (target.resource) {
    case Resource::discovery:
      return discovery(*asked.caller);
    case Resource::api_root:
      return api_root(*asked.caller, target.root);
    case Resource::collections:
      return list(*asked.caller, target.root);
    case Resource::collection:
      return taxii::json_answer(200, taxii::to_json(collection_resource(*asked.collection, asked.right)));
    case Resource::status: {
      if (!taxii::is_identifier(target.status)) return not_found();
      PARLEY_TRY(const auto fresh, node.store().snapshot());
      PARLEY_TRY(std::string text,
                 find_status(*fresh, target.root, asked.caller->name, target.status, node.clock().now()));
      return taxii::json_answer(200, std::move(text));
    }
    default:
      return not_found();
  }
}

TaxiiService::TaxiiService(Node& node, const intel::WarninglistSet& warninglists, TaxiiSettings settings,
                           state::WatchedStore* watched)
    : state_(std::make_unique<State>(node, warninglists, settings, watched)) {}
TaxiiService::~TaxiiService() = default;

std::uint64_t TaxiiService::judged() const {
  std::uint64_t out = state_->judged_before;
  for (const auto& [name, view] : state_->views) out += view.judged();
  return out;
}

std::size_t TaxiiService::object_bytes() const {
  std::size_t out = 0;
  for (const auto& [name, view] : state_->views) out += view.object_bytes();
  return out;
}

const TaxiiSettings& TaxiiService::settings() const {
  return state_->settings;
}

Result<std::string> TaxiiService::authenticate(const TaxiiCredentials& credentials) {
  PARLEY_CHECK(state_->refresh());
  PARLEY_TRY(const TaxiiCaller* caller,
             state_->callers.authenticate(credentials, state_->node.clock().now()));
  return caller->name;
}

Answer TaxiiService::answer(const taxii::Request& request) {
  if (request.method == Method::post) {
    Answer refusal;
    const auto posting = begin_posting(request, std::string(as_text(request.body)), refusal);
    if (!posting) return refusal;
    for (;;) {
      const auto done = posting->step();
      if (!done) return taxii::error_answer(done.error());
      if (*done) return **done;
    }
  }
  Result<Answer> out = state_->answer(request);
  return out ? std::move(*out) : taxii::error_answer(out.error());
}

std::unique_ptr<TaxiiPosting> TaxiiService::begin_posting(const taxii::Request& request, std::string body,
                                                          Answer& refusal) {
  State::Asked asked;
  Result<Answer> early = state_->find(request, asked);
  if (!early) {
    refusal = taxii::error_answer(early.error());
  } else if (early->status != 0) {
    refusal = std::move(*early);
  } else if (!asked.right.write) {
    refusal = forbidden();
  } else if (body.size() > state_->settings.max_content_length) {
    refusal = taxii::error_answer(413, "The body is larger than max_content_length");
  } else {
    return make_posting(
        state_->node, state_->warninglists, *asked.collection, asked.caller->name, std::move(body),
        state_->changed.begin(asked.caller->name, asked.collection->id, TaxiiChanges::Kind::post));
  }
  return nullptr;
}

std::uint64_t TaxiiService::epoch() const {
  return state_->is_level() ? state_->epoch_of_views : 0;
}

void TaxiiService::note_served(std::uint64_t ticket, std::uint64_t times) {
  state_->reads.again(ticket, times);
}

Result<void> TaxiiService::tick() {
  State& s = *state_;
  PARLEY_CHECK(s.recover());
  const std::int64_t minute = minute_of(s.node.clock().now());
  PARLEY_CHECK(s.reads.close_before(minute - 1));
  PARLEY_CHECK(s.changed.close_before(minute - 1));
  if (!s.views.empty()) PARLEY_CHECK(s.refresh());
  if (s.snapshot && s.is_level()) {
    // An old snapshot keeps old pages of the store on the disk: a new one now and then. In between nobody
    // reads, and a commit that changes nothing lets the store empty its write-ahead file, which would
    // otherwise grow for as long as somebody writes.
    PARLEY_TRY(s.recorded_until, note_time(s.node));
    for (auto& [name, view] : s.views) view.let_go();
    s.snapshot.reset();
    const Result<void> emptied = state::write(s.node.store(), state::Durability::buffered,
                                              [](state::Transaction&) -> Result<void> { return {}; });
    auto fresh = s.node.store().snapshot();
    if (!emptied || !fresh) s.forget_views();
    PARLEY_CHECK(emptied);
    PARLEY_TRY(s.snapshot, std::move(fresh));
    for (auto& [name, view] : s.views) view.use(s.snapshot, s.node.clock().now(), s.recorded_until);
  } else {
    s.forget_views();
    s.snapshot.reset();
  }
  if (s.statuses_looked_at == minute / 60) return {};
  s.statuses_looked_at = minute / 60;
  return forget_statuses(s.node);
}

Result<void> TaxiiService::close() {
  PARLEY_CHECK(state_->reads.close_before(INT64_MAX));
  return state_->changed.close_before(INT64_MAX);
}

}  // namespace parley::exchange
