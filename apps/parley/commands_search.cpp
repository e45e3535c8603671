#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "exchange/correlation.hpp"
#include "exchange/cursor.hpp"
#include "exchange/expiry.hpp"
#include "exchange/import_stix20.hpp"
#include "exchange/object_facts.hpp"
#include "exchange/search.hpp"
#include "indexing.hpp"
#include "intel/stix.hpp"
#include "policy/policy.hpp"
#include "search_query.hpp"
#include "service.hpp"
#include "state/store.hpp"
#include "state/upkeep.hpp"

namespace parley::app {

namespace {

Result<Json> object_json(const state::Reader& reader, const state::StoredObject& object, bool raw) {
  Json json = Json::object({{"id", object.id},
                            {"type", object.type},
                            {"version", object.version},
                            {"marking", marking_text(object.marking)}});
  if (!object.created_by.empty()) json.set("created_by_ref", object.created_by);
  Json labels = Json::array();
  for (const std::string& label : object.labels) labels.push_back(label);
  json.set("labels", std::move(labels));
  if (!raw) return json;
  json.set("raw", object.raw);
  // Of what came as STIX 2.0: the bytes as they came.
  PARLEY_TRY(const std::optional<std::string> original, exchange::original_of(reader, object.raw));
  if (original) json.set("original", *original);
  return json;
}

Result<Answer> search_type(Service& service, const std::string& type, const Args& args) {
  const std::size_t limit =
      static_cast<std::size_t>(std::clamp<std::uint64_t>(args.number("limit").value_or(100), 1, 1000));
  PARLEY_TRY(std::string after,
             exchange::read_cursor(service.node(), args.text_or("cursor", ""), "objects:" + type));
  PARLEY_TRY(auto reader, service.node().store().snapshot());
  PARLEY_TRY(auto objects, reader->list_objects(type, after, limit));
  Json list = Json::array();
  for (const auto& object : objects) {
    PARLEY_TRY(Json one, object_json(*reader, object, args.flag("raw")));
    list.push_back(std::move(one));
  }
  Json output = Json::object({{"objects", std::move(list)}});
  if (objects.size() == limit)
    output.set("cursor", exchange::make_cursor(service.node(), objects.back().id, "objects:" + type));
  return Answer{std::move(output)};
}

Result<Answer> search_id(Service& service, const std::string& id, bool raw) {
  PARLEY_TRY(auto reader, service.node().store().snapshot());
  PARLEY_TRY(auto versions, reader->find_versions(id));
  PARLEY_TRY(auto from, reader->references_from(id));
  PARLEY_TRY(auto to, reader->references_to(id));
  if (versions.empty()) return Answer{Json::object({{"objects", Json::array()}}), 0};
  Json list = Json::array();
  for (const auto& object : versions) {
    PARLEY_TRY(Json one, object_json(*reader, object, raw));
    list.push_back(std::move(one));
  }
  Json out = Json::array();
  for (const auto& reference : from)
    out.push_back(Json::object({{"property", reference.property}, {"id", reference.target}}));
  Json in = Json::array();
  for (const auto& reference : to)
    in.push_back(Json::object({{"property", reference.property}, {"id", reference.from}}));
  return Answer{Json::object(
      {{"objects", std::move(list)}, {"references", std::move(out)}, {"referenced_by", std::move(in)}})};
}

Json sighting_json(const state::Sighting& one) {
  const char* const kinds[] = {"seen", "false-positive", "expiration"};
  return Json::object({{"at", format_time(one.at)},
                       {"kind", kinds[static_cast<std::size_t>(one.kind) % 3]},
                       {"times", one.times}});
}

/// Everything about one value.
Result<Answer> search_value(Service& service, const intel::Selector& selector) {
  PARLEY_TRY(auto reader, service.node().store().snapshot());
  PARLEY_TRY(auto summary, reader->find_selector(selector));
  PARLEY_TRY(auto holdings, reader->find_holdings(selector));
  PARLEY_TRY(const auto sightings, reader->searching().find_sightings(selector));
  Json list = Json::array();
  for (const auto& holding : holdings) {
    PARLEY_TRY(auto source, reader->find_source(holding.source));
    Json one = Json::object({{"source", source ? source->latest.name : std::string()},
                             {"marking", marking_text(holding.marking)},
                             {"open_case", holding.open_case},
                             {"unpublished", holding.unpublished}});
    if (holding.pap) one.set("pap", policy::pap_name(*holding.pap));
    if (!holding.object_id.empty()) one.set("object", holding.object_id);
    if (holding.first_seen != Timestamp()) one.set("first_seen", format_time(holding.first_seen));
    if (holding.last_seen != Timestamp()) one.set("last_seen", format_time(holding.last_seen));
    if (source) one.set("imported_at", format_time(source->latest.imported_at));
    list.push_back(std::move(one));
  }
  Json output = Json::object(
      {{"selector", Json::object({{"type", intel::type_name(selector.type)}, {"value", selector.value}})},
       {"held", summary.has_value()},
       {"holdings", std::move(list)}});
  if (summary) {
    output.set("marking", marking_text(summary->marking));
    const exchange::DecayModels models(service.home().config().decay);
    output.set("score", score_json(models.score(selector.type, summary->labels, summary->last_seen, sightings,
                                                service.node().clock().now())));
  }
  Json seen = Json::array();
  for (const state::Sighting& one : sightings) seen.push_back(sighting_json(one));
  if (!sightings.empty()) output.set("sightings", std::move(seen));
  return Answer{std::move(output)};
}

Result<Answer> correlate(Service& service, const Args& args) {
  PARLEY_TRY(const std::string value, args.text("value"));
  PARLEY_TRY(const exchange::Neighbours found,
             exchange::find_neighbours(
                 service.node(), value,
                 static_cast<std::size_t>(args.number("limit").value_or(exchange::default_neighbours)),
                 args.text_or("cursor", "")));
  Json list = Json::array();
  for (const exchange::Neighbour& one : found.found) {
    Json json = Json::object({{"relation", exchange::relation_name(one.relation)},
                              {"kind", one.kind},
                              {"value", one.value},
                              {"source", one.source},
                              {"marking", marking_text(one.marking)}});
    if (!one.object_id.empty()) json.set("object", one.object_id);
    if (!one.event.empty()) json.set("event", one.event);
    list.push_back(std::move(json));
  }
  Json output = Json::object({{"value", value}, {"neighbours", std::move(list)}});
  if (!found.cursor.empty()) output.set("cursor", found.cursor);
  return Answer{std::move(output)};
}

/// Brings the indexes up to date, then goes on with something else; tells how far it is.
class IndexFirst {
 public:
  IndexFirst(Service& service, Service::Reply reply) : service_(service), reply_(std::move(reply)) {}

  /// Whether they are.
  Result<bool> step() {
    if (current_) return true;
    PARLEY_TRY(const bool more, indexing_.step(service_.node()));
    most_ = std::max(most_, indexing_.waiting());
    if (more) reply_->progress("indexing", most_ - indexing_.waiting(), most_);
    current_ = !more;
    return current_;
  }
  std::uint64_t waited() const { return most_; }

 private:
  Service& service_;
  Service::Reply reply_;
  Indexing indexing_{std::chrono::milliseconds(50)};
  std::uint64_t most_ = 0;
  bool current_ = false;
};

struct SearchJob {
  SearchJob(Service& the_service, Service::Reply the_reply)
      : first(the_service, the_reply),
        reply(std::move(the_reply)),
        models(the_service.home().config().decay) {}
  IndexFirst first;
  Service::Reply reply;
  exchange::DecayModels models;
  std::optional<exchange::Search> search;

  Result<std::optional<Json>> step() {
    PARLEY_TRY(const bool current, first.step());
    if (!current) return std::optional<Json>();
    PARLEY_TRY(const bool done, search->step());
    reply->progress("searching", search->looked_at(), 0);
    if (!done) return std::optional<Json>();
    exchange::SearchPage page = search->take();
    Json hits = Json::array();
    for (const exchange::SearchHit& hit : page.hits) hits.push_back(hit_json(hit));
    Json output = Json::object({{"hits", std::move(hits)}, {"looked_at", page.looked_at}});
    if (!page.cursor.empty()) output.set("cursor", page.cursor);
    return std::optional<Json>(answer_json({std::move(output)}));
  }
};

void begin_search(Service& service, const Args& args, const Service::Reply& reply) {
  auto query = search_query(args);
  if (!query) return reply->error(query.error());
  auto job = std::make_shared<SearchJob>(service, reply);
  const auto limit = static_cast<std::size_t>(args.number("limit").value_or(exchange::default_search_page));
  auto search = exchange::Search::make(service.node(), std::move(*query), job->models, limit,
                                       args.text_or("cursor", ""));
  if (!search) return reply->error(search.error());
  job->search.emplace(std::move(*search));
  net::run_job(service.loop(), reply, [job] { return job->step(); });
}

void begin_correlate(Service& service, const Args& args, const Service::Reply& reply) {
  // What the job needs of the arguments, which do not outlive this call.
  Json kept = Json::object();
  for (const char* key : {"value", "cursor"})
    if (args.has(key)) kept.set(key, args.text_or(key, ""));
  if (const auto limit = args.number("limit")) kept.set("limit", *limit);
  auto first = std::make_shared<IndexFirst>(service, reply);
  net::run_job(service.loop(), reply,
               [&service, first, kept = std::move(kept)]() -> Result<std::optional<Json>> {
                 PARLEY_TRY(const bool current, first->step());
                 if (!current) return std::optional<Json>();
                 PARLEY_TRY(const Answer answer, correlate(service, Args(kept)));
                 return std::optional<Json>(answer_json(answer));
               });
}

Result<Answer> search_simply(Service& service, const Args& args) {
  const std::string value = args.text_or("value", "");
  const std::vector<std::string> types = args.list("types");
  if (value.empty()) {
    if (types.size() == 1) return search_type(service, types.front(), args);
    return fail(ErrorKind::usage, "name a value, an id, --text, --type or another filter");
  }
  if (intel::is_stix_id(value)) return search_id(service, value, args.flag("raw"));
  Result<std::optional<intel::Selector>> read = intel::guess_selector(value);
  if (!read) {
    Error why = read.error();
    why.message += value.find("--") != std::string::npos
                       ? "; a STIX id has a UUID behind --"
                       : "; --text looks for words, --prefix for values that begin so";
    return std::unexpected(std::move(why));
  }
  const std::optional<intel::Selector>& guessed = *read;
  if (!guessed) return fail(ErrorKind::usage, "name a value, an id, --text, --type or another filter");
  return search_value(service, *guessed);
}

void search(Service& service, const Args& args, const Service::Reply& reply) {
  if (args.flag("correlate")) return begin_correlate(service, args, reply);
  if (asks_search(args) || args.list("types").size() > 1) return begin_search(service, args, reply);
  const auto answer = search_simply(service, args);
  if (!answer) return reply->error(answer.error());
  reply->result(answer_json(*answer));
}

void index(Service& service, const Args& args, const Service::Reply& reply) {
  if (args.flag("rebuild")) {
    const auto forgotten =
        state::write(service.node().store(), state::Durability::buffered,
                     [](state::Transaction& transaction) { return transaction.upkeep().forget_indexes(); });
    if (!forgotten) return reply->error(forgotten.error());
  }
  auto first = std::make_shared<IndexFirst>(service, reply);
  net::run_job(service.loop(), reply, [first]() -> Result<std::optional<Json>> {
    PARLEY_TRY(const bool current, first->step());
    if (!current) return std::optional<Json>();
    return std::optional<Json>(answer_json({Json::object({{"current", true}, {"waited", first->waited()}})}));
  });
}

Json counts_json(const state::UpkeepCounts& counts) {
  return Json::object({{"objects", counts.objects},
                       {"contents", counts.contents},
                       {"holdings", counts.holdings},
                       {"members", counts.members},
                       {"open_case", counts.held}});
}

struct ExpireJob {
  ExpireJob(Service& the_service, Service::Reply the_reply, exchange::ExpiryOptions the_options)
      : first(the_service, the_reply),
        reply(std::move(the_reply)),
        models(the_service.home().config().decay),
        options(the_options),
        expiry(the_service.node(), models, the_options) {}
  IndexFirst first;
  Service::Reply reply;
  exchange::DecayModels models;
  exchange::ExpiryOptions options;
  exchange::Expiry expiry;

  Result<std::optional<Json>> step() {
    PARLEY_TRY(const bool current, first.step());
    if (!current) return std::optional<Json>();
    PARLEY_TRY(const bool done, expiry.step());
    const exchange::ExpiryReport& report = expiry.report();
    reply->progress("looking for what has expired", report.looked_at, 0);
    if (!done) return std::optional<Json>();
    Json list = Json::array();
    for (const exchange::Expired& one : report.listed)
      list.push_back(Json::object({{"what", one.what}, {"why", one.why}}));
    return std::optional<Json>(answer_json({Json::object({{"dry_run", options.dry_run},
                                                          {"looked_at", report.looked_at},
                                                          {"valid_until", report.by_validity},
                                                          {"sightings", report.by_sighting},
                                                          {"decay", report.by_decay},
                                                          {"taken_out", counts_json(report.counts)},
                                                          {"expired", std::move(list)}})}));
  }
};

void expire(Service& service, const Args& args, const Service::Reply& reply) {
  const exchange::ExpiryOptions options{args.flag("dry_run"), args.flag("decayed")};
  auto job = std::make_shared<ExpireJob>(service, reply, options);
  net::run_job(service.loop(), reply, [job] { return job->step(); });
}

Result<std::optional<state::SourceId>> source_of(const state::Reader& reader, const Args& args) {
  if (!args.has("source")) return std::nullopt;
  PARLEY_TRY(const auto sources, reader.list_sources());
  for (const state::StoredSource& source : sources)
    if (source.latest.name == args.text_or("source", "")) return source.id;
  return fail(ErrorKind::not_found,
              "nothing was imported from a source called " + args.text_or("source", ""));
}

/// Erases what is stored under a STIX id, with the bytes from which it was converted.
Result<state::UpkeepCounts> erase_object(state::Transaction& transaction, const std::string& id,
                                         std::optional<state::SourceId> source) {
  PARLEY_TRY(const auto before, transaction.find_versions(id));
  PARLEY_TRY(const state::UpkeepCounts counts, transaction.upkeep().erase_object(id, source));
  PARLEY_TRY(const auto after, transaction.find_versions(id));
  for (const state::StoredObject& object : before)
    if (std::ranges::none_of(after, [&](const state::StoredObject& one) { return one.raw == object.raw; }))
      PARLEY_CHECK(exchange::erase_original(transaction, object.raw));
  return counts;
}

Result<Answer> erase(Service& service, const Args& args) {
  PARLEY_TRY(const std::string what, args.text("what"));
  PARLEY_TRY(const auto transaction, service.node().store().begin(state::Durability::synced));
  PARLEY_TRY(const std::optional<state::SourceId> source, source_of(*transaction, args));
  state::UpkeepCounts counts;
  Json still = Json::array();
  if (intel::is_stix_id(what)) {
    PARLEY_TRY(counts, erase_object(*transaction, what, source));
    if (counts.contents == 0 && counts.held == 0)
      return fail(ErrorKind::not_found, "no such object is stored (from that source)", what);
  } else {
    PARLEY_TRY(const std::optional<intel::Selector> selector, intel::guess_selector(what));
    if (!selector) return fail(ErrorKind::usage, "name a STIX id or a value");
    PARLEY_TRY(const auto holdings, transaction->find_holdings(*selector));
    for (const state::StoredHolding& holding : holdings)
      if (!holding.object_id.empty() && (!source || holding.source == *source))
        still.push_back(holding.object_id);
    PARLEY_TRY(counts, transaction->upkeep().retract(*selector, std::nullopt, source));
    if (counts.holdings == 0 && counts.held == 0)
      return fail(ErrorKind::not_found, "nobody holds this value (from that source)", what);
  }
  if (!args.flag("dry_run")) PARLEY_CHECK(transaction->commit());
  Json output = Json::object({{"dry_run", args.flag("dry_run")}, {"taken_out", counts_json(counts)}});
  if (still.size() > 0) output.set("objects_that_say_it", std::move(still));
  return Answer{std::move(output), counts.held > 0 ? 1 : 0};
}

Result<intel::Selector> selector_of(const Args& args) {
  PARLEY_TRY(const std::string value, args.text("value"));
  PARLEY_TRY(const std::optional<intel::Selector> selector, intel::guess_selector(value));
  if (!selector) return fail(ErrorKind::usage, "this is no value of a type that is known", value);
  return *selector;
}

Result<Answer> sighting_add(Service& service, const Args& args) {
  state::Sighting one;
  PARLEY_TRY(one.selector, selector_of(args));
  const std::string kind = args.text_or("kind", "seen");
  if (kind != "seen" && kind != "false-positive" && kind != "expiration")
    return fail(ErrorKind::usage, "--kind: seen, false-positive or expiration");
  one.kind = kind == "seen"             ? state::SightingKind::seen
             : kind == "false-positive" ? state::SightingKind::false_positive
                                        : state::SightingKind::expiration;
  const Timestamp now = service.node().clock().now();
  one.at = now;
  if (args.has("at")) {
    PARLEY_TRY(one.at, parse_time(args.text_or("at", "")));
  }
  one.times = std::max<std::uint64_t>(args.number("times").value_or(1), 1);
  std::uint64_t changed = 0;
  PARLEY_CHECK(state::write(service.node().store(), state::Durability::synced,
                            [&](state::Transaction& transaction) -> Result<void> {
                              state::Source source;
                              source.kind = "sighting";
                              source.name = args.text_or("source", "analyst");
                              source.imported_at = now;
                              PARLEY_TRY(one.source, transaction.add_source(source));
                              PARLEY_TRY(changed, transaction.upkeep().put_sightings({&one, 1}));
                              return {};
                            }));
  Json output = sighting_json(one);
  output.set("new", changed > 0);
  return Answer{std::move(output)};
}

Result<Answer> sighting_list(Service& service, const Args& args) {
  PARLEY_TRY(const intel::Selector selector, selector_of(args));
  PARLEY_TRY(const auto reader, service.node().store().snapshot());
  PARLEY_TRY(const auto sightings, reader->searching().find_sightings(selector));
  Json list = Json::array();
  for (const state::Sighting& one : sightings) {
    Json json = sighting_json(one);
    PARLEY_TRY(const auto source, reader->find_source(one.source));
    if (source) json.set("source", source->latest.name);
    list.push_back(std::move(json));
  }
  return Answer{Json::object({{"sightings", std::move(list)}})};
}

}  // namespace

void add_search_commands(Service::Commands& commands) {
  commands["search"] = search;
  commands["index"] = index;
  commands["expire"] = expire;
  commands["delete"] = immediate(erase);
  commands["sighting add"] = immediate(sighting_add);
  commands["sighting list"] = immediate(sighting_list);
}

}  // namespace parley::app
