#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <type_traits>
#include <utility>

#include "base/result.hpp"

namespace boost::asio {
class io_context;
}

namespace parley::net {

/// The two threads of a node. Everything that touches the node (its store, ledger, keys, machines, commands)
/// runs on the *node thread*, one task after another, so that nothing below `net` needs a lock; sockets and
/// timers live on the *IO thread*, which never touches the node. A bounded queue lies between them.
///
/// A task should last 100 ms at most: longer work is cut into steps that post themselves again.
///
/// Thread rule: every member may be called from any thread unless it says otherwise.
class NodeLoop {
 public:
  using Task = std::move_only_function<void()>;
  struct Limits {
    /// Tasks waiting for the node thread. Connections and commands hold one each, so it is reached only
    /// when something floods the node.
    std::size_t queued_tasks = 4096;
  };

  explicit NodeLoop(Limits limits);
  NodeLoop() : NodeLoop(Limits()) {}
  /// Stops first. Servers that use the loop must be gone or shut down before.
  ~NodeLoop();
  NodeLoop(const NodeLoop&) = delete;
  NodeLoop& operator=(const NodeLoop&) = delete;

  /// Queues a task for the node thread. False when the queue is full or the loop has stopped; the task is
  /// then destroyed unrun.
  bool post(Task task);

  /// Runs `work` (which returns a Result) on the node thread and waits for it. Called on the node thread
  /// itself it runs at once. Not for the IO thread, which must not wait.
  template <class F>
  auto run(F work) -> std::invoke_result_t<F&> {
    using R = std::invoke_result_t<F&>;
    if (on_node_thread()) return work();
    auto promise = std::make_shared<std::promise<R>>();
    std::future<R> answer = promise->get_future();
    const bool queued = post([promise, work = std::move(work)]() mutable { promise->set_value(work()); });
    if (!queued) return fail(ErrorKind::conflict, "the node is too busy or shutting down; try again");
    return answer.get();
  }

  /// From now on `hook` runs on the node thread behind every task, before the next one: for what must follow
  /// from whatever a task has changed. In place of an earlier one.
  void after_each_task(std::function<void()> hook);

  /// How long all tasks took that have ended; on the node thread. Whoever has work that can wait sees from it
  /// whether others are waiting.
  std::chrono::steady_clock::duration busy() const;

  /// Whether the IO thread has been at work for more than half of the last few milliseconds; on the IO
  /// thread.
  bool is_io_busy();

  bool on_node_thread() const;
  bool on_io_thread() const;

  /// Runs what is queued, then ends both threads and refuses further tasks. Idempotent; not callable on
  /// the two threads themselves.
  void stop();
  bool stopped() const;

  /// For the sources of `net` alone.
  boost::asio::io_context& io();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Blocks until SIGINT or SIGTERM arrives, and returns its number. A second signal after that ends the
/// process the default way, so that an operator is never locked out by a slow shutdown. `ready` is called
/// once signals are waited for: what a parent process may take as "it can be stopped in order from now on".
int wait_for_shutdown_signal(NodeLoop& loop, const std::function<void()>& ready = {});

}  // namespace parley::net
