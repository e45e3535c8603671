#include "group/points.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "group/stages.hpp"

namespace parley::group {
namespace {

using Of = DigitBlocks::Of;

Points multiply_by(const Points& points, const DigitBlocks& digits, Parallel& parallel, Isa isa) {
  const Kernels& k = kernels(isa);
  Points out(points.size());
  for_tasks(points.size(), parallel, [&](const Task& task) {
    const auto from = points.blocks().subspan(task.first_block(), task.blocks());
    PointBlock* to = out.mutable_blocks().data() + task.first_block();
    std::ranges::copy(from, to);
    multiply_task(k, task, digits, to);
  });
  return out;
}

void multiply_by_and_encode(const Points& points, const DigitBlocks& digits, std::span<EncodedPoint> out,
                            Parallel& parallel, Isa isa) {
  const Kernels& k = kernels(isa);
  PARLEY_ASSERT(points.size() == out.size());
  for_tasks(points.size(), parallel, [&](const Task& task) {
    BlockVector own(task.blocks());
    std::ranges::copy(points.blocks().subspan(task.first_block(), task.blocks()), own.data());
    multiply_task(k, task, digits, own.data());
    encode_doubles_task(k, task, own.data(), out);
  });
}

// The identity (0 : 1 : 1 : 0) in the lanes from `lane` on.
void put_identities(PointBlock& block, std::size_t lane) {
  for (; lane < block_points; ++lane)
    for (std::size_t c = 0; c < 4; ++c)
      for (std::size_t w = 0; w < 4; ++w) block.words[c][w][lane] = w == 0 && (c == 1 || c == 2) ? 1 : 0;
}

}  // namespace

Points::Points(std::size_t size) : blocks_((size + block_points - 1) / block_points), size_(size) {}

Result<Points> decode(std::span<const EncodedPoint> encodings, Parallel& parallel, Isa isa) {
  const Kernels& k = kernels(isa);
  Points out(encodings.size());
  FirstRefused refused(encodings.size());
  for_tasks(encodings.size(), parallel, [&](const Task& task) {
    decode_task(k, task, encodings, out.mutable_blocks().data() + task.first_block(), refused);
  });
  PARLEY_CHECK(refused.result());
  return out;
}

void encode(const Points& points, std::span<EncodedPoint> out, Parallel& parallel, Isa isa) {
  const Kernels& k = kernels(isa);
  PARLEY_ASSERT(points.size() == out.size());
  for_tasks(points.size(), parallel, [&](const Task& task) {
    encode_task(k, task, points.blocks().data() + task.first_block(), out);
  });
}

Points from_uniform(std::span<const ByteArray<64>> uniform, Parallel& parallel, Isa isa) {
  const Kernels& k = kernels(isa);
  Points out(uniform.size());
  for_tasks(uniform.size(), parallel, [&](const Task& task) {
    map_task(k, task, uniform, out.mutable_blocks().data() + task.first_block());
  });
  return out;
}

Points hash_to_group(std::span<const BytesView> messages, std::string_view dst, Parallel& parallel, Isa isa) {
  const Kernels& k = kernels(isa);
  Points out(messages.size());
  for_tasks(messages.size(), parallel, [&](const Task& task) {
    hash_task(k, task, messages, dst, out.mutable_blocks().data() + task.first_block());
  });
  return out;
}

Points multiply(const Points& points, const Scalar& scalar, Parallel& parallel, Isa isa) {
  return multiply_by(points, DigitBlocks(scalar, Of::whole), parallel, isa);
}

Points multiply_each(const Points& points, std::span<const Scalar> scalars, Parallel& parallel, Isa isa) {
  PARLEY_ASSERT(points.size() == scalars.size());
  return multiply_by(points, DigitBlocks(scalars, Of::whole), parallel, isa);
}

Points multiply_base(std::span<const Scalar> scalars, Parallel& parallel, Isa isa) {
  const Kernels& k = kernels(isa);
  const DigitBlocks digits(scalars, Of::whole);
  Points out(scalars.size());
  for_tasks(scalars.size(), parallel, [&](const Task& task) {
    multiply_base_task(k, task, digits, out.mutable_blocks().data() + task.first_block());
  });
  return out;
}

Points add(const Points& a, const Points& b, Parallel& parallel, Isa isa) {
  const Kernels& k = kernels(isa);
  PARLEY_ASSERT(a.size() == b.size());
  Points out(a.size());
  for_tasks(a.size(), parallel, [&](const Task& task) {
    const std::size_t at = task.first_block();
    k.add(a.blocks().data() + at, b.blocks().data() + at, out.mutable_blocks().data() + at, task.blocks());
  });
  return out;
}

Points sum(const Points& points, Isa isa) {
  const Kernels& k = kernels(isa);
  // Eight sums side by side, then the lanes together.
  Points all(1);
  PointBlock& total = all.mutable_blocks()[0];
  put_identities(total, 0);
  for (std::size_t b = 0; b < points.blocks().size(); ++b) {
    PointBlock block = points.blocks()[b];
    put_identities(block, std::min(block_points, points.size() - b * block_points));
    k.add(&total, &block, &total, 1);
  }
  for (std::size_t width = block_points / 2; width > 0; width /= 2) {
    PointBlock moved = total;
    for (auto& coordinate : moved.words)
      for (auto& word : coordinate)
        for (std::size_t lane = 0; lane < width; ++lane) word[lane] = word[lane + width];
    k.add(&total, &moved, &total, 1);
  }
  return all;
}

void multiply_and_encode(const Points& points, const Scalar& scalar, std::span<EncodedPoint> out,
                         Parallel& parallel, Isa isa) {
  multiply_by_and_encode(points, DigitBlocks(scalar, Of::half), out, parallel, isa);
}

void multiply_each_and_encode(const Points& points, std::span<const Scalar> scalars,
                              std::span<EncodedPoint> out, Parallel& parallel, Isa isa) {
  PARLEY_ASSERT(points.size() == scalars.size());
  multiply_by_and_encode(points, DigitBlocks(scalars, Of::half), out, parallel, isa);
}

}  // namespace parley::group
