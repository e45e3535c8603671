// bench_group [--json]: CPU nanoseconds of the group operations that matching is made of, one core.
#include <fmt/format.h>

#include <cstdio>
#include <cstring>
#include <vector>

#include "crypto/ed25519.hpp"
#include "crypto/hash.hpp"
#include "crypto/ristretto.hpp"
#include "crypto/seeded.hpp"
#include "encoding/json.hpp"
#include "measure.hpp"

int main(int argc, char** argv) {
  using namespace parley;
  const bool json = argc > 1 && std::strcmp(argv[1], "--json") == 0;
  crypto::SeededEntropy entropy(crypto::Secret<32>(), "bench_group");
  const crypto::Scalar scalar = crypto::Scalar::random(entropy);
  const auto uniform = entropy.array<64>();
  const Bytes item = to_bytes("domain-name:bench.example.org");
  const crypto::Point point = crypto::hash_to_group(item, "bench");
  const crypto::SigningKey key = crypto::SigningKey::generate(entropy);
  const crypto::Signature signature = key.sign(item);
  std::uint8_t sink = 0;

  encoding::Json out = encoding::Json::object();
  const auto measure = [&](const char* name, std::size_t count, auto call) {
    const double ns = bench::nanoseconds_per_call(count, [&](std::size_t) { sink ^= call(); });
    out.set(name, static_cast<std::int64_t>(ns));
    if (!json) fmt::print("{:<28} {:>10.0f} ns\n", name, ns);
  };
  measure("ristretto255_scalarmult", 2000, [&] { return crypto::multiply(point, scalar).bytes()[0]; });
  measure("ristretto255_from_hash", 5000, [&] { return crypto::from_uniform(uniform).bytes()[0]; });
  measure("ristretto255_hash_to_group", 5000,
          [&] { return crypto::hash_to_group(item, "bench").bytes()[0]; });
  measure("ristretto255_decode", 10000, [&] { return crypto::Point::decode(point.bytes())->bytes()[0]; });
  measure("expand_message_xmd_sha512", 20000,
          [&] { return crypto::expand_message_xmd(item, "bench", 64)[0]; });
  measure("sha256_32", 50000, [&] { return crypto::sha256(point.bytes())[0]; });
  measure("sha512_32", 50000, [&] { return crypto::sha512(point.bytes())[0]; });
  measure("ed25519_sign", 2000, [&] { return key.sign(item).value()[0]; });
  measure("ed25519_verify", 2000,
          [&] { return static_cast<std::uint8_t>(crypto::verify(key.public_key(), item, signature)); });
  if (json) fmt::print("{}\n", encoding::write_json(out));
  return sink == 0xa5 ? std::fflush(stdout) : 0;  // the results are used
}
