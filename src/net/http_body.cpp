#include "net/http_body.hpp"

#include <algorithm>
#include <utility>

namespace parley::net {

namespace {

// What zstd may take for its window; gzip's is a rounding error beside it.
constexpr std::size_t decoder_bytes = std::size_t{8} << 20;

HttpRefusal too_large() {
  return HttpRefusal{413, "the body is longer than this server takes", {}};
}
HttpRefusal broken(std::string why) {
  return HttpRefusal{400, std::move(why), {}};
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

}  // namespace

std::expected<RequestBody, HttpRefusal> RequestBody::begin(const Request& request, std::uint64_t length,
                                                           std::uint64_t max_bytes) {
  std::string_view coding;
  if (request.fields.has("content-encoding")) {
    const auto only = request.fields.only("content-encoding");
    if (!only) return std::unexpected(HttpRefusal{415, "more than one Content-Encoding", {}});
    coding = *only;
  }
  auto decoder = BodyDecoder::make(coding);
  if (!decoder) return std::unexpected(HttpRefusal{415, decoder.error().message, {}});
  RequestBody out(std::move(*decoder), max_bytes);
  if (!coding.empty() && coding != "identity") out.working_bytes_ = decoder_bytes;
  out.left_ = length;
  if (request.chunked) out.stage_ = Stage::chunk_line;
  if (!request.chunked && length > max_bytes) return std::unexpected(too_large());
  if (!request.chunked && length == 0) out.stage_ = Stage::complete;
  // Beyond that it grows with what really comes.
  if (!request.chunked && coding.empty()) out.body_.reserve(std::min<std::uint64_t>(length, 1U << 20));
  return out;
}

std::optional<HttpRefusal> RequestBody::data(std::string_view bytes) {
  if (bytes.size() > max_ - travelled_) return too_large();
  travelled_ += bytes.size();
  const auto kept = decoder_.feed(bytes, body_, max_);
  if (kept) return std::nullopt;
  const auto& rules = kept.error().rules;
  if (std::find(rules.begin(), rules.end(), "answer-too-large") != rules.end()) return too_large();
  return broken("the body does not fit its Content-Encoding");
}

std::optional<HttpRefusal> RequestBody::finish() {
  stage_ = Stage::complete;
  if (!decoder_.finish()) return broken("the body ends before its Content-Encoding does");
  return std::nullopt;
}

// RFC 9112 section 7.1: hexadecimal digits, then extensions, which mean nothing to us.
std::optional<HttpRefusal> RequestBody::chunk_line() {
  std::uint64_t size = 0;
  std::size_t digits = 0;
  for (; digits < line_.size(); ++digits) {
    const auto digit = hex_digit(line_[digits]);
    if (!digit) break;
    if (digits == 15) return broken("a chunk has no proper size");
    size = size * 16 + *digit;
  }
  const bool plain = digits == line_.size() || line_[digits] == ';';
  const bool printable =
      std::all_of(line_.begin(), line_.end(), [](char c) { return c == '\t' || (c >= 0x20 && c <= 0x7e); });
  if (digits == 0 || !plain || !printable) return broken("a chunk has no proper size");
  if (size > max_ - travelled_) return too_large();
  left_ = size;
  stage_ = size == 0 ? Stage::trailer : Stage::chunk_data;
  return std::nullopt;
}

std::optional<HttpRefusal> RequestBody::take_line() {
  if (line_.size() < 2 || line_[line_.size() - 2] != '\r')
    return broken("a chunk's line is not ended by CRLF");
  line_.resize(line_.size() - 2);
  std::optional<HttpRefusal> refused;
  if (stage_ == Stage::chunk_line) {
    refused = chunk_line();
  } else if (stage_ == Stage::chunk_end) {
    if (!line_.empty()) refused = broken("a chunk is longer than its size");
    stage_ = Stage::chunk_line;
  } else if (line_.empty()) {
    refused = finish();
  } else {
    trailer_ += line_.size() + 2;
    if (trailer_ > max_trailer_bytes) refused = HttpRefusal{431, "too many trailer fields", {}};
  }
  line_.clear();
  return refused;
}

std::expected<std::size_t, HttpRefusal> RequestBody::feed(std::string_view bytes) {
  const std::size_t before = bytes.size();
  while (!bytes.empty() && stage_ != Stage::complete) {
    if (stage_ == Stage::data || stage_ == Stage::chunk_data) {
      const auto part =
          bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
      if (auto refused = data(part)) return std::unexpected(std::move(*refused));
      bytes.remove_prefix(part.size());
      left_ -= part.size();
      if (left_ > 0) continue;
      if (stage_ == Stage::chunk_data) {
        stage_ = Stage::chunk_end;
      } else if (auto refused = finish()) {
        return std::unexpected(std::move(*refused));
      }
      continue;
    }
    const std::size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end == std::string_view::npos ? end : end + 1);
    const std::size_t most = stage_ == Stage::trailer ? max_trailer_bytes : max_chunk_line;
    if (line_.size() + part.size() > most)
      return std::unexpected(broken("a line between chunks is too long"));
    line_ += part;
    bytes.remove_prefix(part.size());
    if (end == std::string_view::npos) continue;
    if (auto refused = take_line()) return std::unexpected(std::move(*refused));
  }
  return before - bytes.size();
}

}  // namespace parley::net
