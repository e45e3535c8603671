// Every message that a matching party takes. The first bytes choose role, output, sizes and how many honest
// messages come first; the rest are messages as u8 type ‖ u16 length ‖ body from a hostile peer. Properties:
// an accepted list body is the one that writing its elements gives; a session ends in an error for good, or
// in a result within the own set; two runs on the same messages do the same.
#include <algorithm>
#include <map>

#include "base/assert.hpp"
#include "match/dh_wire.hpp"
#include "match/test_session.hpp"

namespace {

using namespace parley;
using match::Message;
using match::Role;

struct Setup {
  Role role = Role::receiver;
  match::Parameters parameters;
  std::size_t honest = 0;
};

void check_list(const match::Parameters& parameters, std::uint8_t type, BytesView body) {
  if (type < 1 || type > 3) return;
  auto reader = match::dh_list(static_cast<match::DhMessage>(type), parameters);
  auto writer = reader;
  const auto block = reader.read(body);
  if (!block) return;
  PARLEY_ASSERT(writer.write(*block) == to_bytes(body));
  PARLEY_ASSERT(reader.position() == writer.position());
}

// The messages that the honest peer would send to this role; computed once for each of the few setups.
const std::vector<Message>& honest_messages(std::uint8_t choice, const Setup& setup) {
  static std::map<std::uint8_t, std::vector<Message>> kept;
  const auto [it, fresh] = kept.try_emplace(choice);
  if (!fresh) return it->second;
  match::TestSession session(setup.parameters, match::test_set({1, 2, 3}), match::test_set({2, 3, 4, 5}));
  session.run();
  return it->second = setup.role == Role::receiver ? session.sender.sent : session.receiver.sent;
}

struct End {
  bool failed = false;
  crypto::Hash256 transcript{};
  std::optional<match::Outcome> outcome;
  bool operator==(const End&) const = default;
};

End run(const Setup& setup, const std::vector<Message>& messages) {
  SerialParallel parallel;
  const auto own = setup.role == Role::receiver ? match::test_set({1, 2, 3}) : match::test_set({2, 3, 4, 5});
  auto party = std::move(*match::make_party(
      setup.role, setup.parameters, match::test_seed(setup.role == Role::receiver ? 1 : 101), own, parallel));
  auto step = party->start();
  std::size_t next = 0;
  while (step && !step->done) {
    if (step->more) {
      step = party->resume();
    } else if (next < messages.size()) {
      step = party->on_message(messages[next].type, messages[next].body);
      ++next;
    } else {
      break;
    }
  }
  if (!step) {
    PARLEY_ASSERT(!party->outcome());
    PARLEY_ASSERT(!party->resume() && !party->start() && !party->on_message(1, {}));
  }
  if (party->outcome()) {
    PARLEY_ASSERT(setup.role == Role::receiver && party->outcome()->size <= own.size());
    for (const std::uint32_t index : party->outcome()->items) PARLEY_ASSERT(index < own.size());
  }
  return {!step, party->transcript_hash(), party->outcome()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader reader({data, size});
  const auto choice = reader.u8();
  const auto honest = reader.u8();
  if (!choice || !honest) return 0;
  Setup setup;
  setup.role = (*choice & 1) != 0 ? Role::sender : Role::receiver;
  setup.parameters.output = (*choice & 2) != 0 ? match::Output::size : match::Output::items;
  setup.parameters.receiver_padded = 4;
  setup.parameters.sender_padded = 4;
  setup.parameters.chunk = 1 + (*choice >> 2) % 5;
  std::vector<Message> messages = honest_messages(*choice, setup);
  messages.resize(std::min<std::size_t>(messages.size(), *honest));
  for (int count = 0; count < 8; ++count) {
    const auto type = reader.u8();
    const auto length = reader.u16();
    if (!type || !length) break;
    const auto body = reader.take(std::min<std::size_t>(*length, reader.remaining()));
    check_list(setup.parameters, *type, *body);
    messages.push_back({*type, to_bytes(*body)});
  }
  PARLEY_ASSERT(run(setup, messages) == run(setup, messages));
  return 0;
}
