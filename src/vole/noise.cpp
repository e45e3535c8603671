#include "vole/noise.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "block/gf128.hpp"
#include "crypto/secret.hpp"
#include "vole/fold.hpp"

namespace parley::vole {

namespace {

using block::Block;
using block::BlockVector;

constexpr std::size_t task_trees = 8;

void for_trees(const Layout& layout, Parallel& parallel,
               const std::function<void(std::uint64_t, std::span<Block>)>& one) {
  parallel.run((layout.noise + task_trees - 1) / task_trees, [&](std::size_t task) {
    BlockVector nodes(layout.domain + 1, block::Fill::unset, block::Wipe::yes);
    const std::uint64_t end = std::min<std::uint64_t>((task + 1) * task_trees, layout.noise);
    for (std::uint64_t tree = task * task_trees; tree < end; ++tree) one(tree, nodes.span());
  });
}

std::size_t task_of(std::uint64_t tree) {
  return tree / task_trees;
}

}  // namespace

PublicKeys::PublicKeys(const Transcript& transcript)
    : small_trees(transcript.derive(domain::small_left), transcript.derive(domain::small_right)),
      trees(transcript.derive(domain::tree_left), transcript.derive(domain::tree_right)),
      choices(transcript.derive(domain::choice_hash)),
      expander(transcript.derive(domain::expander)),
      first_accumulator(transcript.derive(domain::first_accumulator)),
      second_accumulator(transcript.derive(domain::second_accumulator)) {}

void make_trees(const Layout& layout, const PublicKeys& keys, Block root_seed, Block delta,
                std::span<const Block> rows, BytesView choices, std::span<const Block> values,
                std::span<Block> out, std::span<Block> folded, std::span<std::uint8_t> message,
                Parallel& parallel) {
  const block::AesKey roots(root_seed);
  for_trees(layout, parallel, [&](std::uint64_t tree, std::span<Block> nodes) {
    Block root;
    block::aes_stream(roots, {&root, 1}, tree);
    std::vector<Block> parts(std::size_t{2} * layout.depth + 1);
    grow_tree(keys.trees.of(tree), layout, root, nodes, parts);
    crypto::wipe(block::mutable_bytes_of({&root, 1}));
    for (unsigned level = 1; level <= layout.depth; ++level) {
      // The receiver holds v = q + u·Δ and said d = u + child that it may know: the pad of child b is
      // H(q + (b + d)·Δ).
      const std::uint64_t row = tree * layout.depth + level - 1;
      const std::uint64_t d = (choices[row / 8] >> (row % 8)) & 1;
      std::array<Block, 2> pads = {rows[row] ^ (delta & block::mask_of(d)),
                                   rows[row] ^ (delta & block::mask_of(1 ^ d))};
      for (Block& pad : pads) keys.choices.tccr({&pad, 1}, {&pad, 1}, row);
      parts[std::size_t{2} * (level - 1)] ^= pads[0];
      parts[std::size_t{2} * (level - 1) + 1] ^= pads[1];
      crypto::wipe(block::mutable_bytes_of(pads));
    }
    parts.back() ^= values[tree];
    std::ranges::copy(block::bytes_of(parts),
                      message.begin() + static_cast<std::ptrdiff_t>(tree * layout.tree_bytes()));
    const std::uint64_t first = tree * layout.domain;
    const std::uint64_t in_out = std::clamp(layout.count, first, first + layout.domain) - first;
    std::copy_n(nodes.data(), in_out, out.data() + first);
    if (in_out < layout.domain)
      std::copy(nodes.data() + in_out, nodes.data() + layout.domain,
                folded.data() + (first + in_out - layout.count));
  });
}

Block weigh(const Layout& layout, Block challenge, std::span<const Block> out, std::span<const Block> folded,
            Parallel& parallel) {
  constexpr std::uint64_t piece = 65536;
  const block::AesKey key(challenge);
  const std::uint64_t out_tasks = (layout.count + piece - 1) / piece;
  const std::uint64_t tasks = out_tasks + (layout.folded + piece - 1) / piece;
  std::vector<Block> sums(tasks);
  parallel.run(tasks, [&](std::size_t task) {
    const bool in_out = task < out_tasks;
    const std::uint64_t begin = (in_out ? task : task - out_tasks) * piece;
    const std::span<const Block> whole = in_out ? out : folded;
    const std::span<const Block> now = whole.subspan(begin, std::min(piece, whole.size() - begin));
    sums[task] = weighted_sum(key, (in_out ? 0 : layout.count) + begin, now).sum;
  });
  return block::sum(sums);
}

NoiseSums take_trees(const Layout& layout, const PublicKeys& keys, Block challenge,
                     std::span<const std::uint64_t> where, std::span<const Block> rows,
                     std::span<const Block> y, std::span<const Block> w, BytesView message,
                     std::span<Block> a, std::span<Block> c, std::span<Block> folded, Parallel& parallel) {
  const block::AesKey key(challenge);
  std::vector<NoiseSums> sums((layout.noise + task_trees - 1) / task_trees);
  for_trees(layout, parallel, [&](std::uint64_t tree, std::span<Block> nodes) {
    std::vector<Block> parts(std::size_t{2} * layout.depth + 1);
    std::ranges::copy(message.subspan(tree * layout.tree_bytes(), layout.tree_bytes()),
                      block::mutable_bytes_of(parts).begin());
    std::vector<Block> pads(layout.depth);
    const std::uint64_t first_row = tree * layout.depth;
    keys.choices.tccr(pads, rows.subspan(first_row, layout.depth), first_row);
    puncture_tree(keys.trees.of(tree), layout, where[tree], pads, parts, parts.back() ^ w[tree], nodes);
    crypto::wipe(block::mutable_bytes_of(pads));
    const std::uint64_t first = tree * layout.domain;
    const WeightedSum weighted = weighted_sum(key, first, nodes.first(layout.domain), where[tree]);
    NoiseSums& mine = sums[task_of(tree)];
    mine.image ^= weighted.sum;
    mine.noise ^= block::mul(weighted.selected, y[tree]);

    const std::uint64_t in_out = std::clamp(layout.count, first, first + layout.domain) - first;
    std::copy_n(nodes.data(), in_out, c.data() + first);
    std::fill_n(a.data() + first, in_out, Block{});
    add_at(a.subspan(std::min(first, layout.count), in_out), where[tree], y[tree]);
    if (in_out == layout.domain) return;
    // Both vectors in turn: the noise goes to even places.
    const std::span<Block> turn =
        folded.subspan(2 * (first + in_out - layout.count), 2 * (layout.domain - in_out));
    for (std::uint64_t i = in_out; i < layout.domain; ++i) {
      turn[2 * (i - in_out)] = {};
      turn[2 * (i - in_out) + 1] = nodes[i];
    }
    add_at(turn, 2 * (where[tree] - in_out), y[tree]);
  });
  NoiseSums out;
  for (const NoiseSums& some : sums) {
    out.noise ^= some.noise;
    out.image ^= some.image;
  }
  return out;
}

}  // namespace parley::vole
