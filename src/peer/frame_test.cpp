#include "peer/frame.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "peer/machine.hpp"

namespace parley::peer {
namespace {

constexpr FrameType all_types[] = {
    FrameType::hello,         FrameType::hello_proof,   FrameType::open,           FrameType::abort,
    FrameType::statement,     FrameType::package,       FrameType::package_end,    FrameType::match_proposal,
    FrameType::match_offer,   FrameType::match_accept,  FrameType::match_message,  FrameType::match_record,
    FrameType::match_pending, FrameType::log_heads,     FrameType::lookup_ask,     FrameType::lookup_progress,
    FrameType::lookup_set,    FrameType::lookup_fetch,  FrameType::lookup_chunk,   FrameType::lookup_query,
    FrameType::lookup_answer, FrameType::lookup_record, FrameType::lookup_pending, FrameType::sealed,
};

Bytes header(std::uint32_t length, std::uint8_t type) {
  Bytes out;
  append_u32(out, length);
  out.push_back(type);
  return out;
}

TEST(Frame, goes_through_the_decoder_however_the_stream_is_cut) {
  std::vector<Frame> frames;
  Bytes stream;
  for (const FrameType type : all_types) {
    frames.push_back({type, Bytes(std::min<std::size_t>(*frame_limit(type), 17), 0x5a)});
    append(stream, encode_frame(frames.back()));
  }
  for (const std::size_t piece : {1UL, 2UL, 5UL, 7UL, 64UL, stream.size()}) {
    FrameDecoder decoder;
    std::vector<Frame> out;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      const auto part = BytesView(stream).subspan(at, std::min(piece, stream.size() - at));
      ASSERT_TRUE(decoder.feed(part));
      for (;;) {
        auto frame = decoder.next();
        ASSERT_TRUE(frame);
        if (!*frame) break;
        out.push_back(std::move(**frame));
      }
    }
    EXPECT_EQ(out, frames) << piece;
    EXPECT_TRUE(decoder.at_boundary());
  }
}

TEST(Frame, is_accepted_at_its_limit_and_refused_one_byte_over_from_the_header_alone) {
  for (const FrameType type : all_types) {
    const auto limit = static_cast<std::uint32_t>(*frame_limit(type));
    FrameDecoder good;
    EXPECT_TRUE(good.feed(header(limit, static_cast<std::uint8_t>(type)))) << frame_name(type);
    FrameDecoder bad;
    const auto refused = bad.feed(header(limit + 1, static_cast<std::uint8_t>(type)));
    ASSERT_FALSE(refused) << frame_name(type);
    EXPECT_EQ(refused.error().kind, ErrorKind::bad_input);
    EXPECT_LE(limit, max_frame_body);
  }
}

TEST(Frame, refuses_every_number_that_is_no_type) {
  for (unsigned number = 0; number < 256; ++number) {
    // Any number may stand in a frame, and the type has room for each.
    const auto type = static_cast<FrameType>(number);  // NOLINT(clang-analyzer-optin.core.EnumCastOutOfRange)
    const bool known = std::ranges::find(all_types, type) != std::end(all_types);
    EXPECT_EQ(frame_limit(type).has_value(), known);
    FrameDecoder decoder;
    EXPECT_EQ(decoder.feed(header(0, static_cast<std::uint8_t>(number))).has_value(), known);
  }
}

TEST(Frame, a_second_oversized_frame_in_one_read_is_refused_too) {
  Bytes stream = encode_frame({FrameType::statement, to_bytes("a")});
  append(stream, header(0xffffffff, static_cast<std::uint8_t>(FrameType::statement)));
  FrameDecoder decoder;
  ASSERT_TRUE(decoder.feed(stream));
  auto first = decoder.next();
  ASSERT_TRUE(first && *first);
  EXPECT_FALSE(decoder.next());
  EXPECT_FALSE(decoder.next());
  EXPECT_FALSE(decoder.feed(to_bytes("more")));
  EXPECT_FALSE(decoder.at_boundary());
}

TEST(Frame, what_nobody_takes_is_not_buffered_without_end) {
  const Bytes frame = encode_frame({FrameType::package, Bytes(max_chunk_bytes, 1)});
  FrameDecoder decoder;
  Result<void> fed;
  std::size_t kept = 0;
  while (fed && kept < 100) {
    fed = decoder.feed(frame);
    ++kept;
  }
  EXPECT_FALSE(fed);
  EXPECT_LE((kept - 1) * frame.size(), max_buffered_bytes);
}

TEST(Frame, is_cut_off_inside_but_not_between_frames) {
  FrameDecoder decoder;
  const Bytes frame = encode_frame({FrameType::statement, to_bytes("abc")});
  ASSERT_TRUE(decoder.feed(BytesView(frame).first(4)));
  EXPECT_FALSE(decoder.at_boundary());
  ASSERT_TRUE(decoder.feed(BytesView(frame).subspan(4)));
  ASSERT_TRUE(decoder.next());
  EXPECT_TRUE(decoder.at_boundary());
}

TEST(Open, reads_back_what_it_wrote_and_nothing_else) {
  const OpenRequest open{SessionKind::match, SessionId(ByteArray<16>{1, 2, 3})};
  const Frame frame = make_open(open);
  auto back = read_open(frame);
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, open);
  Frame longer = frame;
  longer.body.push_back(0);
  EXPECT_FALSE(read_open(longer));
  Frame shorter = frame;
  shorter.body.pop_back();
  EXPECT_FALSE(read_open(shorter));
  Frame unknown = frame;
  unknown.body[0] = 9;
  EXPECT_FALSE(read_open(unknown));
  EXPECT_FALSE(read_open({FrameType::statement, frame.body}));
}

TEST(Open, session_ids_read_as_random_uuids) {
  class Ones final : public Entropy {
    void fill(std::span<std::uint8_t> out) override { std::ranges::fill(out, 0xff); }
  } entropy;
  EXPECT_EQ(session_text(make_session_id(entropy)), "ffffffff-ffff-4fff-bfff-ffffffffffff");
}

}  // namespace
}  // namespace parley::peer
