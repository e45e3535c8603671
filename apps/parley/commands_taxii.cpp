#include "crypto/hash.hpp"
#include "exchange/json_texts.hpp"
#include "exchange/taxii_book.hpp"
#include "files.hpp"
#include "service.hpp"
#include "state/store.hpp"
#include "taxii/target.hpp"

namespace parley::app {

namespace {

constexpr std::size_t max_certificate_bytes = 65'536;

Json collection_json(const exchange::TaxiiCollection& collection, std::uint64_t members) {
  Json rules = Json::array();
  for (const exchange::CollectionRule& rule : collection.rules) rules.push_back(rule.to_json());
  Json out = Json::object({{"id", collection.id},
                           {"root", collection.root},
                           {"title", collection.title},
                           {"alias", collection.alias},
                           {"description", collection.description},
                           {"writable", collection.writable},
                           {"members", members},
                           {"rules", std::move(rules)}});
  if (collection.tlp) out.set("tlp", intel::tlp_name(*collection.tlp));
  out.set("path", taxii::target_path({taxii::Resource::collection, collection.root, "", collection.id, ""}));
  return out;
}

Result<Answer> collection_add(Service& service, const Args& args) {
  exchange::TaxiiCollection collection;
  PARLEY_TRY(collection.title, args.text("title"));
  collection.description = args.text_or("description", "");
  collection.alias = args.text_or("alias", "");
  collection.root = args.text_or("root", "");
  collection.writable = args.flag("writable");
  if (collection.writable && args.flag("read_only"))
    return fail(ErrorKind::usage, "either --writable or --read-only");
  if (args.has("tlp")) {
    collection.tlp = intel::parse_tlp(args.text_or("tlp", ""));
    if (!collection.tlp) return fail(ErrorKind::usage, "--tlp: clear, green, amber, amber+strict or red");
  }
  PARLEY_TRY(collection, exchange::add_collection(service.node(), std::move(collection)));
  return Answer{Json::object({{"collection", collection_json(collection, 0)}})};
}

Result<Answer> collection_list(Service& service, const Args&) {
  PARLEY_TRY(const auto reader, service.node().store().snapshot());
  PARLEY_TRY(const auto collections, exchange::list_collections(*reader));
  Json list = Json::array();
  for (const exchange::TaxiiCollection& one : collections) {
    PARLEY_TRY(const std::uint64_t members, reader->count_members(one.id));
    list.push_back(collection_json(one, members));
  }
  return Answer{Json::object({{"collections", std::move(list)}})};
}

void collection_fill(Service& service, const Args& args, const Service::Reply& reply) {
  const auto name = args.text("collection");
  if (!name) return reply->error(name.error());
  exchange::CollectionRule rule;
  rule.sources = args.list("sources");
  rule.types = args.list("types");
  rule.labels = args.list("labels");
  rule.ids = args.list("ids");
  rule.all = args.flag("all");
  auto begun = exchange::CollectionFill::begin(service.node(), *name, std::move(rule));
  if (!begun) return reply->error(begun.error());
  if (service.is_alone()) begun->take_store_alone();
  auto fill = std::make_shared<exchange::CollectionFill>(std::move(*begun));
  net::run_job(service.loop(), reply, [fill]() -> Result<std::optional<Json>> {
    PARLEY_TRY(const std::optional<exchange::FillReport> report, fill->step());
    if (!report) return std::optional<Json>();
    return std::optional<Json>(answer_json({Json::object({{"collection", fill->collection().id},
                                                          {"looked_at", report->looked_at},
                                                          {"added", report->added},
                                                          {"unchanged", report->unchanged},
                                                          {"rule_is_new", report->rule_is_new}})}));
  });
}

/// SHA-256 of the DER of the first certificate in a PEM file (RFC 7468), hexadecimal.
Result<std::string> certificate_hash(const std::string& path) {
  constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----";
  constexpr std::string_view end = "-----END CERTIFICATE-----";
  PARLEY_TRY(const std::string text, read_file(path, max_certificate_bytes));
  const std::size_t from = text.find(begin);
  const std::size_t to = from == std::string::npos ? from : text.find(end, from);
  if (to == std::string::npos) return fail(ErrorKind::bad_input, "there is no certificate (PEM) in it", path);
  std::string base64;
  for (const char c : text.substr(from + begin.size(), to - from - begin.size()))
    if (c != '\n' && c != '\r' && c != ' ') base64.push_back(c);
  PARLEY_TRY(const Bytes der, from_base64(base64));
  return to_hex(crypto::sha256(der));
}

Json caller_json(const exchange::TaxiiCaller& caller) {
  Json rights = Json::object();
  for (const auto& [collection, right] : caller.rights)
    rights.set(collection, std::string(right.read ? "r" : "") + (right.write ? "w" : ""));
  Json shows = Json::array();
  if (!caller.password.empty()) shows.push_back("password");
  if (!caller.token.empty()) shows.push_back("token");
  if (!caller.certificate.empty()) shows.push_back("certificate");
  return Json::object({{"name", caller.name},
                       {"shows", std::move(shows)},
                       {"rights", std::move(rights)},
                       {"created", format_time(caller.created)},
                       {"revoked", caller.revoked}});
}

Result<Answer> user_add(Service& service, const Args& args) {
  exchange::CallerRequest request;
  PARLEY_TRY(request.name, args.text("name"));
  request.with_password = args.flag("password");
  request.with_token = args.flag("token");
  request.collections = args.list("collections");
  request.misp = args.text_or("misp", "");
  request.organisation = args.text_or("organisation", "");
  if (args.has("password_file")) {
    PARLEY_TRY(request.password, read_file(args.text_or("password_file", ""), 1'024));
    while (request.password.ends_with('\n') || request.password.ends_with('\r')) request.password.pop_back();
    if (request.password.empty()) return fail(ErrorKind::bad_input, "the password is empty");
  }
  if (args.has("certificate")) {
    PARLEY_TRY(request.certificate, certificate_hash(args.text_or("certificate", "")));
  }
  PARLEY_TRY(const auto added, exchange::add_caller(service.node(), request));
  Json out = Json::object({{"user", caller_json(added.first)}});
  if (!added.second.password.empty()) out.set("password", added.second.password);
  if (!added.second.token.empty()) out.set("token", added.second.token);
  policy::Question question;
  question.act = policy::Act::taxii;
  question.audience = policy::Audience{request.name, exchange::caller_origin(request.name), {}, {}, false};
  question.now = question.recorded_until = service.home().clock().now();
  const policy::Decision decision = service.node().policy().decide(question);
  if (decision.outcome == policy::Outcome::deny) out.set("sees_nothing_because", decision.why());
  return Answer{std::move(out)};
}

Result<Answer> user_list(Service& service, const Args&) {
  PARLEY_TRY(const auto reader, service.node().store().snapshot());
  PARLEY_TRY(const auto callers, exchange::list_callers(*reader));
  Json list = Json::array();
  for (const exchange::TaxiiCaller& one : callers) list.push_back(caller_json(one));
  return Answer{Json::object({{"users", std::move(list)}})};
}

Result<Answer> user_revoke(Service& service, const Args& args) {
  PARLEY_TRY(const std::string name, args.text("name"));
  PARLEY_TRY(const exchange::TaxiiCaller caller, exchange::revoke_caller(service.node(), name));
  return Answer{Json::object({{"user", caller_json(caller)}})};
}

}  // namespace

void add_taxii_server_commands(Service::Commands& commands) {
  commands["taxii collection add"] = immediate(collection_add);
  commands["taxii collection list"] = immediate(collection_list);
  commands["taxii collection fill"] = collection_fill;
  commands["taxii user add"] = immediate(user_add);
  commands["taxii user list"] = immediate(user_list);
  commands["taxii user revoke"] = immediate(user_revoke);
}

}  // namespace parley::app
