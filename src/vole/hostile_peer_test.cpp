// One message of a run is changed on its way. Whatever the change, the run ends in the one uniform error, or
// in the right relation; never in a wrong one. Where a change may pass, the test says which leak of the
// functionality that is (docs/spec/vole.md).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "crypto/hash.hpp"
#include "vole/layout.hpp"
#include "vole/session_fixture.hpp"

namespace parley::vole {
namespace {

// Three leaves a tree: two levels, one of them with a stub.
constexpr std::uint64_t items = 700;

struct Field {
  std::string name;
  std::size_t offset;
  std::size_t size;
};

std::vector<Field> fields_of(std::size_t message, const Layout& layout) {
  std::vector<Field> out;
  std::size_t at = 0;
  const auto add = [&](std::string name, std::size_t size) {
    out.push_back({std::move(name), at, size});
    at += size;
  };
  switch (message) {
    case 0:
      add("sender's nonce", nonce_bytes);
      add("first element", point_bytes);
      add("second element", point_bytes);
      at = layout.hello_bytes() - point_bytes;
      add("last element", point_bytes);
      break;
    case 1:
      add("receiver's nonce", nonce_bytes);
      add("first answer", point_bytes);
      at = layout.answer_bytes() - point_bytes;
      add("last answer", point_bytes);
      add("left of small tree", block_bytes);
      add("right of small tree", block_bytes);
      at = layout.answer_bytes() + layout.small_tree_bytes() - 2 * hash_bytes;
      add("sum of small tree", hash_bytes);
      add("hash of small tree", hash_bytes);
      at = layout.answer_bytes() + small_fields * layout.small_tree_bytes();
      add("first correction", block_bytes);
      add("second correction", block_bytes);
      at += layout.column_bytes() - 3 * block_bytes;
      add("last correction", block_bytes);
      add("choices", layout.choice_bytes());
      add("hash of u", block_bytes);
      add("hash of v", hash_bytes);
      EXPECT_EQ(at, layout.correlation_bytes());
      break;
    case 2:
      for (unsigned level = 1; level <= layout.depth; ++level) {
        add("left of tree", block_bytes);
        add("right of tree", block_bytes);
      }
      add("last of tree", block_bytes);
      at = layout.trees_bytes() - block_bytes;
      add("last of last tree", block_bytes);
      break;
    case 3:
      add("noise", block_bytes);
      break;
    default:
      add("confirmation", hash_bytes);
      break;
  }
  return out;
}

struct End {
  bool complete = false;
  std::size_t messages = 0;  // delivered
};

End run_changed(const TestSession::Alter& alter, std::uint8_t seed = 1) {
  TestSession session(test_parameters(items), seed);
  End end;
  end.complete = session.run(alter);
  end.messages = session.sent.size();
  if (end.complete) {
    const auto a = session.receiver.take_a();
    const auto c = session.receiver.take_c();
    const auto b = session.sender.take_b();
    EXPECT_TRUE(relation_holds(a.span(), c.span(), session.sender.delta(), b.span()))
        << "a wrong relation passed";
    return end;
  }
  EXPECT_TRUE(session.error.has_value());
  if (session.error) {
    EXPECT_EQ(session.error->kind, ErrorKind::peer);
    EXPECT_EQ(session.error->text(), "the peer did not follow the VOLE protocol; the session is over");
  }
  EXPECT_FALSE(session.receiver.done() && session.sender.done());
  return end;
}

TEST(HostilePeer, every_field_of_every_message_with_one_bit_changed) {
  const Layout layout(test_parameters(items));
  for (std::size_t message = 0; message < 5; ++message) {
    for (const Field& field : fields_of(message, layout)) {
      const std::size_t bit = (field.offset * 31 + 7 * field.size) % (8 * field.size);
      const End end = run_changed([&](std::size_t number, Message& now) {
        if (number == message) now.body[field.offset + bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      });
      EXPECT_FALSE(end.complete) << message << " " << field.name;
    }
  }
}

TEST(HostilePeer, fields_of_zeros_and_fields_that_changed_places) {
  const Layout layout(test_parameters(items));
  for (std::size_t message = 0; message < 5; ++message) {
    const std::vector<Field> fields = fields_of(message, layout);
    for (std::size_t i = message; i < fields.size(); i += 4) {
      const End end = run_changed([&](std::size_t number, Message& now) {
        if (number != message) return;
        const auto begin = now.body.begin() + static_cast<std::ptrdiff_t>(fields[i].offset);
        std::fill_n(begin, fields[i].size, std::uint8_t{0});
      });
      EXPECT_FALSE(end.complete) << message << " " << fields[i].name;
    }
    for (std::size_t i = 1; i < fields.size(); i += 5) {
      if (fields[i].size != fields[i - 1].size) continue;
      const End end = run_changed([&](std::size_t number, Message& now) {
        if (number != message) return;
        const auto begin = now.body.begin();
        std::swap_ranges(begin + static_cast<std::ptrdiff_t>(fields[i].offset),
                         begin + static_cast<std::ptrdiff_t>(fields[i].offset + fields[i].size),
                         begin + static_cast<std::ptrdiff_t>(fields[i - 1].offset));
      });
      EXPECT_FALSE(end.complete) << message << " " << fields[i].name;
    }
  }
}

TEST(HostilePeer, any_other_length_or_type_is_refused) {
  for (std::size_t message = 0; message < 5; ++message) {
    for (int change = 0; change < 3; ++change) {
      const End end = run_changed([&](std::size_t number, Message& now) {
        if (number != message) return;
        if (change == 0) now.body.pop_back();
        if (change == 1) now.body.push_back(0);
        if (change == 2) now.type = static_cast<std::uint8_t>(now.type % 5 + 1);
      });
      EXPECT_FALSE(end.complete) << message << " " << change;
      EXPECT_EQ(end.messages, message + 1) << "not refused at once: " << message << " " << change;
    }
  }
}

TEST(HostilePeer, messages_of_another_session_do_not_fit) {
  TestSession other(test_parameters(items), 2);
  ASSERT_TRUE(other.run());
  for (std::size_t message = 0; message < 5; ++message) {
    const End end = run_changed([&](std::size_t number, Message& now) {
      if (number == message) now = other.sent[message];
    });
    EXPECT_FALSE(end.complete) << message;
  }
  // The same seeds under another session name: not one message may serve.
  TestSession renamed(test_parameters(items, Code::ex_conv_7x24, 1), 1);
  ASSERT_TRUE(renamed.run());
  for (const std::size_t message : {0U, 1U, 4U}) {
    const End end = run_changed([&](std::size_t number, Message& now) {
      if (number == message) now = renamed.sent[message];
    });
    EXPECT_FALSE(end.complete) << message;
  }
}

TEST(HostilePeer, ones_own_messages_reflected_are_refused) {
  TestSession honest(test_parameters(items));
  ASSERT_TRUE(honest.run());
  for (const std::size_t message : {1U, 2U, 3U, 4U}) {
    const End end = run_changed([&](std::size_t number, Message& now) {
      if (number == message) now.body = honest.sent[message - 1].body;
    });
    EXPECT_FALSE(end.complete) << message;
  }
}

TEST(HostilePeer, sides_that_mean_different_runs_do_not_finish) {
  SerialParallel parallel;
  for (const auto& other : {test_parameters(items + 1), test_parameters(items, Code::ex_conv_21x24),
                            test_parameters(items, Code::ex_conv_7x24, 9)}) {
    crypto::SeededEntropy entropy(test_seed(1), "downgrade");
    VoleReceiver receiver(test_parameters(items), entropy, parallel);
    VoleSender sender(other, entropy, parallel);
    ASSERT_TRUE(receiver.start());
    const auto hello = sender.start();
    ASSERT_TRUE(hello);
    const auto correlation = receiver.on_message(1, hello->send[0].body);
    EXPECT_TRUE(!correlation || !sender.on_message(2, correlation->send[0].body));
  }
}

TEST(HostilePeer, random_changes_in_random_places) {
  crypto::SeededEntropy entropy(test_seed(9), "hostile");
  const int runs = std::getenv("PARLEY_LONG") != nullptr ? 3000 : 8;
  for (int run = 0; run < runs; ++run) {
    run_changed(
        [&](std::size_t, Message& now) {
          if (entropy.below(3) != 0) return;
          for (std::uint64_t changes = 1 + entropy.below(3); changes > 0 && !now.body.empty(); --changes) {
            const std::size_t at = entropy.below(now.body.size());
            switch (entropy.below(4)) {
              case 0:
                now.body[at] ^= static_cast<std::uint8_t>(1U << entropy.below(8));
                break;
              case 1:
                now.body[at] = static_cast<std::uint8_t>(entropy.below(256));
                break;
              case 2:
                std::swap(now.body[at], now.body[entropy.below(now.body.size())]);
                break;
              default:
                now.body.resize(at);
                break;
            }
          }
        },
        static_cast<std::uint8_t>(run));
  }
}

}  // namespace
}  // namespace parley::vole
