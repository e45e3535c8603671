#include "turns.hpp"

#include <time.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "base/assert.hpp"

namespace parley::bench {
namespace {

double thread_cpu() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double clock_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Tasks one after another; `saved` is what several cores would not have needed.
class ModelledCores final : public Parallel {
 public:
  explicit ModelledCores(std::size_t width) : width_(width) {}
  std::size_t width() const override { return width_; }
  void run(std::size_t count, const std::function<void(std::size_t)>& task) override {
    std::vector<double> busy(width_);
    const double start = thread_cpu();
    double last = start;
    for (std::size_t i = 0; i < count; ++i) {
      task(i);
      const double now = thread_cpu();
      *std::ranges::min_element(busy) += now - last;
      last = now;
    }
    saved_ += (last - start) - *std::ranges::max_element(busy);
  }
  double take_saved() { return std::exchange(saved_, 0); }

 private:
  std::size_t width_;
  double saved_ = 0;
};

crypto::Secret<32> seed_of(std::uint8_t number) {
  crypto::Secret<32> out;
  out.mutable_view()[0] = number;
  return out;
}

}  // namespace

Turns take_turns(const match::Parameters& parameters, match::ItemSet receiver_set, match::ItemSet sender_set,
                 std::size_t threads, bool model, Parallel& cores) {
  struct Side {
    std::unique_ptr<match::Party> party;
    std::deque<match::Message> inbound;
    double seconds = 0;
    bool done = false;
  };
  ModelledCores modelled(threads);
  Parallel& parallel = model ? static_cast<Parallel&>(modelled) : cores;
  Side receiver;
  receiver.party = std::move(
      *match::make_party(match::Role::receiver, parameters, seed_of(1), std::move(receiver_set), parallel));
  Side sender;
  sender.party = std::move(
      *match::make_party(match::Role::sender, parameters, seed_of(2), std::move(sender_set), parallel));
  // Calls it until it waits for a message.
  const auto turn = [&](Side& own, Side& other, const std::function<Result<match::Step>()>& first) {
    std::function<Result<match::Step>()> call = first;
    while (true) {
      const double before = model ? thread_cpu() : clock_seconds();
      auto step = call();
      own.seconds += (model ? thread_cpu() : clock_seconds()) - before - modelled.take_saved();
      PARLEY_ASSERT(step);
      for (match::Message& message : step->send) other.inbound.push_back(std::move(message));
      own.done = step->done;
      if (!step->more) return;
      call = [&own] { return own.party->resume(); };
    }
  };
  turn(receiver, sender, [&] { return receiver.party->start(); });
  turn(sender, receiver, [&] { return sender.party->start(); });
  while (!receiver.done || !sender.done) {
    for (const auto& [own, other] : {std::pair{&sender, &receiver}, std::pair{&receiver, &sender}}) {
      if (own->inbound.empty()) continue;
      const match::Message message = std::move(own->inbound.front());
      own->inbound.pop_front();
      turn(*own, *other, [&] { return own->party->on_message(message.type, message.body); });
    }
  }
  return {receiver.seconds, sender.seconds, receiver.party->outcome() ? receiver.party->outcome()->size : 0};
}

}  // namespace parley::bench
