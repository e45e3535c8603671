// Property: a body reads the same whole and byte by byte, ends at the same place, and is never longer than
// its bound. The first byte chooses framing and coding, the second the length.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "net/http_body.hpp"

namespace {

constexpr std::uint64_t bound = 20'000;

std::string read(const parley::net::Request& request, std::uint64_t length, std::string_view bytes,
                 std::size_t piece) {
  auto body = parley::net::RequestBody::begin(request, length, bound);
  if (!body) return "!" + std::to_string(body.error().status);
  std::size_t at = 0;
  while (!body->complete() && at < bytes.size()) {
    const auto used = body->feed(bytes.substr(at, piece));
    if (!used) return "!";
    at += *used;
  }
  if (!body->complete()) return "?";
  const std::string text = body->take();
  if (text.size() > bound) std::abort();
  return std::to_string(at) + " " + text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  parley::net::Request request;
  request.chunked = (data[0] & 1) != 0;
  if ((data[0] & 2) != 0) request.fields.add("content-encoding", (data[0] & 4) != 0 ? "gzip" : "zstd");
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::uint64_t length = data[1];
  if (read(request, length, bytes, bytes.size()) != read(request, length, bytes, 1)) std::abort();
  return 0;
}
