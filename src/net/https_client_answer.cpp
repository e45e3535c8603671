#include "net/https_client_answer.hpp"

#include <algorithm>
#include <charconv>

namespace parley::net {

namespace {

// A compressed body may be this much longer than what it decodes to, and not more.
constexpr std::uint64_t coding_overhead = std::uint64_t{64} * 1024;

std::unexpected<Error> bad(std::string why) {
  return fail(ErrorKind::bad_input, "the server's answer: " + std::move(why));
}

std::unexpected<Error> too_large(std::string why) {
  return std::unexpected<Error>(Error{
      ErrorKind::bad_input, "the server's answer: " + std::move(why), {}, {std::string(answer_too_large)}});
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) return true;
    return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_value(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// "HTTP/1.1 200 OK"; the reason, and the space before it, may be missing.
bool parse_status_line(std::string_view line, int& status, bool& old_version) {
  if (line.size() < 12 || (!line.starts_with("HTTP/1.1 ") && !line.starts_with("HTTP/1.0 "))) return false;
  if (line[9] == '0' || !is_digit(line[9]) || !is_digit(line[10]) || !is_digit(line[11])) return false;
  if (line.size() > 12 && line[12] != ' ') return false;
  status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
  old_version = line[7] == '0';
  return is_value(line);
}

Result<std::optional<std::uint64_t>> length_of(const HttpFields& fields) {
  std::optional<std::uint64_t> length;
  for (const auto& [name, value] : fields) {
    if (name != "content-length") continue;
    std::uint64_t one = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), one);
    if (value.empty() || !is_digit(value.front()) || value.size() > 18 || error != std::errc() ||
        end != value.data() + value.size())
      return bad("Content-Length is no number");
    if (length && *length != one) return bad("two different Content-Lengths");
    length = one;
  }
  return length;
}

}  // namespace

Result<std::string> write_request(const HttpsRequest& request, std::string_view host) {
  if (!is_token(request.method)) return fail(ErrorKind::bad_input, "the method is no token");
  if (request.target.empty() || request.target.front() != '/' ||
      !std::ranges::all_of(request.target, [](char c) { return c > 0x20 && c < 0x7f && c != '#'; }))
    return fail(ErrorKind::bad_input, "the request target holds what no URL may hold",
                request.target.substr(0, 80));
  std::string out = request.method + " " + request.target + " HTTP/1.1\r\nHost: ";
  out += host;
  for (const auto& [name, value] : request.fields) {
    if (!is_token(name) || !is_value(value) || value != trim(value))
      return fail(ErrorKind::bad_input, "the header field cannot be sent", name.substr(0, 80));
    out.append("\r\n").append(name).append(": ").append(value);
  }
  if (!request.body.empty() || request.method == "POST")
    out += "\r\nContent-Length: " + std::to_string(request.body.size());
  out += "\r\nConnection: keep-alive\r\n\r\n";
  out += request.body;
  return out;
}

Result<bool> AnswerReader::feed(std::string_view bytes) {
  if (!bytes.empty()) begun_ = true;
  if (state_ == State::done) {
    if (!bytes.empty()) keep_alive_ = false;  // what comes unasked is nobody's answer
    return true;
  }
  // Bodies go straight through; only heads and lines of the framing wait.
  if (state_ == State::until_close) {
    PARLEY_CHECK(keep_body(bytes));
    return false;
  }
  waiting_.append(bytes);
  while (state_ != State::done) {
    switch (state_) {
      case State::head: {
        PARLEY_TRY(const bool read, read_head());
        if (!read) return false;
        break;
      }
      case State::until_close: {
        const std::string rest = std::move(waiting_);
        waiting_.clear();
        PARLEY_CHECK(keep_body(rest));
        return false;
      }
      case State::length:
      case State::chunk_data: {
        const std::size_t part = static_cast<std::size_t>(std::min<std::uint64_t>(left_, waiting_.size()));
        PARLEY_CHECK(keep_body(std::string_view(waiting_).substr(0, part)));
        waiting_.erase(0, part);
        left_ -= part;
        if (left_ > 0) return false;
        if (state_ == State::length) {
          PARLEY_CHECK(finish_body());
        } else {
          state_ = State::chunk_end;
        }
        break;
      }
      case State::chunk_end:
      case State::chunk_size:
      case State::trailer: {
        PARLEY_TRY(const std::optional<std::string> line, take_line());
        if (!line) return false;
        PARLEY_CHECK(read_chunk_line(*line));
        break;
      }
      case State::done:
        break;
    }
  }
  if (!waiting_.empty()) keep_alive_ = false;
  waiting_.clear();
  return true;
}

Result<void> AnswerReader::end() {
  if (state_ == State::done) return {};
  keep_alive_ = false;
  if (state_ == State::until_close) return finish_body();
  return fail(ErrorKind::peer, begun_ ? "the server closed the connection in the middle of its answer"
                                      : "the server closed the connection without an answer");
}

// Whether a head was there. Interim answers are passed over.
Result<bool> AnswerReader::read_head() {
  const std::optional<std::size_t> size = head_end(waiting_);
  if (!size || *size > limits_.head_bytes) {
    if (waiting_.size() > limits_.head_bytes) return bad("its head is too long");
    return false;
  }
  std::string_view rest = std::string_view(waiting_).substr(0, *size - 2);
  const auto next_line = [&rest] {
    const std::size_t end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    return line;
  };
  bool old_version = false;
  answer_ = {};
  if (!parse_status_line(next_line(), answer_.status, old_version)) return bad("it is no HTTP/1 answer");
  while (!rest.empty()) {
    const std::string_view line = next_line();
    const std::size_t colon = line.find(':');
    if (answer_.fields.size() == limits_.fields) return bad("too many header fields");
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon)) || !is_value(line))
      return bad("a header field is malformed");
    answer_.fields.add(lower(line.substr(0, colon)), std::string(trim(line.substr(colon + 1))));
  }
  waiting_.erase(0, *size);
  if (answer_.status == 101) return bad("it changes the protocol, which nobody asked for");
  if (answer_.status < 200) {
    if (++interim_ > limits_.interim_answers) return bad("too many interim answers");
    return true;
  }
  keep_alive_ = !answer_.fields.has_token("connection", "close") &&
                (!old_version || answer_.fields.has_token("connection", "keep-alive"));
  PARLEY_CHECK(begin_body());
  return true;
}

// RFC 9112 section 6.3.
Result<void> AnswerReader::begin_body() {
  const bool none = no_body_ || answer_.status == 204 || answer_.status == 304;
  const std::string coding(answer_.fields.only("content-encoding").value_or(""));
  PARLEY_TRY(BodyDecoder decoder, BodyDecoder::make(none ? "" : coding));
  decoder_ = std::move(decoder);
  if (none) return finish_body();
  PARLEY_TRY(const std::optional<std::uint64_t> length, length_of(answer_.fields));
  if (answer_.fields.has("transfer-encoding")) {
    const auto value = answer_.fields.only("transfer-encoding");
    if (!value || lower(*value) != "chunked") return bad("a Transfer-Encoding other than chunked");
    if (length) return bad("both Transfer-Encoding and Content-Length");
    state_ = State::chunk_size;
    return {};
  }
  if (!length) {
    state_ = State::until_close;
    keep_alive_ = false;
    return {};
  }
  if (*length > limits_.body_bytes + coding_overhead)
    return too_large("a body of " + std::to_string(*length) + " bytes is more than is taken");
  left_ = *length;
  state_ = State::length;
  return {};
}

Result<std::optional<std::string>> AnswerReader::take_line() {
  const std::size_t end = waiting_.find("\r\n");
  if (end > limits_.chunk_line_bytes && waiting_.size() > limits_.chunk_line_bytes)
    return bad("a line of its chunked body is too long");
  if (end == std::string::npos) return std::optional<std::string>();
  std::string line = waiting_.substr(0, end);
  waiting_.erase(0, end + 2);
  return std::optional<std::string>(std::move(line));
}

Result<void> AnswerReader::read_chunk_line(std::string_view line) {
  if (state_ == State::chunk_end) {
    if (!line.empty()) return bad("a chunk is longer than it says");
    state_ = State::chunk_size;
    return {};
  }
  if (state_ == State::trailer) {
    if (line.empty()) return finish_body();
    if (++trailers_ > limits_.trailers) return bad("too many trailer fields");
    return {};
  }
  const std::string_view digits = trim(line.substr(0, line.find(';')));
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), left_, 16);
  if (digits.empty() || digits.size() > 15 || error != std::errc() || end != digits.data() + digits.size())
    return bad("the size of a chunk is no number");
  state_ = left_ == 0 ? State::trailer : State::chunk_data;
  return {};
}

Result<void> AnswerReader::keep_body(std::string_view bytes) {
  received_ += bytes.size();
  if (received_ > limits_.body_bytes + coding_overhead) return too_large("its body is longer than is taken");
  auto kept = decoder_->feed(bytes, answer_.body, limits_.body_bytes);
  if (!kept) return kept.error().rules.empty() ? bad(kept.error().message) : too_large(kept.error().message);
  return {};
}

Result<void> AnswerReader::finish_body() {
  if (auto whole = decoder_->finish(); !whole) return bad(whole.error().message);
  state_ = State::done;
  return {};
}

}  // namespace parley::net
