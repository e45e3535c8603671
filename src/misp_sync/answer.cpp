#include "misp_sync/answer.hpp"

#include "base/ascii.hpp"
#include "crypto/hash.hpp"

namespace parley::misp_sync {

namespace {

using misp::Value;

Value object(std::initializer_list<std::pair<std::string_view, Value>> members) {
  Value out = Value::object();
  for (const auto& [name, value] : members) out.set(name, value);
  return out;
}

std::string_view name_of(int status) {
  switch (status) {
    case 400:
      return "Bad request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not found";
    case 405:
      return "Method not allowed";
    case 413:
      return "Too large";
    default:
      return "Error";
  }
}

}  // namespace

Answer json_answer(int status, const Value& body) {
  Answer out;
  out.status = status;
  out.body = std::make_shared<const std::string>(misp::write_value(body));
  return out;
}

Answer text_answer(int status, std::string body) {
  Answer out;
  out.status = status;
  out.body = std::make_shared<const std::string>(std::move(body));
  return out;
}

Answer error_answer(int status, std::string_view message, std::string_view url) {
  return json_answer(status, object({{"name", name_of(status)}, {"message", message}, {"url", url}}));
}

Answer not_saved(std::string_view action, std::string_view errors) {
  const std::string what = "Could not " + std::string(action) + " Event";
  return json_answer(403, object({{"saved", false},
                                  {"name", what},
                                  {"message", what},
                                  {"url", "/events/" + std::string(action)},
                                  {"errors", errors}}));
}

Answer error_answer(const Error& error, std::string_view url) {
  switch (error.kind) {
    case ErrorKind::bad_input:
    case ErrorKind::usage:
      return error_answer(400, error.message, url);
    case ErrorKind::refused:
      return error_answer(403, "This is not allowed", url);
    case ErrorKind::not_found:
      return error_answer(404, "There is nothing here", url);
    case ErrorKind::conflict:
      return error_answer(409, "Not now", url);
    default:
      return error_answer(500, "Internal error", url);
  }
}

std::string etag_of(std::string_view body) {
  return "\"" + to_hex(BytesView(crypto::sha256(as_bytes(body))).first(20)) + "\"";
}

bool etag_matches(std::string_view if_none_match, std::string_view etag) {
  while (!if_none_match.empty()) {
    const std::size_t comma = if_none_match.find(',');
    std::string_view one = trim(if_none_match.substr(0, comma));
    if (one == "*") return true;
    if (one.starts_with("W/")) one.remove_prefix(2);
    // Web servers add what they did to the body: "…-gzip".
    if (one.ends_with("-gzip\"") && etag.ends_with('"') &&
        one.substr(0, one.size() - 6) == etag.substr(0, etag.size() - 1))
      return true;
    if (one == etag) return true;
    if (comma == std::string_view::npos) return false;
    if_none_match.remove_prefix(comma + 1);
  }
  return false;
}

Value version_answer(const Version& version, std::string_view uuid, const Rights& rights) {
  Value encodings = Value::array();
  encodings.push_back("gzip");
  return object({{"version", version.text()},
                 {"pymisp_recommended_version", version.text()},
                 {"perm_sync", rights.write},
                 {"perm_sighting", rights.write},
                 {"perm_galaxy_editor", false},
                 {"perm_analyst_data", false},
                 {"uuid", uuid},
                 {"request_encoding", std::move(encodings)},
                 {"filter_sightings", true}});
}

Value user_answer(std::string_view caller, const Organisation& organisation, const Rights& rights) {
  // The name of a caller is no address; clients want something that looks like one.
  const std::string email =
      std::string(caller) + (caller.find('@') == std::string_view::npos ? "@localhost" : "");
  Value user = object({{"id", "1"},
                       {"org_id", "1"},
                       {"email", email},
                       {"autoalert", false},
                       {"role_id", "1"},
                       {"disabled", false},
                       {"contactalert", false},
                       {"termsaccepted", true}});
  Value role = object({{"id", "1"},
                       {"name", rights.write ? "Sync user" : "Read Only"},
                       {"perm_add", rights.write},
                       {"perm_modify", rights.write},
                       {"perm_modify_org", rights.write},
                       {"perm_publish", rights.write},
                       {"perm_delegate", false},
                       {"perm_sync", rights.write},
                       {"perm_admin", false},
                       {"perm_audit", false},
                       {"perm_auth", true},
                       {"perm_site_admin", false},
                       {"perm_regexp_access", false},
                       {"perm_tagger", false},
                       {"perm_template", false},
                       {"perm_sharing_group", false},
                       {"perm_tag_editor", false},
                       {"perm_sighting", rights.write},
                       {"perm_object_template", false},
                       {"perm_galaxy_editor", false},
                       {"perm_analyst_data", false}});
  Value org = object({{"id", "1"}, {"name", organisation.name}, {"uuid", organisation.uuid}});
  return object({{"User", std::move(user)},
                 {"Role", std::move(role)},
                 {"Organisation", std::move(org)},
                 {"UserSetting", Value::array()}});
}

}  // namespace parley::misp_sync
