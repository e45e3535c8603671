#include "group/batch.hpp"

#include "base/assert.hpp"
#include "group/stages.hpp"

namespace parley::group {
namespace {

using Of = DigitBlocks::Of;

Result<void> multiply_encodings(std::span<const EncodedPoint> encodings, const DigitBlocks& digits,
                                std::span<EncodedPoint> out, Parallel& parallel, Isa isa) {
  PARLEY_ASSERT(encodings.size() == out.size());
  const Kernels& k = kernels(isa);
  FirstRefused refused(encodings.size());
  for_tasks(encodings.size(), parallel, [&](const Task& task) {
    BlockVector points(task.blocks());
    decode_task(k, task, encodings, points.data(), refused);
    multiply_task(k, task, digits, points.data());
    encode_doubles_task(k, task, points.data(), out);
  });
  return refused.result();
}

void hash_and_multiply(std::span<const BytesView> messages, std::string_view dst, const DigitBlocks& digits,
                       std::span<EncodedPoint> out, Parallel& parallel, Isa isa) {
  PARLEY_ASSERT(messages.size() == out.size());
  const Kernels& k = kernels(isa);
  for_tasks(messages.size(), parallel, [&](const Task& task) {
    BlockVector points(task.blocks());
    hash_task(k, task, messages, dst, points.data());
    multiply_task(k, task, digits, points.data());
    encode_doubles_task(k, task, points.data(), out);
  });
}

}  // namespace

Result<void> multiply_batch(std::span<const EncodedPoint> encodings, const Scalar& scalar,
                            std::span<EncodedPoint> out, Parallel& parallel, Isa isa) {
  return multiply_encodings(encodings, DigitBlocks(scalar, Of::half), out, parallel, isa);
}

Result<void> multiply_each_batch(std::span<const EncodedPoint> encodings, std::span<const Scalar> scalars,
                                 std::span<EncodedPoint> out, Parallel& parallel, Isa isa) {
  PARLEY_ASSERT(encodings.size() == scalars.size());
  return multiply_encodings(encodings, DigitBlocks(scalars, Of::half), out, parallel, isa);
}

void hash_and_multiply_batch(std::span<const BytesView> messages, std::string_view dst, const Scalar& scalar,
                             std::span<EncodedPoint> out, Parallel& parallel, Isa isa) {
  hash_and_multiply(messages, dst, DigitBlocks(scalar, Of::half), out, parallel, isa);
}

void hash_and_multiply_each_batch(std::span<const BytesView> messages, std::string_view dst,
                                  std::span<const Scalar> scalars, std::span<EncodedPoint> out,
                                  Parallel& parallel, Isa isa) {
  PARLEY_ASSERT(messages.size() == scalars.size());
  hash_and_multiply(messages, dst, DigitBlocks(scalars, Of::half), out, parallel, isa);
}

void hash_to_group_batch(std::span<const BytesView> messages, std::string_view dst,
                         std::span<EncodedPoint> out, Parallel& parallel, Isa isa) {
  PARLEY_ASSERT(messages.size() == out.size());
  const Kernels& k = kernels(isa);
  for_tasks(messages.size(), parallel, [&](const Task& task) {
    BlockVector points(task.blocks());
    hash_task(k, task, messages, dst, points.data());
    encode_task(k, task, points.data(), out);
  });
}

void multiply_base_batch(std::span<const Scalar> scalars, std::span<EncodedPoint> out, Parallel& parallel,
                         Isa isa) {
  PARLEY_ASSERT(scalars.size() == out.size());
  const Kernels& k = kernels(isa);
  const DigitBlocks digits(scalars, Of::half);
  for_tasks(scalars.size(), parallel, [&](const Task& task) {
    BlockVector points(task.blocks());
    multiply_base_task(k, task, digits, points.data());
    encode_doubles_task(k, task, points.data(), out);
  });
}

Result<EncodedPoint> linear_combination(std::span<const EncodedPoint> encodings,
                                        std::span<const ByteArray<32>> weights, Parallel& parallel, Isa isa) {
  PARLEY_ASSERT(encodings.size() == weights.size());
  const Kernels& k = kernels(isa);
  const DigitBlocks digits(weights);
  FirstRefused refused(encodings.size());
  Points parts(block_points * task_count(encodings.size(), parallel));
  for_tasks(encodings.size(), parallel, [&](const Task& task) {
    BlockVector points(task.blocks());
    decode_task(k, task, encodings, points.data(), refused);
    combine_task(k, task, digits, points.data(), parts.mutable_blocks()[task.index]);
  });
  PARLEY_CHECK(refused.result());
  EncodedPoint out;
  SerialParallel here;
  encode(sum(parts, isa), std::span(&out, 1), here, isa);
  return out;
}

}  // namespace parley::group
