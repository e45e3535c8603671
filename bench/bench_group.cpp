// bench_group [--json]: CPU nanoseconds of one group element on one core, every implementation that this
// processor runs beside libsodium in the same run.
#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <vector>

#include "crypto/seeded.hpp"
#include "crypto/sodium.hpp"
#include "encoding/json.hpp"
#include "group/batch.hpp"
#include "measure.hpp"

namespace {

using namespace parley;
using crypto::EncodedPoint;

constexpr std::size_t batch = 1024;  // elements of one call of ours
constexpr std::size_t single = 100;  // calls of libsodium in one round
constexpr int rounds = 9;

// What both sides work on.
struct Inputs {
  crypto::SeededEntropy entropy{crypto::Secret<32>(), "bench_group"};
  std::vector<crypto::Scalar> scalars;
  std::vector<EncodedPoint> points = std::vector<EncodedPoint>(batch);
  std::vector<ByteArray<64>> uniform = std::vector<ByteArray<64>>(batch);
  std::vector<Bytes> items;
  std::vector<BytesView> views;

  Inputs() {
    for (std::size_t i = 0; i < batch; ++i) {
      scalars.push_back(crypto::Scalar::random(entropy));
      entropy.fill(uniform[i]);
      points[i] = crypto::from_uniform(uniform[i]).bytes();
      items.push_back(to_bytes("domain-name:host-" + std::to_string(i) + ".example.org"));
    }
    views.assign(items.begin(), items.end());
  }
};

struct Operation {
  const char* name;
  /// `batch` elements.
  std::function<void(group::Isa)> ours;
  /// Element i by libsodium.
  std::function<void(std::size_t)> libsodium;
};

double nanoseconds(std::size_t count, const std::function<void()>& run) {
  const double start = bench::cpu_seconds();
  run();
  return (bench::cpu_seconds() - start) * 1e9 / static_cast<double>(count);
}

}  // namespace

int main(int argc, char** argv) {
  const bool json = argc > 1 && std::strcmp(argv[1], "--json") == 0;
  crypto::ensure_sodium();
  Inputs in;
  SerialParallel one_core;
  std::vector<EncodedPoint> out(batch);
  EncodedPoint point;
  std::size_t failures = 0;

  const std::vector<Operation> operations = {
      {"multiply",
       [&](group::Isa isa) {
         failures += group::multiply_batch(in.points, in.scalars[0], out, one_core, isa) ? 0 : 1;
       },
       [&](std::size_t i) {
         failures += crypto_scalarmult_ristretto255(point.data(), in.scalars[0].view().data(),
                                                    in.points[i].data()) == 0
                         ? 0
                         : 1;
       }},
      {"multiply_each",
       [&](group::Isa isa) {
         failures += group::multiply_each_batch(in.points, in.scalars, out, one_core, isa) ? 0 : 1;
       },
       [&](std::size_t i) {
         failures += crypto_scalarmult_ristretto255(point.data(), in.scalars[i].view().data(),
                                                    in.points[i].data()) == 0
                         ? 0
                         : 1;
       }},
      {"hash_to_group",
       [&](group::Isa isa) { group::hash_to_group_batch(in.views, "bench", out, one_core, isa); },
       [&](std::size_t i) { point = crypto::hash_to_group(in.views[i], "bench").bytes(); }},
      {"from_uniform",
       [&](group::Isa isa) {
         group::encode(group::from_uniform(in.uniform, one_core, isa), out, one_core, isa);
       },
       [&](std::size_t i) { crypto_core_ristretto255_from_hash(point.data(), in.uniform[i].data()); }},
      {"hash_and_multiply",
       [&](group::Isa isa) {
         group::hash_and_multiply_batch(in.views, "bench", in.scalars[0], out, one_core, isa);
       },
       [&](std::size_t i) {
         point = crypto::multiply(crypto::hash_to_group(in.views[i], "bench"), in.scalars[0]).bytes();
       }},
      {"base_multiply", [&](group::Isa isa) { group::multiply_base_batch(in.scalars, out, one_core, isa); },
       [&](std::size_t i) {
         failures +=
             crypto_scalarmult_ristretto255_base(point.data(), in.scalars[i].view().data()) == 0 ? 0 : 1;
       }},
      {"decode", [&](group::Isa isa) { failures += group::decode(in.points, one_core, isa) ? 0 : 1; },
       [&](std::size_t i) {
         failures += crypto_core_ristretto255_is_valid_point(in.points[i].data()) == 1 ? 0 : 1;
       }},
  };

  encoding::Json list = encoding::Json::array();
  for (const Operation& operation : operations)
    for (const group::Isa isa : group::supported_isas()) {
      // Turn by turn, the fastest round of each: other work on the machine makes both slower, not faster.
      double ours = INFINITY;
      double libsodium = INFINITY;
      operation.ours(isa);
      for (int round = 0; round < rounds; ++round) {
        ours = std::min(ours, nanoseconds(batch, [&] { operation.ours(isa); }));
        libsodium = std::min(libsodium, nanoseconds(single, [&] {
                               for (std::size_t i = 0; i < single; ++i) operation.libsodium(i);
                             }));
      }
      encoding::Json row = encoding::Json::object();
      row.set("op", operation.name);
      row.set("isa", group::name(isa));
      row.set("ns", std::round(ours));
      row.set("libsodium_ns", std::round(libsodium));
      row.set("ratio", std::round(100 * libsodium / ours) / 100);
      list.push_back(std::move(row));
      if (!json)
        fmt::print("{:<18} {:<11} {:>8.0f} ns   libsodium {:>8.0f} ns   {:>5.2f} times\n", operation.name,
                   group::name(isa), ours, libsodium, libsodium / ours);
    }
  encoding::Json result = encoding::Json::object();
  result.set("ops", std::move(list));
  if (json) fmt::print("{}\n", encoding::write_json(result));
  if (failures != 0) fmt::print(stderr, "{} operations refused their input\n", failures);
  return failures == 0 ? 0 : 1;
}
