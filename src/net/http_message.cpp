#include "net/http_message.hpp"

#include <algorithm>
#include <charconv>

namespace parley::net {

namespace {

// RFC 9110 section 5.6.2.
bool is_token_character(char c) {
  if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) return true;
  return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}
// RFC 9110 section 5.5 without obs-text: nothing that we read needs bytes above 0x7e.
bool is_field_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '\t' || (c >= 0x20 && c <= 0x7e); });
}
bool is_target(std::string_view text) {
  return !text.empty() && text.front() == '/' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
}
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
std::string to_lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}
std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::unexpected<HttpRefusal> no(int status, std::string why) {
  return std::unexpected(HttpRefusal{status, std::move(why)});
}

// Takes the next line off the front; a line ends in CRLF and holds neither byte elsewhere.
std::optional<std::string_view> take_line(std::string_view& rest) {
  const std::size_t end = rest.find("\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = rest.substr(0, end);
  if (line.find_first_of("\r\n") != std::string_view::npos) return std::nullopt;
  rest.remove_prefix(end + 2);
  return line;
}

std::expected<HttpFields, HttpRefusal> parse_fields(std::string_view rest, const HttpLimits& limits) {
  HttpFields fields;
  while (true) {
    const auto line = take_line(rest);
    if (!line) return no(400, "a header line is not ended by CRLF");
    if (line->empty()) break;
    if (fields.size() == limits.fields) return no(431, "too many header fields");
    const std::size_t colon = line->find(':');
    if (colon == std::string_view::npos || !is_token(line->substr(0, colon)))
      return no(400, "a header field has no proper name");
    const std::string_view value = trim(line->substr(colon + 1));
    if (!is_field_value(value)) return no(400, "a header value holds control or non-ASCII bytes");
    fields.add(to_lower(line->substr(0, colon)), std::string(value));
  }
  if (!rest.empty()) return no(400, "bytes behind the head");
  return fields;
}

// A message whose length two readers could see differently is how requests are smuggled: one length, in
// digits, or chunks and nothing else, or no body.
std::expected<std::uint64_t, HttpRefusal> body_length_of(const HttpFields& fields, const HttpLimits& limits,
                                                         bool& chunked) {
  if (fields.has("transfer-encoding")) {
    if (!limits.chunked) return no(501, "Transfer-Encoding is not supported");
    const auto coding = fields.only("transfer-encoding");
    if (!coding || to_lower(*coding) != "chunked")
      return no(501, "no Transfer-Encoding but chunked is supported");
    if (fields.has("content-length")) return no(400, "both Content-Length and Transfer-Encoding");
    chunked = true;
    return 0;
  }
  if (!fields.has("content-length")) return 0;
  const auto value = fields.only("content-length");
  std::uint64_t length = 0;
  if (!value || value->empty() || value->size() > 18 || value->front() < '0' || value->front() > '9')
    return no(400, "Content-Length is repeated or no number");
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), length);
  if (error != std::errc() || end != value->data() + value->size())
    return no(400, "Content-Length is no number");
  if (length > limits.body_bytes) return no(413, "the body is longer than this server takes");
  return length;
}

}  // namespace

void HttpFields::add(std::string name, std::string value) {
  fields_.emplace_back(std::move(name), std::move(value));
}

std::optional<std::string_view> HttpFields::only(std::string_view name) const {
  std::optional<std::string_view> found;
  for (const auto& [key, value] : fields_) {
    if (key != name) continue;
    if (found) return std::nullopt;
    found = value;
  }
  return found;
}

bool HttpFields::has(std::string_view name) const {
  return std::any_of(fields_.begin(), fields_.end(), [&](const auto& field) { return field.first == name; });
}

bool HttpFields::has_token(std::string_view name, std::string_view token) const {
  const std::string wanted = to_lower(token);
  for (const auto& [key, value] : fields_) {
    if (key != name) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::size_t comma = rest.find(',');
      if (to_lower(trim(rest.substr(0, comma))) == wanted) return true;
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return false;
}

std::optional<std::size_t> head_end(std::string_view bytes) {
  const std::size_t at = bytes.find("\r\n\r\n");
  if (at == std::string_view::npos) return std::nullopt;
  return at + 4;
}

std::expected<Request, HttpRefusal> parse_request_head(std::string_view head, const HttpLimits& limits,
                                                       std::uint64_t& body_length) {
  const std::size_t whole = head.size();
  const auto line = take_line(head);
  if (!line) return no(whole > limits.head_bytes ? 431 : 400, "the request line is not ended by CRLF");
  const std::size_t first = line->find(' ');
  const std::size_t last = line->rfind(' ');
  if (first == std::string_view::npos || first == last)
    return no(400, "the request line has not three parts");
  Request out;
  out.method = std::string(line->substr(0, first));
  const std::string_view target = line->substr(first + 1, last - first - 1);
  const std::string_view version = line->substr(last + 1);
  if (!is_token(out.method) || out.method.size() > 32) return no(400, "the method is no token");
  if (version.size() != 8 || !version.starts_with("HTTP/")) return no(400, "the version is malformed");
  if (version != "HTTP/1.1") return no(505, "only HTTP/1.1 is spoken here");
  if (target.size() > limits.target_bytes) return no(414, "the request target is too long");
  if (!is_target(target)) return no(400, "the request target is no absolute path");
  const std::size_t question = target.find('?');
  out.path = std::string(target.substr(0, question));
  if (question != std::string_view::npos) out.query = std::string(target.substr(question + 1));

  const auto refused = [&](HttpRefusal refusal) {
    refusal.target = out.path;
    return std::unexpected(std::move(refusal));
  };
  if (whole > limits.head_bytes) return refused({431, "the request head is too long"});
  auto fields = parse_fields(head, limits);
  if (!fields) return refused(std::move(fields.error()));
  out.fields = std::move(*fields);
  if (!out.fields.only("host")) return refused({400, "exactly one Host field is needed"});
  const auto length = body_length_of(out.fields, limits, out.chunked);
  if (!length) return refused(length.error());
  body_length = *length;
  out.keep_alive = !out.fields.has_token("connection", "close");
  return out;
}

std::expected<ResponseHead, HttpRefusal> parse_response_head(std::string_view head,
                                                             const HttpLimits& limits) {
  if (head.size() > limits.head_bytes) return no(431, "the response head is too long");
  const auto line = take_line(head);
  if (!line) return no(400, "the status line is not ended by CRLF");
  const auto digit = [&](std::size_t at) { return (*line)[at] >= '0' && (*line)[at] <= '9'; };
  if (line->size() < 13 || !line->starts_with("HTTP/1.1 ") || !digit(9) || !digit(10) || !digit(11) ||
      (*line)[12] != ' ' || (*line)[9] == '0' || !is_field_value(*line))
    return no(400, "the status line is malformed");
  ResponseHead out;
  out.status = ((*line)[9] - '0') * 100 + ((*line)[10] - '0') * 10 + ((*line)[11] - '0');
  auto fields = parse_fields(head, limits);
  if (!fields) return std::unexpected(fields.error());
  out.fields = std::move(*fields);
  return out;
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 417:
      return "Expectation Failed";
    case 426:
      return "Upgrade Required";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

std::string write_response_head(const Response& response, std::size_t size, bool keep_alive) {
  std::string out;
  out.reserve(512);
  out += "HTTP/1.1 ";
  out += std::to_string(response.status);
  out += ' ';
  out += reason_phrase(response.status);
  // RFC 9110 sections 6.4.1 and 8.6: these have no body, nor a length of one.
  if (response.status != 204 && response.status >= 200) {
    if (!response.content_type.empty()) {
      out += "\r\nContent-Type: ";
      out += response.content_type;
    }
    out += "\r\nContent-Length: ";
    out += std::to_string(size);
  }
  for (const auto& [name, value] : response.fields) {
    out += "\r\n";
    out += name;
    out += ": ";
    out += value;
  }
  out += keep_alive ? "\r\nConnection: keep-alive\r\n\r\n" : "\r\nConnection: close\r\n\r\n";
  return out;
}

std::string write_response(const Response& response, bool keep_alive, bool with_body) {
  const std::string& body = response.page ? *response.page : response.body;
  std::string out = write_response_head(response, body.size(), keep_alive);
  if (with_body) out += body;
  return out;
}

}  // namespace parley::net
