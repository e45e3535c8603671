#include "api/credentials.hpp"

#include <algorithm>

namespace parley::api {

namespace {

std::unexpected<Error> wrong() {
  return fail(ErrorKind::bad_input, "the Authorization field is not understood");
}

bool is_scheme(std::string_view text, std::string_view scheme) {
  return text.size() == scheme.size() &&
         std::equal(text.begin(), text.end(), scheme.begin(), [](char a, char b) {
           return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
         });
}

Result<void> read_basic(std::string_view text, Credentials& out) {
  // Some clients leave the padding out.
  std::string padded(text);
  while (padded.size() % 4 != 0) padded += '=';
  PARLEY_TRY(const Bytes decoded, from_base64(padded));
  const std::string_view pair = as_text(decoded);
  const std::size_t colon = pair.find(':');
  if (colon == std::string_view::npos || colon == 0) return wrong();
  out.user = std::string(pair.substr(0, colon));
  out.password = std::string(pair.substr(colon + 1));
  return {};
}

}  // namespace

Result<Credentials> read_credentials(const net::Request& request) {
  Credentials out;
  out.certificate = request.client_certificate;
  if (request.fields.has("authorization")) {
    const auto value = request.fields.only("authorization");
    if (!value || value->size() > max_authorization_bytes) return wrong();
    const std::size_t space = value->find(' ');
    if (space == std::string_view::npos) return wrong();
    const std::string_view scheme = value->substr(0, space);
    const std::size_t start = value->find_first_not_of(' ', space);
    if (start == std::string_view::npos) return wrong();
    const std::string_view rest = value->substr(start);
    if (is_scheme(scheme, "basic")) {
      if (!read_basic(rest, out)) return wrong();
    } else if (is_scheme(scheme, "bearer") || is_scheme(scheme, "token")) {
      out.token = std::string(rest);
    } else {
      return wrong();
    }
  } else if (request.fields.has("x-api-key")) {
    const auto value = request.fields.only("x-api-key");
    if (!value || value->empty() || value->size() > max_authorization_bytes) return wrong();
    out.token = std::string(*value);
  }
  return out;
}

crypto::Hash256 credential_digest(BytesView key, const net::Request& request) {
  std::string text;
  for (const auto& [name, value] : request.fields) {
    if (name != "authorization" && name != "x-api-key" && name != "x-misp-auth") continue;
    text += name;
    text += ' ';
    text += value;
    text += '\n';  // no value holds one
  }
  if (request.client_certificate) text += as_text(*request.client_certificate);
  return crypto::hmac_sha256(key, as_bytes(text));
}

}  // namespace parley::api
