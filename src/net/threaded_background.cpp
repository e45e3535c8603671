#include "net/threaded_background.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/assert.hpp"

namespace parley::net {

struct ThreadedBackground::State {
  std::mutex mutex;
  std::condition_variable changed;
  std::function<void()> work;  // until it has ended
  bool stopping = false;
  std::thread thread;

  void run() {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [&] { return stopping || work; });
      if (!work) return;
      lock.unlock();
      work();
      lock.lock();
      work = nullptr;
      changed.notify_all();
    }
  }
};

ThreadedBackground::ThreadedBackground() : state_(std::make_unique<State>()) {}

ThreadedBackground::~ThreadedBackground() {
  {
    std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->changed.notify_all();
  if (state_->thread.joinable()) state_->thread.join();
}

void ThreadedBackground::begin(std::function<void()> work) {
  std::lock_guard lock(state_->mutex);
  PARLEY_ASSERT(!state_->work && work);
  state_->work = std::move(work);
  if (!state_->thread.joinable()) state_->thread = std::thread([state = state_.get()] { state->run(); });
  state_->changed.notify_all();
}

bool ThreadedBackground::is_idle() {
  std::lock_guard lock(state_->mutex);
  return !state_->work;
}

void ThreadedBackground::wait() {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [&] { return !state_->work; });
}

}  // namespace parley::net
