#pragma once

// One thread for work on the bytes of answers. For the sources of `net` alone.

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>

#include "net/asio.hpp"
#include "net/http_message.hpp"

namespace parley::net {

/// Finishes answers (`Response::aside`) on a thread of its own, one after another, so that neither the node
/// nor other connections wait for it. The thread starts with the first. On the IO thread unless it says
/// otherwise.
class Worker {
 public:
  /// `max_waiting`: bytes of answers that wait for their turn or are being finished.
  Worker(NodeLoop& loop, std::size_t max_waiting);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Whether one more may wait; a single one always may.
  bool has_room(std::size_t bytes) const { return waiting_ == 0 || waiting_ + bytes <= max_waiting_; }

  /// The answer, finished; as it is when this has stopped.
  awaitable<Response> finish(Response answer) {
    auto initiate = [](auto handler, Worker* on, Response work) {
      // The handler owns the coroutine's frame, so it is run and destroyed on the IO thread.
      using Handler = decltype(handler);
      struct Call {
        Handler handler;
        Response answer;
        std::size_t bytes;
      };
      const std::size_t bytes = size_of(work);
      auto call = std::make_unique<Call>(std::move(handler), std::move(work), bytes);
      on->waiting_ += bytes;
      auto* raw = call.release();
      on->post([raw, on](bool is_wanted) {
        const auto aside = std::exchange(raw->answer.aside, nullptr);
        if (is_wanted) (*aside)(raw->answer);
        asio::post(on->loop_.io(), [on, done = std::unique_ptr<Call>(raw)]() mutable {
          on->waiting_ -= done->bytes;
          Handler resume = std::move(done->handler);
          Response finished = std::move(done->answer);
          done.reset();
          std::move(resume)(std::move(finished));
        });
      });
    };
    return asio::async_initiate<const asio::use_awaitable_t<>, void(Response)>(initiate, asio::use_awaitable,
                                                                               this, std::move(answer));
  }

  /// Ends the thread; what waits is handed back as it is. Idempotent; any thread but the IO thread.
  void stop();

  static std::size_t size_of(const Response& answer) {
    return answer.body.size() + (answer.page ? answer.page->size() : 0);
  }

 private:
  using Task = std::move_only_function<void(bool is_wanted)>;
  void post(Task task);

  struct Thread;
  NodeLoop& loop_;
  const std::size_t max_waiting_;
  std::size_t waiting_ = 0;
  std::mutex mutex_;
  std::unique_ptr<Thread> thread_;
  bool stopped_ = false;
};

}  // namespace parley::net
