#include "net/peer_calls.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <future>

#include "base/assert.hpp"
#include "net/peer_calls_state.hpp"

namespace parley::net {

namespace {

using State = PeerCalls::State;

awaitable<void> wait_until_none(std::shared_ptr<State> state, Deadline deadline) {
  bool waiting = !state->open.empty();
  while (waiting) {
    const bool notified = co_await state->ended.wait_until(deadline);
    waiting = !state->open.empty() && notified;
  }
}

awaitable<void> wind_down(std::shared_ptr<State> state, std::chrono::milliseconds grace,
                          std::shared_ptr<std::promise<void>> finished) {
  state->closing = true;
  const Deadline grace_end = after(grace);
  co_await wait_until_none(state, grace_end);
  std::chrono::milliseconds abort_time{0};
  for (const State::Call& call : std::list(state->open)) {
    call.link->interrupt({ErrorKind::peer, "the node is shutting down", {}, {}});
    if (!call.talking) call.link->cut();
    abort_time = std::max(abort_time, 2 * call.link->limits().close);
  }
  const Deadline abort_end = after(abort_time);
  co_await wait_until_none(state, abort_end);
  for (const State::Call& call : std::list(state->open)) call.link->cut();
  co_await wait_until_none(state, Deadline::max());
  finished->set_value();
}

}  // namespace

PeerCalls::PeerCalls(NodeLoop& loop) : state_(std::make_shared<State>(loop)) {}

PeerCalls::~PeerCalls() {
  shutdown(std::chrono::milliseconds(0));
}

void PeerCalls::shutdown(std::chrono::milliseconds grace) {
  NodeLoop& loop = state_->loop;
  std::lock_guard once(state_->shutdown_once);
  if (state_->shut_down || loop.stopped()) return;
  PARLEY_ASSERT(!loop.on_node_thread() && !loop.on_io_thread());
  state_->shut_down = true;
  const auto finished = std::make_shared<std::promise<void>>();
  std::future<void> end = finished->get_future();
  asio::post(loop.io(), [state = state_, grace, finished] {
    asio::co_spawn(state->loop.io(), wind_down(state, grace, finished), asio::detached);
  });
  end.get();
}

}  // namespace parley::net
