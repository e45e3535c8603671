#pragma once

#include <cstdlib>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "base/assert.hpp"
#include "base/parallel.hpp"
#include "block/gf128.hpp"
#include "crypto/secret.hpp"
#include "crypto/seeded.hpp"
#include "vole/vole.hpp"

namespace parley::vole {

inline crypto::Secret<32> test_seed(std::uint8_t number) {
  crypto::Secret<32> out;
  out.mutable_view()[0] = number;
  return out;
}

inline VoleParameters test_parameters(std::uint64_t count, Code code = Code::ex_conv_7x24,
                                      std::uint8_t name = 0) {
  VoleParameters out;
  out.count = count;
  out.code = code;
  out.session[0] = name;
  return out;
}

/// Whether C = A · Δ + B, element by element.
inline bool relation_holds(std::span<const block::Block> a, std::span<const block::Block> c,
                           block::Block delta, std::span<const block::Block> b) {
  block::BlockVector expected(b.size());
  std::copy(b.begin(), b.end(), expected.begin());
  block::mul_add_constant(expected.span(), a, delta);
  return c.size() == b.size() && std::equal(c.begin(), c.end(), expected.begin());
}

/// Both machines in one process, message by message.
class TestSession {
 public:
  /// What happens to the k-th message (0 …) on its way.
  using Alter = std::function<void(std::size_t, Message&)>;

  explicit TestSession(const VoleParameters& parameters, std::uint8_t seed = 1)
      : TestSession(parameters, seed, serial_parallel()) {}
  TestSession(const VoleParameters& parameters, std::uint8_t seed, Parallel& parallel)
      : receiver_entropy_(test_seed(seed), "receiver"),
        sender_entropy_(test_seed(seed), "sender"),
        receiver(parameters, receiver_entropy_, parallel),
        sender(parameters, sender_entropy_, parallel) {}

  /// Runs to the end, or until one side fails; then the other side hears nothing more. True if both are done.
  bool run(const Alter& alter = {}) {
    auto at_receiver = receiver.start();
    auto at_sender = sender.start();
    if (!at_receiver || !at_sender) return note(at_receiver ? at_sender : at_receiver);
    std::vector<Message> to_receiver = at_sender->send;
    std::vector<Message> to_sender = at_receiver->send;
    std::size_t number = 0;
    while (!to_receiver.empty() || !to_sender.empty()) {
      const bool forward = !to_receiver.empty();
      std::vector<Message>& queue = forward ? to_receiver : to_sender;
      Message message = std::move(queue.front());
      queue.erase(queue.begin());
      if (alter) alter(number, message);
      ++number;
      sent.push_back(message);
      std::vector<Message>& answers = forward ? to_sender : to_receiver;
      const bool ok = forward ? deliver(receiver, message, answers) : deliver(sender, message, answers);
      if (!ok) return false;
    }
    return receiver.done() && sender.done();
  }

  std::vector<Message> sent;
  std::optional<Error> error;

 private:
  bool note(const Result<Step>& step) {
    error = step.error();
    return false;
  }
  template <class Party>
  bool deliver(Party& party, const Message& message, std::vector<Message>& answers) {
    Result<Step> step = party.on_message(message.type, message.body);
    while (true) {
      if (!step) return note(step);
      for (Message& answer : step->send) answers.push_back(std::move(answer));
      if (!step->more) return true;
      step = party.resume();
    }
  }

  static SerialParallel& serial_parallel() {
    static SerialParallel parallel;  // has no state
    return parallel;
  }
  crypto::SeededEntropy receiver_entropy_;
  crypto::SeededEntropy sender_entropy_;

 public:
  VoleReceiver receiver;
  VoleSender sender;
};

}  // namespace parley::vole
