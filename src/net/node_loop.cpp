#include "net/node_loop.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <thread>

#include "base/assert.hpp"
#include "net/wait_gauge.hpp"

namespace parley::net {

namespace asio = boost::asio;

struct NodeLoop::State {
  explicit State(Limits l) : limits(l), keep_io(io.get_executor()) {}

  Limits limits;
  // One thread runs it: Asio may leave out its locks' contention, and handlers never overlap.
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> keep_io;

  std::mutex mutex;
  std::condition_variable wake;
  std::deque<Task> queue;
  bool stopping = false;

  std::mutex stop_once;
  std::thread io_thread;
  std::thread node_thread;
  std::thread::id io_id, node_id;

  // On the node thread:
  std::function<void()> after_task;
  std::chrono::steady_clock::duration busy{};

  // On the IO thread:
  WaitGauge io_waits{std::chrono::steady_clock::now()};

  void run_io() {
    while (!io.stopped()) {
      if (io.poll() > 0) continue;
      io_waits.begin_waiting(std::chrono::steady_clock::now());
      io.run_one();  // the first handler counts as waiting unless it asks
      io_waits.end_waiting(std::chrono::steady_clock::now());
    }
  }

  void run_node() {
    std::unique_lock lock(mutex);
    while (true) {
      wake.wait(lock, [&] { return stopping || !queue.empty(); });
      if (queue.empty()) return;
      Task task = std::move(queue.front());
      queue.pop_front();
      lock.unlock();
      const auto begin = std::chrono::steady_clock::now();
      task();
      task = nullptr;
      if (after_task) after_task();
      busy += std::chrono::steady_clock::now() - begin;
      lock.lock();
    }
  }
};

NodeLoop::NodeLoop(Limits limits) : state_(std::make_unique<State>(limits)) {
  // Signals go to whoever waits for them, never into the middle of a step: both threads block them.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  state_->io_thread = std::thread([state = state_.get()] { state->run_io(); });
  state_->node_thread = std::thread([state = state_.get()] { state->run_node(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  state_->io_id = state_->io_thread.get_id();
  state_->node_id = state_->node_thread.get_id();
}

NodeLoop::~NodeLoop() {
  stop();
}

bool NodeLoop::post(Task task) {
  std::lock_guard lock(state_->mutex);
  if (state_->stopping || state_->queue.size() >= state_->limits.queued_tasks) return false;
  state_->queue.push_back(std::move(task));
  state_->wake.notify_one();
  return true;
}

void NodeLoop::after_each_task(std::function<void()> hook) {
  // Refused only when nothing runs any more.
  post([state = state_.get(), hook = std::move(hook)]() mutable { state->after_task = std::move(hook); });
}

std::chrono::steady_clock::duration NodeLoop::busy() const {
  PARLEY_ASSERT(on_node_thread());
  return state_->busy;
}

bool NodeLoop::is_io_busy() {
  PARLEY_ASSERT(on_io_thread());
  return state_->io_waits.is_busy(std::chrono::steady_clock::now());
}

bool NodeLoop::on_node_thread() const {
  return std::this_thread::get_id() == state_->node_id;
}

bool NodeLoop::on_io_thread() const {
  return std::this_thread::get_id() == state_->io_id;
}

void NodeLoop::stop() {
  PARLEY_ASSERT(!on_node_thread() && !on_io_thread());
  std::lock_guard once(state_->stop_once);
  if (!state_->node_thread.joinable()) return;
  {
    std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->wake.notify_all();
  state_->node_thread.join();
  // The node thread has answered all its calls; the answers wait on the IO thread, which runs until it has
  // nothing left (connections whose servers were not shut down are cut off).
  state_->keep_io.reset();
  state_->io.stop();
  state_->io_thread.join();
}

bool NodeLoop::stopped() const {
  std::lock_guard lock(state_->mutex);
  return state_->stopping;
}

asio::io_context& NodeLoop::io() {
  return state_->io;
}

int wait_for_shutdown_signal(NodeLoop& loop, const std::function<void()>& ready) {
  asio::signal_set signals(loop.io(), SIGINT, SIGTERM);
  std::promise<int> arrived;
  signals.async_wait([&](const boost::system::error_code& error, int number) {
    // Restored here: from now on the system's own treatment applies.
    boost::system::error_code ignored;
    signals.clear(ignored);
    arrived.set_value(error ? 0 : number);
  });
  if (ready) ready();
  return arrived.get_future().get();
}

}  // namespace parley::net
