#include "peer/machine.hpp"

namespace parley::peer {

std::string_view session_kind_name(SessionKind kind) {
  switch (kind) {
    case SessionKind::agreement:
      return "agreement";
    case SessionKind::match:
      return "match";
    case SessionKind::release:
      return "release";
    case SessionKind::lookup:
      return "lookup";
    case SessionKind::heads:
      return "heads";
  }
  return "unknown";
}

SessionId make_session_id(Entropy& entropy) {
  auto bytes = entropy.array<16>();
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0fU) | 0x40U);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3fU) | 0x80U);
  return SessionId(bytes);
}

std::string session_text(const SessionId& session) {
  std::string text = to_hex(session.value());
  for (const std::size_t at : {8U, 13U, 18U, 23U}) text.insert(at, 1, '-');
  return text;
}

Frame make_open(const OpenRequest& open) {
  Frame frame{FrameType::open, {}};
  frame.body.push_back(static_cast<std::uint8_t>(open.kind));
  append(frame.body, open.session.value());
  return frame;
}

Result<OpenRequest> read_open(const Frame& frame) {
  if (frame.type != FrameType::open)
    return fail(ErrorKind::bad_input, "expected an open frame, got " + std::string(frame_name(frame.type)));
  ByteReader reader(frame.body);
  PARLEY_TRY(const std::uint8_t number, reader.u8());
  PARLEY_TRY(const auto id, reader.array<16>());
  PARLEY_CHECK(reader.expect_end());
  const auto kind = static_cast<SessionKind>(number);
  if (session_kind_name(kind) == "unknown")
    return fail(ErrorKind::bad_input, "the peer opened a session of unknown kind " + std::to_string(number));
  return OpenRequest{kind, SessionId(id)};
}

}  // namespace parley::peer
