#include "vole/accumulate.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "base/assert.hpp"
#include "block/target.hpp"
#include "crypto/secret.hpp"
#include "vole/ex_conv_kernels.hpp"

namespace parley::vole {

namespace {

using block::Block;
using block::Path;
using detail::reach;

constexpr std::size_t numbers_per_block = 4;  // 32-bit numbers of a stream
constexpr std::uint64_t piece = 4096;         // positions whose numbers are drawn at a time
constexpr std::uint64_t least_stretch = 4 * piece;
/// The last positions of a stretch, which reach out of it, are done in a copy.
constexpr std::uint64_t tail = 32;
constexpr std::uint64_t most_tail = tail + 3;
constexpr std::size_t most_width = 2;

/// `reach` sums, of up to two vectors in turn. Wiped.
struct Sums {
  std::array<Block, reach * most_width> blocks{};
  Sums() = default;
  Sums(const Sums&) = default;
  Sums& operator=(const Sums&) = default;
  ~Sums() { crypto::wipe(block::mutable_bytes_of(blocks)); }
};

/// Positions that one core passes over.
struct Stretch {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  /// For each position, and the `reach` behind the end: which incoming sums belong there. Empty for the
  /// first stretch, into which nothing comes.
  std::vector<std::uint32_t> wanted;
  Sums out;  ///< for the positions behind the end
};

void pass(Block* x, unsigned width, const block::AesKey& stream, Stretch& stretch, Path path) {
  std::array<Block, piece / numbers_per_block> blocks;
  std::array<std::uint32_t, piece> random;
  const std::uint64_t middle = std::max(stretch.begin, (stretch.end - tail) / 4 * 4);
  std::array<Block, (most_tail + reach) * most_width> last{};
  for (std::uint64_t begin = stretch.begin; begin < stretch.end; begin += piece) {
    block::aes_stream(stream, blocks, begin / numbers_per_block, path);
    std::memcpy(random.data(), blocks.data(), sizeof random);
    const std::uint64_t end = std::min(begin + piece, stretch.end);
    const std::uint64_t straight = std::clamp(middle, begin, end);
    std::uint32_t* wanted =
        stretch.wanted.empty() ? nullptr : stretch.wanted.data() + (begin - stretch.begin);
#if PARLEY_X86_64
    if (path == Path::avx512)
      detail::accumulate_avx512(x + begin * width, width, straight - begin, random.data(), wanted);
    else
#endif
      detail::accumulate_portable(x + begin * width, width, straight - begin, random.data(), wanted);
    if (straight == end) continue;
    if (straight == middle) std::copy(x + middle * width, x + stretch.end * width, last.begin());
    detail::accumulate_portable(last.data() + (straight - middle) * width, width, end - straight,
                                random.data() + (straight - begin),
                                wanted == nullptr ? nullptr : wanted + (straight - begin));
  }
  const std::size_t inside = (stretch.end - middle) * width;
  std::copy(last.begin(), last.begin() + inside, x + middle * width);
  std::copy(last.begin() + inside, last.begin() + inside + std::size_t{reach} * width,
            stretch.out.blocks.begin());
  crypto::wipe(block::mutable_bytes_of(last));
}

/// Sums of any of the incoming ones, by tables over a few of them each. They are looked up by public bits.
class Chosen {
 public:
  Chosen(const Sums& in, unsigned width) : width_(width) {
    for (unsigned bit = 0; bit < reach; ++bit) {
      const Part& part = part_of(bit);
      const std::size_t half = std::size_t{1} << (bit - part.bit);
      for (std::size_t i = 0; i < half * width; ++i)
        sums_[part.at * width + half * width + i] =
            sums_[part.at * width + i] ^ in.blocks[std::size_t{bit} * width + i % width];
    }
  }
  Chosen(const Chosen&) = delete;
  Chosen& operator=(const Chosen&) = delete;
  ~Chosen() { crypto::wipe(block::mutable_bytes_of(sums_)); }

  /// x[i] ^= the sum of those that wanted[i] names.
  void add(Block* x, const std::uint32_t* wanted, std::size_t count) const {
    if (width_ == 1) return add<1>(x, wanted, count);
    add<2>(x, wanted, count);
  }

 private:
  struct Part {
    unsigned bit;    // its first
    unsigned bits;   // how many
    std::size_t at;  // where its sums begin
  };
  static constexpr std::array<Part, 4> parts = {Part{0, 7, 0}, Part{7, 6, 128}, Part{13, 6, 192},
                                                Part{19, 6, 256}};
  static constexpr std::size_t sums = 320;
  static_assert(parts.back().bit + parts.back().bits == reach);

  static const Part& part_of(unsigned bit) {
    std::size_t p = 0;
    while (bit >= parts[p].bit + parts[p].bits) ++p;
    return parts[p];
  }
  template <unsigned width>
  void add(Block* x, const std::uint32_t* wanted, std::size_t count) const {
    for (std::size_t i = 0; i < count; ++i)
      for (const Part& part : parts) {
        const std::size_t index = (wanted[i] >> part.bit) & ((1U << part.bits) - 1);
        for (unsigned k = 0; k < width; ++k) x[i * width + k] ^= sums_[(part.at + index) * width + k];
      }
  }
  unsigned width_;
  alignas(64) std::array<Block, sums * most_width> sums_{};
};

/// The first one is longer: its core has nothing to note.
std::vector<Stretch> stretches_of(std::uint64_t size, std::size_t cores) {
  const std::uint64_t count = std::clamp<std::uint64_t>(size / least_stretch, 1, cores);
  constexpr std::uint64_t longer = 4;
  constexpr std::uint64_t shorter = 3;
  const std::uint64_t shares = longer + shorter * (count - 1);
  std::vector<Stretch> out(count);
  std::uint64_t at = 0;
  for (std::uint64_t s = 0; s < count; ++s) {
    out[s].begin = at;
    at = s + 1 < count ? size * (longer + shorter * s) / shares / piece * piece : size;
    out[s].end = at;
    if (s == 0) continue;
    out[s].wanted.resize(at - out[s].begin + tail);
    for (unsigned bit = 0; bit < reach; ++bit) out[s].wanted[bit] = std::uint32_t{1} << bit;
  }
  return out;
}

}  // namespace

void accumulate(std::span<Block> x, unsigned width, const block::AesKey& stream, Parallel& parallel,
                Path path) {
  const std::uint64_t size = x.size() / width;
  PARLEY_ASSERT(size > std::uint64_t{2} * reach && (width == 1 || width == most_width));
  std::vector<Stretch> stretches = stretches_of(size, parallel.width());
  parallel.run(stretches.size(), [&](std::size_t s) { pass(x.data(), width, stream, stretches[s], path); });
  for (std::size_t s = 1; s < stretches.size(); ++s) {
    Stretch& here = stretches[s];
    const Chosen chosen(stretches[s - 1].out, width);
    const std::uint64_t count = here.end - here.begin;
    chosen.add(here.out.blocks.data(), here.wanted.data() + count, reach);
    const std::size_t tasks = 2 * parallel.width();
    parallel.run(tasks, [&](std::size_t t) {
      const std::uint64_t first = count * t / tasks;
      chosen.add(x.data() + (here.begin + first) * width, here.wanted.data() + first,
                 count * (t + 1) / tasks - first);
    });
  }
  // The end reaches round to the front, which was passed over.
  const Sums& round = stretches.back().out;
  for (std::size_t i = 0; i < std::size_t{reach} * width; ++i) x[i] ^= round.blocks[i];
}

}  // namespace parley::vole
