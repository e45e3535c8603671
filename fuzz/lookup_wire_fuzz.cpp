// Queries and answers of look-ups. The first byte chooses: a query from a hostile asker, or the answer of a
// hostile peer to an honest query. Properties: an accepted query is the one that writing its elements gives
// and is answered with a proof that holds; an answer of other bytes than the honest ones never gives a
// finding.
#include <algorithm>

#include "base/assert.hpp"
#include "crypto/seeded.hpp"
#include "lookup/party.hpp"
#include "lookup/set_builder.hpp"
#include "lookup/wire.hpp"

namespace {

using namespace parley;

struct World {
  crypto::SeededEntropy entropy{crypto::Secret<32>(), "lookup_wire_fuzz"};
  SerialParallel serial;
  oprf::KeyPair key = oprf::KeyPair::generate(entropy);
  std::vector<Bytes> items{to_bytes("a"), to_bytes("b")};
  std::optional<lookup::SetFile> set;

  World() {
    auto builder = lookup::SetBuilder::start(std::vector<BytesView>(items.begin(), items.end()), {},
                                             oprf::KeyPair(key.secret().clone()), entropy);
    PARLEY_ASSERT(builder);
    for (bool done = false; !done;) done = builder->step(serial).value();
    set = lookup::SetFile::open(std::make_shared<const Bytes>(builder->take())).value();
  }
};

void take_query(World& world, BytesView body) {
  const auto elements = lookup::parse_query(body);
  const auto answer = lookup::answer_query(world.key, body, world.entropy, world.serial);
  if (!elements) {
    PARLEY_ASSERT(!answer);
    return;
  }
  PARLEY_ASSERT(lookup::encode_query(*elements) == to_bytes(body));
  if (!answer) return;
  const auto parsed = lookup::parse_answer(*answer, elements->size());
  PARLEY_ASSERT(parsed && lookup::encode_answer(*parsed) == *answer);
  PARLEY_ASSERT(
      oprf::verify_proof(world.key.public_key(), *elements, parsed->elements, parsed->proof, world.serial));
}

void take_answer(World& world, BytesView body) {
  lookup::Asker asker(*world.set, world.key.public_key());
  crypto::SeededEntropy blinds(crypto::Secret<32>(), "blinds");
  const auto query = asker.ask({to_bytes("a"), to_bytes("c")}, blinds, world.serial);
  PARLEY_ASSERT(query);
  Bytes answer = *lookup::answer_query(world.key, *query, blinds, world.serial);
  const Bytes honest = answer;
  for (std::size_t i = 0; i < std::min(body.size(), answer.size()); ++i) answer[i] ^= body[i];
  if (body.size() > answer.size()) append(answer, body.subspan(answer.size()));
  const auto found = asker.take(answer, world.serial);
  PARLEY_ASSERT(found.has_value() == (answer == honest));
  PARLEY_ASSERT(!found || ((*found)[0].hit && !(*found)[1].hit));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  if (size == 0) return 0;
  const BytesView body(data + 1, size - 1);
  if (data[0] % 2 == 0)
    take_query(world, body);
  else
    take_answer(world, body);
  return 0;
}
