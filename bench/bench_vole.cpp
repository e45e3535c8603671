// Both parties of one random VOLE in one process on one core: CPU time of each step, bytes of each message,
// and what the arithmetic below it does.  bench_vole [--items N] [--code 7|21] [--path portable|aesni|avx512]
// [--json]
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.hpp"
#include "block/aes.hpp"
#include "block/gf128.hpp"
#include "crypto/seeded.hpp"
#include "measure.hpp"
#include "vole/layout.hpp"
#include "vole/vole.hpp"

namespace {

using namespace parley;
using block::Block;
using block::BlockVector;

using bench::cpu_seconds;

struct Phase {
  std::string name;
  double seconds = 1e9;  // the best of the rounds
};

void note(std::vector<Phase>& phases, std::string_view name, double seconds) {
  const auto it = std::ranges::find(phases, name, &Phase::name);
  if (it != phases.end()) {
    it->seconds = std::min(it->seconds, seconds);
  } else {
    phases.push_back({std::string(name), seconds});
  }
}

template <class Call>
auto timed(std::vector<Phase>& phases, std::string_view name, const Call& call) {
  const double begin = cpu_seconds();
  auto out = call();
  note(phases, name, cpu_seconds() - begin);
  return out;
}

vole::Message only(const Result<vole::Step>& step) {
  PARLEY_ASSERT(step && step->send.size() == 1);
  return step->send[0];
}

// One honest run; the relation is checked on the way.
void run(const vole::VoleParameters& parameters, std::vector<Phase>& phases,
         std::vector<std::size_t>& bytes) {
  SerialParallel parallel;
  crypto::SeededEntropy entropy(crypto::Secret<32>(), "bench");
  vole::VoleReceiver receiver(parameters, entropy, parallel);
  vole::VoleSender sender(parameters, entropy, parallel);
  const vole::Message hello = only(timed(phases, "sender hello", [&] { return sender.start(); }));
  PARLEY_ASSERT(receiver.start());
  const vole::Message correlation = only(
      timed(phases, "receiver correlation", [&] { return receiver.on_message(hello.type, hello.body); }));
  const vole::Message trees = only(
      timed(phases, "sender trees", [&] { return sender.on_message(correlation.type, correlation.body); }));
  PARLEY_ASSERT(timed(phases, "sender check and code", [&] { return sender.resume(); }));
  const vole::Message check = only(
      timed(phases, "receiver trees and check", [&] { return receiver.on_message(trees.type, trees.body); }));
  PARLEY_ASSERT(timed(phases, "receiver code", [&] { return receiver.resume(); }));
  const vole::Message confirm =
      only(timed(phases, "sender confirm", [&] { return sender.on_message(check.type, check.body); }));
  PARLEY_ASSERT(
      timed(phases, "receiver confirm", [&] { return receiver.on_message(confirm.type, confirm.body); }));
  bytes = {hello.body.size(), correlation.body.size(), trees.body.size(), check.body.size(),
           confirm.body.size()};
  const BlockVector a = receiver.take_a();
  const BlockVector c = receiver.take_c();
  BlockVector b = sender.take_b();
  block::mul_add_constant(b.span(), a.span(), sender.delta());
  PARLEY_ASSERT(std::equal(b.begin(), b.end(), c.begin()));
}

// Nanoseconds a block of the arithmetic, for each path of this processor.
struct Primitive {
  std::string name;
  std::string path;
  double nanoseconds;
};

std::vector<Primitive> primitives() {
  constexpr std::size_t count = 1024;
  std::vector<Primitive> out;
  BlockVector x(count);
  BlockVector y(count);
  BlockVector z(2 * count);
  crypto::SeededEntropy entropy(crypto::Secret<32>(), "primitives");
  entropy.fill(block::mutable_bytes_of(x.span()));
  entropy.fill(block::mutable_bytes_of(y.span()));
  const block::FixedKeyHash hash(Block{1, 2});
  const block::GgmGenerator generator(Block{1, 2}, Block{3, 4});
  for (const block::Path path : block::available_paths()) {
    const auto measure = [&](std::string_view name, const std::function<void()>& call) {
      double best = 1e9;
      const int rounds = path == block::Path::portable ? 3 : 30;
      for (int round = 0; round < rounds; ++round) {
        const double begin = cpu_seconds();
        call();
        best = std::min(best, cpu_seconds() - begin);
      }
      out.push_back({std::string(name), std::string(block::name_of(path)), 1e9 * best / count});
    };
    measure("gf_mul_add_constant", [&] { block::mul_add_constant(y.span(), x.span(), Block{5, 6}, path); });
    measure("gf_inner_product", [&] { y[0] = block::inner_product(x.span(), y.span(), path); });
    measure("aes_mmo", [&] { hash.mmo(y.span(), x.span(), path); });
    measure("aes_tccr", [&] { hash.tccr(y.span(), x.span(), 0, path); });
    measure("aes_stream", [&] { block::aes_stream(Block{7, 8}, y.span(), 0, path); });
    measure("davies_meyer", [&] { block::davies_meyer(y.span(), x.span(), y.span(), path); });
    measure("ggm_parent", [&] { generator.expand(z.span(), path); });
  }
  return out;
}

std::string json(const vole::VoleParameters& parameters, const std::vector<Phase>& phases,
                 const std::vector<std::size_t>& bytes, const std::vector<Primitive>& below,
                 std::uint64_t rss) {
  std::string out =
      fmt::format("{{\"items\":{},\"expander_weight\":{},\"noise_weight\":{},\"phases\":[", parameters.count,
                  vole::expander_weight(parameters.code), vole::noise_weight(parameters.code));
  for (std::size_t i = 0; i < phases.size(); ++i)
    out += fmt::format("{}{{\"name\":\"{}\",\"cpu_ms\":{:.3f}}}", i == 0 ? "" : ",", phases[i].name,
                       1e3 * phases[i].seconds);
  out += "],\"message_bytes\":[";
  for (std::size_t i = 0; i < bytes.size(); ++i) out += fmt::format("{}{}", i == 0 ? "" : ",", bytes[i]);
  out += fmt::format("],\"peak_rss_bytes\":{},\"primitives\":[", rss);
  for (std::size_t i = 0; i < below.size(); ++i)
    out += fmt::format("{}{{\"name\":\"{}\",\"path\":\"{}\",\"ns\":{:.2f}}}", i == 0 ? "" : ",",
                       below[i].name, below[i].path, below[i].nanoseconds);
  return out + "]}";
}

}  // namespace

int main(int argc, char** argv) {
  vole::VoleParameters parameters;
  parameters.count = 1160000;
  bool as_json = false;
  int rounds = 3;
  const std::vector<std::string_view> words(argv + 1, argv + argc);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool has_value = i + 1 < words.size();
    if (words[i] == "--json") {
      as_json = true;
    } else if (words[i] == "--items" && has_value) {
      parameters.count = std::strtoull(words[++i].data(), nullptr, 10);
    } else if (words[i] == "--rounds" && has_value) {
      rounds = std::atoi(words[++i].data());
    } else if (words[i] == "--code" && has_value) {
      parameters.code = words[++i] == "21" ? vole::Code::ex_conv_21x24 : vole::Code::ex_conv_7x24;
    } else {
      fmt::print(stderr, "usage: bench_vole [--items N] [--code 7|21] [--rounds R] [--json]\n");
      return 2;
    }
  }
  std::vector<Phase> phases;
  std::vector<std::size_t> bytes;
  for (int round = 0; round < rounds; ++round) run(parameters, phases, bytes);
  const std::uint64_t peak = bench::peak_rss_bytes();
  const std::vector<Primitive> below = primitives();
  if (as_json) {
    fmt::print("{}\n", json(parameters, phases, bytes, below, peak));
    return 0;
  }
  for (const Phase& phase : phases) fmt::print("{:26} {:9.2f} ms\n", phase.name, 1e3 * phase.seconds);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    fmt::print("message {}                  {:9} bytes\n", i + 1, bytes[i]);
  for (const Primitive& one : below)
    fmt::print("{:20} {:9} {:8.2f} ns\n", one.name, one.path, one.nanoseconds);
  return 0;
}
