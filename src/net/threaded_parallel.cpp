#include "net/threaded_parallel.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace parley::net {

struct ThreadedParallel::Pool {
  // What one `run` shares with the workers. It lives on the caller's stack: the caller leaves only when
  // `inside` is back to zero, and a worker enters only under the mutex while `batch` points to it.
  struct Batch {
    const std::function<void(std::size_t)>* task;
    std::size_t count;
    std::atomic<std::size_t> next{0};
    std::size_t inside = 0;

    void work() {
      for (std::size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) (*task)(i);
    }
  };

  std::size_t width;
  std::mutex one_run;
  std::mutex mutex;
  std::condition_variable wake, idle;
  Batch* batch = nullptr;
  bool stopping = false;
  std::vector<std::thread> threads;

  void worker() {
    std::unique_lock lock(mutex);
    while (true) {
      wake.wait(lock, [&] { return stopping || (batch && batch->next.load() < batch->count); });
      if (stopping) return;
      Batch& mine = *batch;
      ++mine.inside;
      lock.unlock();
      mine.work();
      lock.lock();
      if (--mine.inside == 0) idle.notify_all();
    }
  }
};

ThreadedParallel::ThreadedParallel(std::size_t width) : pool_(std::make_unique<Pool>()) {
  pool_->width = width ? width : std::max<std::size_t>(1, std::thread::hardware_concurrency());
}

ThreadedParallel::~ThreadedParallel() {
  {
    std::lock_guard lock(pool_->mutex);
    pool_->stopping = true;
  }
  pool_->wake.notify_all();
  for (std::thread& thread : pool_->threads) thread.join();
}

std::size_t ThreadedParallel::width() const {
  return pool_->width;
}

void ThreadedParallel::run(std::size_t count, const std::function<void(std::size_t)>& task) {
  if (count == 0) return;
  if (count == 1 || pool_->width == 1) {
    for (std::size_t i = 0; i < count; ++i) task(i);
    return;
  }
  std::lock_guard one(pool_->one_run);
  Pool::Batch batch{.task = &task, .count = count};
  {
    std::lock_guard lock(pool_->mutex);
    while (pool_->threads.size() + 1 < pool_->width)
      pool_->threads.emplace_back([pool = pool_.get()] { pool->worker(); });
    pool_->batch = &batch;
  }
  pool_->wake.notify_all();
  batch.work();
  std::unique_lock lock(pool_->mutex);
  pool_->batch = nullptr;
  pool_->idle.wait(lock, [&] { return batch.inside == 0; });
}

}  // namespace parley::net
