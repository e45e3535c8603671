#include "remote_access.hpp"

#include <utility>

#include "files.hpp"
#include "outgoing.hpp"

namespace parley::app {

namespace {

constexpr std::size_t max_secret_bytes = 16 * 1024;
constexpr std::size_t max_pem_bytes = 1U << 20;

/// A secret stands in a file, so that it is in no list of processes; its line end is not part of it.
Result<std::string> read_secret(const Args& args, std::string_view key) {
  PARLEY_TRY(std::string text, read_file(args.text_or(key, ""), max_secret_bytes));
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  if (text.empty()) return fail(ErrorKind::usage, "the file is empty", args.text_or(key, ""));
  if (text.find_first_of("\r\n") != std::string::npos)
    return fail(ErrorKind::usage, "expected one line", args.text_or(key, ""));
  return text;
}

Result<void> read_optional(const Args& args, std::string_view key, std::string& out) {
  if (!args.has(key)) return {};
  PARLEY_TRY(out, read_file(args.text_or(key, ""), max_pem_bytes));
  return {};
}

/// What of the arguments is the same for every server. `key`: the option with the certificate's key.
Result<void> read_way(const Args& args, std::string_view key, RemoteAccess& out) {
  PARLEY_CHECK(read_optional(args, "ca", out.trust.ca_pem));
  out.trust.pin = args.text_or("pin", "");
  PARLEY_CHECK(read_optional(args, key, out.trust.key_pem));
  PARLEY_CHECK(read_optional(args, "cert", out.trust.certificate_pem));
  PARLEY_CHECK(out.trust.check());
  PARLEY_TRY(out.proxy, proxy_of_args(args));
  return {};
}

}  // namespace

Json RemoteAccess::to_json() const {
  Json fields = Json::array();
  for (const auto& [name, value] : credentials.fields) fields.push_back(Json::array({name, value}));
  Json out = Json::object({{"fields", std::move(fields)},
                           {"ca", trust.ca_pem},
                           {"pin", trust.pin},
                           {"certificate", trust.certificate_pem},
                           {"key", trust.key_pem}});
  if (proxy)
    out.set("proxy", Json::object({{"server", proxy->is_set() ? proxy->server.text() : std::string()},
                                   {"authorization", proxy->authorization}}));
  return out;
}

Result<RemoteAccess> RemoteAccess::from_json(const Json& json) {
  RemoteAccess out;
  PARLEY_TRY(const Json::Array* fields, json.array_member("fields"));
  for (const Json& field : *fields) {
    const Json::Array* pair = field.if_array();
    if (pair == nullptr || pair->size() != 2 || !(*pair)[0].is_string() || !(*pair)[1].is_string())
      return fail(ErrorKind::bad_input, "a field is a name and a value", "/fields");
    out.credentials.fields.emplace_back(*(*pair)[0].if_string(), *(*pair)[1].if_string());
  }
  PARLEY_TRY(out.trust.ca_pem, json.string_member("ca"));
  PARLEY_TRY(out.trust.pin, json.string_member("pin"));
  PARLEY_TRY(out.trust.certificate_pem, json.string_member("certificate"));
  PARLEY_TRY(out.trust.key_pem, json.string_member("key"));
  if (const Json* proxy = json.find("proxy")) {
    out.proxy = net::HttpsProxy();
    PARLEY_TRY(const std::string server, proxy->string_member("server"));
    if (!server.empty()) {
      PARLEY_TRY(out.proxy->server, net::parse_address(server));
    }
    PARLEY_TRY(out.proxy->authorization, proxy->string_member("authorization"));
  }
  return out;
}

Result<RemoteAccess> taxii_access(const Args& args) {
  RemoteAccess out;
  const int ways = static_cast<int>(args.has("user")) + static_cast<int>(args.has("token_file")) +
                   static_cast<int>(args.has("api_key_file"));
  if (ways > 1) return fail(ErrorKind::usage, "--user, --token-file or --api-key-file: one of them");
  if (args.has("user") != args.has("password_file"))
    return fail(ErrorKind::usage, "--user and --password-file go together");
  if (args.has("api_key_header") && !args.has("api_key_file"))
    return fail(ErrorKind::usage, "--api-key-header needs --api-key-file");
  if (args.has("user")) {
    const std::string user = args.text_or("user", "");
    if (user.find(':') != std::string::npos)
      return fail(ErrorKind::usage, "a user's name holds no colon (RFC 7617)");
    PARLEY_TRY(const std::string password, read_secret(args, "password_file"));
    const std::string pair = user + ":" + password;
    out.credentials.fields.emplace_back("Authorization", "Basic " + to_base64(as_bytes(pair)));
  } else if (args.has("token_file")) {
    PARLEY_TRY(const std::string token, read_secret(args, "token_file"));
    out.credentials.fields.emplace_back("Authorization", "Bearer " + token);
  } else if (args.has("api_key_file")) {
    PARLEY_TRY(const std::string key, read_secret(args, "api_key_file"));
    out.credentials.fields.emplace_back(args.text_or("api_key_header", "X-API-Key"), key);
  }
  PARLEY_CHECK(read_way(args, "key", out));
  return out;
}

Result<RemoteAccess> misp_access(const Args& args, bool is_feed) {
  RemoteAccess out;
  if (args.has("key")) {
    PARLEY_TRY(std::string key, read_secret(args, "key"));
    out.credentials.fields.emplace_back("Authorization", std::move(key));
  } else if (!is_feed) {
    return fail(ErrorKind::usage, "--key: the file with the key of our user there");
  }
  PARLEY_CHECK(read_way(args, "cert_key", out));
  return out;
}

}  // namespace parley::app
