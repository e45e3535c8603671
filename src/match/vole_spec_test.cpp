// The tables and the worked example of docs/spec/matching-vole.md, recomputed: the page and the program say
// the same.
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "match/vole_reference_fixture.hpp"

namespace parley::match {
namespace {

using block::Block;

std::vector<std::string> lines_below(const std::string& heading, const std::string& prefix) {
  std::ifstream in(std::string(PARLEY_SOURCE_DIR) + "/docs/spec/matching-vole.md");
  std::vector<std::string> out;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("## ")) inside = line == "## " + heading;
    if (inside && line.starts_with(prefix)) out.push_back(line);
  }
  return out;
}

std::string hex(Block block) {
  return to_hex(block::bytes_of({&block, 1}));
}

std::uint64_t list_bound(const SortedListFormat& format) {
  const std::uint64_t messages = SortedList(format).messages();
  const std::uint64_t bits = format.unary == 0 ? 0 : format.count + (std::uint64_t{1} << (8 * format.unary));
  return format.count * (format.width - format.unary) + bits / 8 + 5 * messages;
}

TEST(VoleSpecification, has_the_table_of_bytes) {
  std::vector<std::string> computed;
  for (const unsigned log2 : {0U, 10U, 14U, 16U, 18U, 20U, 22U, 24U}) {
    Parameters p;
    p.protocol = Protocol::vole;
    p.chunk = default_vole_chunk;
    p.receiver_padded = p.sender_padded = 1U << log2;
    const vole::VoleParameters v = vole_parameters(p);
    using enum vole::VoleMessage;
    const std::uint64_t from_receiver = 32 + 64 + 32 + message_bytes(correlation, v) +
                                        message_bytes(check, v) + 16 * std::uint64_t{store_shape(p).columns} +
                                        4 * store_list(p).messages();
    const std::uint64_t from_sender = 64 + 64 + message_bytes(hello, v) + message_bytes(trees, v) +
                                      message_bytes(confirm, v) + list_bound(mask_list(p));
    std::string line = "| `2^" + std::to_string(log2) + "` |";
    for (const std::uint64_t number :
         {std::uint64_t{store_shape(p).band}, std::uint64_t{store_shape(p).columns}, v.count, from_receiver,
          from_sender, list_bound(proof_list(p))})
      line += " `" + std::to_string(number) + "` |";
    computed.push_back(line);
  }
  EXPECT_EQ(lines_below("Parameters", "| `2^"), computed);
}

struct Correlation {
  block::BlockVector a, c, b;
  Block delta;
};

// What the VOLE of the session gives: the same machines on the same streams.
Correlation correlation_of(const Parameters& p, const crypto::Secret<32>& receiver_seed,
                           const crypto::Secret<32>& sender_seed) {
  SerialParallel parallel;
  crypto::SeededEntropy of_receiver(receiver_seed, domain::vole_stream);
  crypto::SeededEntropy of_sender(sender_seed, domain::vole_stream);
  vole::VoleReceiver receiver(vole_parameters(p), of_receiver, parallel);
  vole::VoleSender sender(vole_parameters(p), of_sender, parallel);
  EXPECT_TRUE(receiver.start());
  auto step = sender.start();
  for (bool to_receiver = true; step && !step->send.empty(); to_receiver = !to_receiver) {
    const vole::Message message = step->send[0];
    const auto call = [&](auto& machine) {
      auto out = machine.on_message(message.type, message.body);
      while (out && out->more) {
        auto next = machine.resume();
        if (!next) return next;
        next->send.insert(next->send.begin(), out->send.begin(), out->send.end());
        out = std::move(next);
      }
      return out;
    };
    step = to_receiver ? call(receiver) : call(sender);
  }
  EXPECT_TRUE(receiver.done());
  return {receiver.take_a(), receiver.take_c(), sender.take_b(), sender.delta()};
}

TEST(VoleSpecification, works_its_example) {
  const auto item = [](std::string_view type, std::string_view value) {
    Bytes out = to_bytes(type);
    out.push_back(0);
    append(out, value);
    return out;
  };
  const Bytes common = item("domain-name", "b.example.org");
  const ItemSet receiver_set =
      *ItemSet::make(std::vector<Bytes>{item("domain-name", "a.example.org"), common});
  const ItemSet sender_set = *ItemSet::make(
      std::vector<Bytes>{common, item("domain-name", "c.example.org"), item("ipv4-addr", "192.0.2.1")});
  Parameters p = vole_test_parameters(receiver_set, sender_set, Learner::both);
  p.offer_hash = crypto::sha256(as_bytes("offer"));
  TestSession session(p, receiver_set, sender_set, test_seed(1), test_seed(2));
  session.run();
  ASSERT_TRUE(session.receiver.done && session.sender.done);
  EXPECT_EQ(session.receiver.party->outcome()->items, std::vector<std::uint32_t>{1});
  EXPECT_EQ(session.sender.party->outcome()->items, std::vector<std::uint32_t>{0});

  VoleReference reference(p, session.receiver.received, session.sender.received);
  reference.derive(session.receiver.sent, session.sender.sent);
  const Correlation known = correlation_of(p, test_seed(1), test_seed(2));
  const Block f = reference.of_receiver(common, known.c.span());
  EXPECT_EQ(f, reference.of_sender(common, known.b, known.delta));
  const Block key = reference.key_of(common);
  const okvs::RowHash rows(store_shape(p), reference.store_seed()[0]);
  std::uint32_t start = 0;
  rows.starts({&key, 1}, {&start, 1});
  std::vector<Block> band(2);
  rows.bands({&key, 1}, band);

  std::map<std::string, std::string> computed;
  const auto body = [](const std::vector<Message>& messages, VoleMatchMessage type) {
    return to_hex(VoleReference::first(messages, type)->body);
  };
  using enum VoleMatchMessage;
  computed["receiver_commit"] = body(session.receiver.sent, receiver_commit);
  computed["sender_toss"] = body(session.sender.sent, sender_toss);
  computed["receiver_open"] = body(session.receiver.sent, receiver_open);
  computed["receiver_toss"] = body(session.receiver.sent, receiver_toss);
  computed["sender_open"] = body(session.sender.sent, sender_open);
  computed["sender_masks"] = body(session.sender.sent, sender_masks);
  computed["receiver_proofs"] = body(session.receiver.sent, receiver_proofs);
  computed["s"] = hex(reference.store_seed()[0]);
  computed["s'"] = hex(reference.store_seed()[1]);
  computed["w1"] = hex(reference.mask_keys()[0]);
  computed["w2"] = hex(reference.mask_keys()[1]);
  computed["VOLE session"] = to_hex(vole_parameters(p).session);
  computed["Delta"] = hex(known.delta);
  computed["key"] = hex(key);
  computed["start"] = std::to_string(start);
  computed["band"] = hex(band[0]) + hex(band[1]);
  computed["value"] = hex(block::AesKey(reference.store_seed()[1]).encrypt(key) ^ key);
  computed["F"] = hex(f);
  computed["H1"] = hex(reference.mask(common, f));
  computed["H2"] = hex(reference.proof(common, f));
  computed["SHA-256 of masked_store, both messages"] = to_hex([&] {
    crypto::Sha256 sha;
    for (const Message& message : session.receiver.sent)
      if (message.type == static_cast<std::uint8_t>(masked_store)) sha.update(BytesView(message.body));
    return sha.finish();
  }());
  computed["sent hash of the receiver"] = to_hex(session.receiver.party->sent_hash());
  computed["sent hash of the sender"] = to_hex(session.sender.party->sent_hash());
  computed["transcript hash"] = to_hex(session.receiver.party->transcript_hash());

  std::map<std::string, std::string> written;
  for (const std::string& line : lines_below("Worked example", "| `")) {
    const std::size_t end = line.find('`', 3);
    const std::size_t begin = line.find('`', end + 1);
    written[line.substr(3, end - 3)] = line.substr(begin + 1, line.rfind('`') - begin - 1);
  }
  EXPECT_EQ(written, computed);
  if (written != computed)
    for (const auto& [name, value] : computed) std::printf("| `%s` | `%s` |\n", name.c_str(), value.c_str());
}

}  // namespace
}  // namespace parley::match
