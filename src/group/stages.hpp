#pragma once

#include <atomic>
#include <span>
#include <string_view>

#include "group/digits.hpp"
#include "group/kernels.hpp"
#include "group/points.hpp"
#include "group/tasks.hpp"

namespace parley::group {

/// The steps of a task, on its own blocks. What the batch functions string together.

/// The smallest index that any task refused.
class FirstRefused {
 public:
  explicit FirstRefused(std::size_t count) : first_(count), count_(count) {}
  void refuse(std::size_t index);
  /// Bad input that names the index, if there is one.
  Result<void> result() const;

 private:
  std::atomic<std::size_t> first_;
  std::size_t count_;
};

void decode_task(const Kernels& kernels, const Task& task, std::span<const EncodedPoint> encodings,
                 PointBlock* out, FirstRefused& refused);
void hash_task(const Kernels& kernels, const Task& task, std::span<const BytesView> messages,
               std::string_view dst, PointBlock* out);
void map_task(const Kernels& kernels, const Task& task, std::span<const ByteArray<64>> uniform,
              PointBlock* out);
void multiply_task(const Kernels& kernels, const Task& task, const DigitBlocks& digits, PointBlock* points);
/// The sum over the task, eight parts of it side by side.
void combine_task(const Kernels& kernels, const Task& task, const DigitBlocks& digits,
                  const PointBlock* points, PointBlock& out);
void multiply_base_task(const Kernels& kernels, const Task& task, const DigitBlocks& digits, PointBlock* out);
void encode_task(const Kernels& kernels, const Task& task, const PointBlock* points,
                 std::span<EncodedPoint> out);
void encode_doubles_task(const Kernels& kernels, const Task& task, const PointBlock* points,
                         std::span<EncodedPoint> out);

}  // namespace parley::group
