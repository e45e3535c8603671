// Every message of a VOLE at both sides. The input is a message number (0 … 4), a change of its length, and
// up to 16 changes of its bytes (u32 offset ‖ u8 mask); an empty rest leaves the message as it was. The other
// messages are those of honest machines that answer what they get. Properties: no crash; only the exact
// length is accepted; after an error every call fails; both sides finish only with C = A · Δ + B; an
// unchanged run finishes.
#include <optional>

#include "base/assert.hpp"
#include "vole/session_fixture.hpp"

namespace {

using namespace parley;

void change(vole::Message& message, ByteReader& reader, int length_change) {
  if (length_change < 0) {
    message.body.resize(message.body.size() - std::min<std::size_t>(message.body.size(), 1U - length_change));
  } else if (length_change > 0) {
    message.body.resize(message.body.size() + static_cast<std::size_t>(length_change));
  }
  for (int count = 0; count < 16 && !message.body.empty(); ++count) {
    const auto offset = reader.u32();
    const auto mask = reader.u8();
    if (!offset || !mask) return;
    message.body[*offset % message.body.size()] ^= *mask;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader reader({data, size});
  const auto choice = reader.u8();
  const auto length = reader.u8();
  if (!choice || !length) return 0;
  const std::size_t target = *choice % 5;
  const int length_change = *length < 192 ? 0 : static_cast<std::int8_t>(*length);
  const auto parameters = vole::test_parameters(1 + *choice / 5);
  vole::TestSession session(parameters);
  bool changed = false;
  bool right_length = true;
  const bool complete = session.run([&](std::size_t number, vole::Message& message) {
    if (number != target) return;
    const Bytes before = message.body;
    change(message, reader, length_change);
    changed = message.body != before;
    right_length =
        message.body.size() == message_bytes(static_cast<vole::VoleMessage>(number + 1), parameters);
  });
  if (!changed) PARLEY_ASSERT(complete);
  if (!right_length) PARLEY_ASSERT(!complete);
  if (complete) {
    const auto a = session.receiver.take_a();
    const auto c = session.receiver.take_c();
    const auto b = session.sender.take_b();
    PARLEY_ASSERT(vole::relation_holds(a.span(), c.span(), session.sender.delta(), b.span()));
  } else {
    PARLEY_ASSERT(session.error && session.error->kind == ErrorKind::peer);
    // Whichever side it was has ended for good.
    PARLEY_ASSERT(!session.receiver.done() || !session.sender.done());
  }
  return 0;
}
