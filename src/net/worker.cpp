#include "net/worker.hpp"

#include <condition_variable>
#include <deque>
#include <thread>
#include <utility>

namespace parley::net {

struct Worker::Thread {
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<Task> queue;
  bool stopping = false;
  std::thread thread{[this] { run(); }};  // last: it uses the others

  void run() {
    std::unique_lock lock(mutex);
    while (true) {
      wake.wait(lock, [&] { return stopping || !queue.empty(); });
      if (queue.empty()) return;
      Task task = std::move(queue.front());
      queue.pop_front();
      const bool is_wanted = !stopping;
      lock.unlock();
      task(is_wanted);
      task = nullptr;
      lock.lock();
    }
  }
};

Worker::Worker(NodeLoop& loop, std::size_t max_waiting) : loop_(loop), max_waiting_(max_waiting) {}

Worker::~Worker() {
  stop();
}

void Worker::post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopped_) {
      // The IO thread starts it, and blocks all signals: so does this one.
      if (!thread_) thread_ = std::make_unique<Thread>();
      const std::lock_guard queue_lock(thread_->mutex);
      thread_->queue.push_back(std::move(task));
      thread_->wake.notify_one();
      return;
    }
  }
  task(false);
}

void Worker::stop() {
  std::unique_ptr<Thread> thread;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    thread = std::move(thread_);
  }
  if (!thread) return;
  {
    const std::lock_guard lock(thread->mutex);
    thread->stopping = true;
  }
  thread->wake.notify_all();
  thread->thread.join();
}

}  // namespace parley::net
