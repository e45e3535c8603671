#pragma once

#include <algorithm>
#include <cstddef>

#include "base/parallel.hpp"
#include "group/kernels.hpp"

namespace parley::group {

/// `count` points from `first` on: the work of one task. `first` is a multiple of eight.
struct Task {
  std::size_t index;
  std::size_t first;
  std::size_t count;
  std::size_t blocks() const { return (count + block_points - 1) / block_points; }
  std::size_t first_block() const { return first / block_points; }
};

/// Points are cut into tasks of whole blocks: few enough for every core to have some, at most `kernel_blocks`
/// blocks, and at least two, which the fastest implementation takes together.
inline std::size_t points_per_task(std::size_t points, const Parallel& parallel) {
  const std::size_t blocks = (points + block_points - 1) / block_points;
  const std::size_t share = (blocks + parallel.width() - 1) / parallel.width();
  return block_points * std::clamp<std::size_t>(share, 2, kernel_blocks);
}
inline std::size_t task_count(std::size_t points, const Parallel& parallel) {
  const std::size_t per_task = points_per_task(points, parallel);
  return (points + per_task - 1) / per_task;
}

template <class F>
void for_tasks(std::size_t points, Parallel& parallel, const F& run) {
  const std::size_t per_task = points_per_task(points, parallel);
  parallel.run(task_count(points, parallel), [&](std::size_t task) {
    const std::size_t first = task * per_task;
    run(Task{task, first, std::min(per_task, points - first)});
  });
}

}  // namespace parley::group
