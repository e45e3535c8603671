#include "peer/frame.hpp"

#include <algorithm>
#include <string>

#include "base/assert.hpp"

namespace parley::peer {
namespace {

// The bodies of the small frames are bounded by what they can hold at most, rounded up.
constexpr std::size_t max_hello_body = 4096;
constexpr std::size_t max_statement_body = 256U << 10;
constexpr std::size_t max_lookup_ask_body = 4096 + 64;
constexpr std::size_t max_lookup_query_body = 8192 * 32;
constexpr std::size_t max_offer_body = 8192 + 64;
// A frame left behind in the buffer is moved to the front once this much before it was given out.
constexpr std::size_t compact_at = 64U << 10;

}  // namespace

std::optional<std::size_t> frame_limit(FrameType type) {
  switch (type) {
    case FrameType::hello:
      return max_hello_body;
    case FrameType::hello_proof:
      return 64;
    case FrameType::open:
      return 17;
    case FrameType::abort:
      return 4096;
    case FrameType::statement:
    case FrameType::match_record:
      return max_statement_body;
    case FrameType::package:
    case FrameType::match_message:
      return max_chunk_bytes;
    case FrameType::package_end:
      return 32;
    case FrameType::match_proposal:
    case FrameType::match_offer:
      return max_offer_body;
    case FrameType::match_accept:
      return 64;
    case FrameType::match_pending:
      return 0;
    case FrameType::log_heads:
      return 4096;
    case FrameType::lookup_ask:
      return max_lookup_ask_body;
    case FrameType::lookup_progress:
      return 16;
    case FrameType::lookup_fetch:
    case FrameType::lookup_pending:
      return 0;
    case FrameType::lookup_chunk:
      return max_chunk_bytes;
    case FrameType::lookup_query:
      return max_lookup_query_body;
    case FrameType::lookup_answer:
      return max_lookup_query_body + 64;
    case FrameType::lookup_set:
    case FrameType::lookup_record:
      return max_statement_body;
    case FrameType::sealed:
      return max_frame_body;
  }
  return std::nullopt;
}

std::string_view frame_name(FrameType type) {
  switch (type) {
    case FrameType::hello:
      return "hello";
    case FrameType::hello_proof:
      return "hello_proof";
    case FrameType::open:
      return "open";
    case FrameType::abort:
      return "abort";
    case FrameType::statement:
      return "statement";
    case FrameType::package:
      return "package";
    case FrameType::package_end:
      return "package_end";
    case FrameType::match_proposal:
      return "match_proposal";
    case FrameType::match_offer:
      return "match_offer";
    case FrameType::match_accept:
      return "match_accept";
    case FrameType::match_message:
      return "match_message";
    case FrameType::match_record:
      return "match_record";
    case FrameType::match_pending:
      return "match_pending";
    case FrameType::log_heads:
      return "log_heads";
    case FrameType::lookup_ask:
      return "lookup_ask";
    case FrameType::lookup_progress:
      return "lookup_progress";
    case FrameType::lookup_set:
      return "lookup_set";
    case FrameType::lookup_fetch:
      return "lookup_fetch";
    case FrameType::lookup_chunk:
      return "lookup_chunk";
    case FrameType::lookup_query:
      return "lookup_query";
    case FrameType::lookup_answer:
      return "lookup_answer";
    case FrameType::lookup_record:
      return "lookup_record";
    case FrameType::lookup_pending:
      return "lookup_pending";
    case FrameType::sealed:
      return "sealed";
  }
  return "unknown";
}

Bytes encode_frame(const Frame& frame) {
  const auto limit = frame_limit(frame.type);
  PARLEY_ASSERT(limit && frame.body.size() <= *limit);
  Bytes out;
  out.reserve(frame_header_bytes + frame.body.size());
  append_u32(out, static_cast<std::uint32_t>(frame.body.size()));
  out.push_back(static_cast<std::uint8_t>(frame.type));
  append(out, frame.body);
  return out;
}

Result<std::size_t> FrameDecoder::wanted() const {
  ByteReader reader(BytesView(buffer_).subspan(used_));
  PARLEY_TRY(const std::uint32_t length, reader.u32());
  PARLEY_TRY(const std::uint8_t number, reader.u8());
  const auto type = static_cast<FrameType>(number);
  const auto limit = frame_limit(type);
  if (!limit)
    return fail(ErrorKind::bad_input, "the peer sent a frame of unknown type " + std::to_string(number));
  if (length > *limit)
    return fail(ErrorKind::bad_input, "the peer announced " + std::to_string(length) + " bytes for a " +
                                          std::string(frame_name(type)) + " frame, at most " +
                                          std::to_string(*limit) + " are allowed");
  return frame_header_bytes + length;
}

Result<void> FrameDecoder::feed(BytesView bytes) {
  if (failed_) return fail(ErrorKind::bad_input, "this stream of frames was already found broken");
  if (used_ >= compact_at || used_ == buffer_.size()) {
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(used_));
    used_ = 0;
  }
  // The header is looked at before anything behind it is kept.
  if (const std::size_t have = buffer_.size() - used_; have < frame_header_bytes) {
    const std::size_t part = std::min(frame_header_bytes - have, bytes.size());
    append(buffer_, bytes.first(part));
    bytes = bytes.subspan(part);
    if (have + part == frame_header_bytes) {
      if (auto size = wanted(); !size) {
        failed_ = true;
        buffer_ = {};
        used_ = 0;
        return std::unexpected(std::move(size).error());
      }
    }
  }
  if (buffer_.size() - used_ + bytes.size() > max_buffered_bytes) {
    failed_ = true;
    return fail(ErrorKind::internal, "frames were fed but not taken");
  }
  append(buffer_, bytes);
  return {};
}

Result<std::optional<Frame>> FrameDecoder::next() {
  if (failed_) return fail(ErrorKind::bad_input, "this stream of frames was already found broken");
  if (buffer_.size() - used_ < frame_header_bytes) return std::optional<Frame>();
  auto size = wanted();
  if (!size) {
    failed_ = true;
    buffer_ = {};
    used_ = 0;
    return std::unexpected(std::move(size).error());
  }
  if (buffer_.size() - used_ < *size) return std::optional<Frame>();
  Frame frame;
  frame.type = static_cast<FrameType>(buffer_[used_ + 4]);
  frame.body = to_bytes(BytesView(buffer_).subspan(used_ + frame_header_bytes, *size - frame_header_bytes));
  used_ += *size;
  return std::optional<Frame>(std::move(frame));
}

}  // namespace parley::peer
