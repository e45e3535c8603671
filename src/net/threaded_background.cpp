#include "net/threaded_background.hpp"

#include <signal.h>

#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

#include "base/assert.hpp"

namespace parley::net {

struct ThreadedBackground::State {
  std::mutex mutex;
  std::condition_variable changed;
  std::function<void()> work;  // until it has ended
  bool stopping = false;
  std::thread thread;

  /// False when the system has no thread for it.
  bool start() {
    if (thread.joinable()) return true;
    // Signals go to whoever waits for them.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    bool has_started = true;
    try {
      thread = std::thread([this] { run(); });
    } catch (const std::system_error&) {
      has_started = false;
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return has_started;
  }

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
  if (!state_->start()) return work();
  state_->work = std::move(work);
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
