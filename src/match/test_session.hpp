#pragma once

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/parallel.hpp"
#include "match/party.hpp"

namespace parley::match {

/// For tests: a seed made of one repeated byte.
inline crypto::Secret<32> test_seed(std::uint8_t byte) {
  ByteArray<32> bytes;
  bytes.fill(byte);
  return crypto::Secret<32>(std::move(bytes));
}

/// For tests: items "domain-name\0hN.example.org" for each number.
inline std::vector<Bytes> test_items(const std::vector<std::uint32_t>& numbers) {
  std::vector<Bytes> out;
  for (const std::uint32_t number : numbers) {
    Bytes item = to_bytes("domain-name");
    item.push_back(0);
    append(item, "h" + std::to_string(number) + ".example.org");
    out.push_back(std::move(item));
  }
  return out;
}

inline ItemSet test_set(const std::vector<std::uint32_t>& numbers) {
  auto set = ItemSet::make(test_items(numbers));
  return std::move(*set);
}

inline std::vector<std::uint32_t> numbers_from(std::uint32_t begin, std::uint32_t end) {
  std::vector<std::uint32_t> out;
  for (std::uint32_t i = begin; i < end; ++i) out.push_back(i);
  return out;
}

inline Parameters test_parameters(const ItemSet& receiver, const ItemSet& sender,
                                  Output output = Output::items, std::uint32_t chunk = default_chunk) {
  Parameters out;
  out.output = output;
  out.receiver_padded = padded_size(receiver.size());
  out.sender_padded = padded_size(sender.size());
  out.chunk = chunk;
  out.offer_hash.fill(0x5a);
  return out;
}

/// For tests: two parties and the messages between them. `tamper` may change, drop or add to each message on
/// its way; what it returns is delivered.
struct TestSession {
  struct Side {
    std::unique_ptr<Party> party;
    std::vector<Message> sent;
    std::vector<Message> received;
    bool done = false;
    std::optional<Error> error;
  };
  using Tamper = std::function<std::vector<Message>(Role from, std::size_t index, const Message&)>;

  Side receiver;
  Side sender;
  SerialParallel parallel;

  TestSession(const Parameters& parameters, ItemSet receiver_set, ItemSet sender_set, std::uint8_t seeds = 1)
      : TestSession(parameters, std::move(receiver_set), std::move(sender_set), test_seed(seeds),
                    test_seed(static_cast<std::uint8_t>(seeds + 100))) {}
  TestSession(const Parameters& parameters, ItemSet receiver_set, ItemSet sender_set,
              const crypto::Secret<32>& receiver_seed, const crypto::Secret<32>& sender_seed) {
    receiver.party =
        std::move(*make_party(Role::receiver, parameters, receiver_seed, std::move(receiver_set), parallel));
    sender.party =
        std::move(*make_party(Role::sender, parameters, sender_seed, std::move(sender_set), parallel));
  }

  /// With parties made elsewhere.
  TestSession(std::unique_ptr<Party> receiving, std::unique_ptr<Party> sending) {
    receiver.party = std::move(receiving);
    sender.party = std::move(sending);
  }

  /// Runs until both are done, one fails, or nothing moves any more.
  void run(const Tamper& tamper = {}) {
    std::deque<Message> to_sender;
    std::deque<Message> to_receiver;
    take(Role::receiver, receiver.party->start(), to_sender, tamper);
    take(Role::sender, sender.party->start(), to_receiver, tamper);
    while (!receiver.error && !sender.error && !(to_sender.empty() && to_receiver.empty())) {
      deliver(Role::sender, to_sender, to_receiver, tamper);
      deliver(Role::receiver, to_receiver, to_sender, tamper);
    }
  }

 private:
  Side& side(Role role) { return role == Role::receiver ? receiver : sender; }

  void deliver(Role role, std::deque<Message>& in, std::deque<Message>& out, const Tamper& tamper) {
    if (in.empty()) return;
    const Message message = std::move(in.front());
    in.pop_front();
    side(role).received.push_back(message);
    take(role, side(role).party->on_message(message.type, message.body), out, tamper);
  }

  void take(Role role, Result<Step> step, std::deque<Message>& out, const Tamper& tamper) {
    Side& own = side(role);
    for (std::size_t calls = 0;; ++calls) {
      if (calls == 1'000'000) {  // a party that goes on for ever is one that hangs
        std::fputs("a party of a test never ends its turn\n", stderr);
        std::abort();
      }
      if (!step) {
        own.error = step.error();
        return;
      }
      for (Message& message : step->send) {
        const std::size_t index = own.sent.size();
        own.sent.push_back(message);
        if (!tamper)
          out.push_back(std::move(message));
        else
          for (Message& changed : tamper(role, index, message)) out.push_back(std::move(changed));
      }
      own.done = step->done;
      if (!step->more) return;
      step = own.party->resume();
    }
  }
};

}  // namespace parley::match
