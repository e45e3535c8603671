// Every message of vole-rr22/1 over a dealt VOLE, and sorted lists. The first bytes choose role, learner,
// chunk and how many honest messages come first; the rest are messages as u8 type ‖ u16 length ‖ body from a
// hostile peer. Properties: a body that a list accepts is the one that writing its numbers gives; a session
// ends in an error for good, or in a result within the own set; two runs on the same messages do the same.
#include <algorithm>
#include <map>

#include "base/assert.hpp"
#include "match/vole_dealer_fixture.hpp"

namespace {

using namespace parley;
using match::Message;
using match::Role;

struct Setup {
  Role role = Role::receiver;
  match::Parameters parameters;
};

match::ItemSet own_set(Role role) {
  return role == Role::receiver ? match::test_set({1, 2, 3}) : match::test_set({2, 3, 4, 5});
}

void check_list(const match::SortedListFormat& format, BytesView body) {
  match::SortedList reader(format);
  match::SortedList writer = reader;
  std::vector<block::Block> numbers(reader.next_count());
  if (!reader.read(body, numbers)) return;
  PARLEY_ASSERT(writer.write(numbers) == to_bytes(body));
  PARLEY_ASSERT(reader.position() == writer.position());
}

// The messages that the honest peer would send to this role; computed once for each of the few setups.
const std::vector<Message>& honest_messages(std::uint8_t choice, const Setup& setup) {
  static std::map<std::uint8_t, std::vector<Message>> kept;
  const auto [it, fresh] = kept.try_emplace(choice);
  if (!fresh) return it->second;
  auto session = match::dealt_session(setup.parameters, own_set(Role::receiver), own_set(Role::sender));
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
  auto session = match::dealt_session(setup.parameters, own_set(Role::receiver), own_set(Role::sender));
  auto& party = setup.role == Role::receiver ? session.receiver.party : session.sender.party;
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
  if (const auto& outcome = party->outcome()) {
    PARLEY_ASSERT(outcome->size == outcome->items.size() && std::ranges::is_sorted(outcome->items));
    for (const std::uint32_t index : outcome->items) PARLEY_ASSERT(index < own_set(setup.role).size());
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
  setup.parameters.protocol = match::Protocol::vole;
  setup.parameters.learner = (*choice & 2) != 0 ? match::Learner::both : match::Learner::receiver;
  setup.parameters.receiver_padded = 4;
  setup.parameters.sender_padded = 5;
  setup.parameters.chunk = (*choice & 4) != 0 ? 3 : 600;
  std::vector<Message> messages = honest_messages(*choice & 7, setup);
  messages.resize(std::min<std::size_t>(messages.size(), *honest));
  for (int count = 0; count < 8; ++count) {
    const auto type = reader.u8();
    const auto length = reader.u16();
    if (!type || !length) break;
    const auto body = reader.take(std::min<std::size_t>(*length, reader.remaining()));
    check_list(match::mask_list(setup.parameters), *body);
    check_list(match::SortedListFormat{40, 40, 16, 1}, *body);
    check_list(match::SortedListFormat{9, 7, 8, 2}, *body);
    messages.push_back({*type, to_bytes(*body)});
  }
  PARLEY_ASSERT(run(setup, messages) == run(setup, messages));
  return 0;
}
