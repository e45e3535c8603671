// Runs every operation of the group on secrets that MemorySanitizer holds for undefined. A branch or an
// address that depends on one ends the program with a report. `leak branch ISA` and `leak address ISA` do
// just that with a result, to show that it is noticed and that nothing on the way lost the mark.
#include <sanitizer/msan_interface.h>

#include <cstdio>
#include <cstring>
#include <vector>

#include "group/batch.hpp"
#include "group/points.hpp"

namespace {

using namespace parley;
using namespace parley::group;

constexpr std::size_t count = 25;  // pairs of vectors, single ones, and a part of one

class CountingEntropy final : public Entropy {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out)
      byte = static_cast<std::uint8_t>((state_ = state_ * 6364136223846793005 + 1) >> 56);
  }

 private:
  std::uint64_t state_ = 1;
};

// libsodium is not instrumented: what it wrote is declared to be defined.
Scalar public_scalar(Entropy& entropy) {
  ByteArray<32> bytes{};
  entropy.fill(std::span(bytes).first(31));
  Result<Scalar> out = Scalar::decode(bytes);
  if (!out) std::abort();
  return std::move(*out);
}
void mark_secret(const void* data, std::size_t size) {
  __msan_poison(const_cast<void*>(data), size);
}
void mark_secret(const Scalar& scalar) {
  mark_secret(scalar.view().data(), 32);
}

struct World {
  std::vector<Scalar> scalars;
  std::vector<ByteArray<64>> uniform;
  std::vector<Bytes> items;
  std::vector<BytesView> views;
  SerialParallel parallel;
  Isa isa;

  explicit World(Isa which) : isa(which) {
    CountingEntropy entropy;
    for (std::size_t i = 0; i < count; ++i) {
      scalars.push_back(public_scalar(entropy));
      uniform.push_back(entropy.array<64>());
      items.emplace_back(10 * i + 1);
      entropy.fill(items.back());
    }
    views.assign(items.begin(), items.end());
  }
  void make_secret() {
    for (const Scalar& scalar : scalars) mark_secret(scalar);
    mark_secret(uniform.data(), uniform.size() * 64);
    for (const Bytes& item : items) mark_secret(item.data(), item.size());
  }
};

using Encodings = std::vector<EncodedPoint>;

// Every path that takes secrets; `in` are public.
std::vector<Encodings> run(World& w, const Encodings& in) {
  std::vector<Encodings> all;
  const auto next = [&]() -> Encodings& { return all.emplace_back(count); };
  if (!multiply_batch(in, w.scalars[0], next(), w.parallel, w.isa)) std::abort();
  if (!multiply_each_batch(in, w.scalars, next(), w.parallel, w.isa)) std::abort();
  multiply_base_batch(w.scalars, next(), w.parallel, w.isa);
  const Points hashed = from_uniform(w.uniform, w.parallel, w.isa);
  encode(hashed, next(), w.parallel, w.isa);
  multiply_and_encode(hashed, w.scalars[0], next(), w.parallel, w.isa);
  multiply_each_and_encode(hashed, w.scalars, next(), w.parallel, w.isa);
  encode(multiply(hashed, w.scalars[1], w.parallel, w.isa), next(), w.parallel, w.isa);
  encode(multiply_each(hashed, w.scalars, w.parallel, w.isa), next(), w.parallel, w.isa);
  encode(multiply_base(w.scalars, w.parallel, w.isa), next(), w.parallel, w.isa);
  encode(add(hashed, hashed, w.parallel, w.isa), next(), w.parallel, w.isa);
  hash_to_group_batch(w.views, "tag", next(), w.parallel, w.isa);
  hash_and_multiply_batch(w.views, "tag", w.scalars[0], next(), w.parallel, w.isa);
  hash_and_multiply_each_batch(w.views, "tag", w.scalars, next(), w.parallel, w.isa);
  Encodings& total = next();
  total.resize(1);
  encode(sum(hashed, w.isa), total, w.parallel, w.isa);
  return all;
}

bool check(Isa isa) {
  World w(isa);
  Encodings in(count);
  encode(from_uniform(w.uniform, w.parallel, isa), in, w.parallel, isa);
  const std::vector<Encodings> expected = run(w, in);
  w.make_secret();
  std::vector<Encodings> secret = run(w, in);
  for (std::size_t i = 0; i < secret.size(); ++i) {
    // The results of secrets are secret as well, or the mark was lost on the way.
    for (const EncodedPoint& one : secret[i])
      if (__msan_test_shadow(one.data(), one.size()) < 0) {
        std::printf("not ok - operation %zu, element %td: the mark of a secret was lost\n", i,
                    &one - secret[i].data());
        return false;
      }
    __msan_unpoison(secret[i].data(), secret[i].size() * sizeof(EncodedPoint));
    if (secret[i] != expected[i]) {
      std::printf("not ok - operation %zu: a wrong result\n", i);
      return false;
    }
  }
  return true;
}

int leak(std::string_view how, Isa isa) {
  World w(isa);
  Encodings out(count);
  w.make_secret();
  multiply_base_batch(w.scalars, out, w.parallel, isa);
  static const int table[256] = {1, 2, 3};
  if (how == "address") return table[out[3][0]] & 2;
  if ((out[3][0] & 1) != 0) std::puts("odd");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  for (const Isa isa : supported_isas()) {
    if (argc == 4 && std::strcmp(argv[1], "leak") == 0) {
      if (name(isa) == argv[3]) return leak(argv[2], isa);
      continue;
    }
    if (argc == 2) {
      std::puts(name(isa).data());
      continue;
    }
    if (!check(isa)) {
      std::printf("not ok - %s\n", name(isa).data());
      return 1;
    }
    std::printf("ok - %s: no branch and no address depends on a scalar or a hashed value\n",
                name(isa).data());
  }
  return 0;
}
