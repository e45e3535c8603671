#include "net/later.hpp"

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace parley::net {

namespace asio = boost::asio;

// The timer lives on the IO thread, the task on the node thread; `turn` tells a wait that still counts.
struct Later::State {
  explicit State(NodeLoop& l) : loop(l), timer(l.io()) {}
  NodeLoop& loop;
  asio::steady_timer timer;
  std::atomic<std::uint64_t> turn = 0;
  NodeLoop::Task task;
};

Later::Later(NodeLoop& loop) : state_(std::make_shared<State>(loop)) {}

Later::~Later() {
  forget();
}

void Later::set(std::chrono::milliseconds wait, NodeLoop::Task task) {
  state_->task = std::move(task);
  const std::uint64_t now = ++state_->turn;
  asio::post(state_->loop.io(), [state = state_, wait, now] {
    state->timer.expires_after(wait);
    state->timer.async_wait([state, now](const boost::system::error_code& error) {
      if (error || state->turn != now) return;
      // Refused only when the loop is flooded or stopping; whoever waits is then gone or asks again.
      state->loop.post([state, now] {
        if (state->turn != now) return;
        NodeLoop::Task due = std::move(state->task);
        state->task = nullptr;
        due();
      });
    });
  });
}

void Later::forget() {
  ++state_->turn;
  state_->task = nullptr;
  if (state_->loop.stopped()) return;
  asio::post(state_->loop.io(), [state = state_] { state->timer.cancel(); });
}

}  // namespace parley::net
