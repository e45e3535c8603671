#include "net/http_coding.hpp"

#include <zlib.h>
#include <zstd.h>

#include "base/ascii.hpp"
#include "net/field_value.hpp"

namespace parley::net {

namespace {

constexpr int gzip_window = 15 + 16;  // zlib: a gzip wrapper and nothing else
constexpr int gzip_level = 1;
constexpr int zstd_level = 1;

// RFC 9110 section 12.4.2: only "0", "0.0", … mean "not this one".
bool has_weight(std::string_view parameters) {
  while (!parameters.empty()) {
    std::string_view value = next_part(parameters, ';');
    const std::string_view key = next_part(value, '=');
    if (equal_ignoring_case(key, "q")) return value.find_first_of("123456789") != std::string_view::npos;
  }
  return true;
}

std::optional<std::string> gzip(std::string_view text) {
  z_stream stream{};
  if (deflateInit2(&stream, gzip_level, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    return std::nullopt;
  std::string out(deflateBound(&stream, text.size()), '\0');
  // zlib's interface is older than const; it does not write there.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int ended = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (ended != Z_STREAM_END) return std::nullopt;
  return out;
}

std::optional<std::string> zstd(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  const std::size_t size = ZSTD_compress(out.data(), out.size(), text.data(), text.size(), zstd_level);
  if (ZSTD_isError(size)) return std::nullopt;
  out.resize(size);
  return out;
}

std::optional<Coding> coding_named(std::string_view name) {
  name = trim_ows(name);
  if (name.empty() || equal_ignoring_case(name, "identity")) return Coding::identity;
  if (equal_ignoring_case(name, "gzip") || equal_ignoring_case(name, "x-gzip")) return Coding::gzip;
  if (equal_ignoring_case(name, "zstd")) return Coding::zstd;
  return std::nullopt;
}

}  // namespace

std::string_view coding_name(Coding coding) {
  switch (coding) {
    case Coding::gzip:
      return "gzip";
    case Coding::zstd:
      return "zstd";
    case Coding::identity:
      break;
  }
  return {};
}

Coding choose_coding(std::string_view accept_encoding) {
  Coding best = Coding::identity;
  while (!accept_encoding.empty()) {
    std::string_view part = next_part(accept_encoding, ',');
    const std::string_view name = next_part(part, ';');
    const auto coding = coding_named(name);
    if (!coding || name.empty() || !has_weight(part)) continue;
    if (*coding == Coding::zstd || best == Coding::identity) best = *coding;
  }
  return best;
}

std::optional<std::string> compress(Coding coding, std::string_view text) {
  if (text.size() > (std::size_t{1} << 30)) return std::nullopt;
  if (coding == Coding::gzip) return gzip(text);
  if (coding == Coding::zstd) return zstd(text);
  return std::string(text);
}

}  // namespace parley::net
