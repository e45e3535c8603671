#pragma once

#include <atomic>
#include <functional>
#include <random>
#include <thread>
#include <utility>

#include "base/background.hpp"

namespace parley::state_sqlite {

/// Does its work when the test says so, or whoever waits for it.
class StepBackground : public Background {
 public:
  void begin(std::function<void()> work) override {
    ++begun;
    work_ = std::move(work);
  }
  bool is_idle() override { return !work_; }
  void wait() override {
    if (!work_) return;
    ++waited;
    step();
  }
  void step() {
    if (const auto work = std::exchange(work_, nullptr)) work();
  }
  int begun = 0;
  int waited = 0;

 private:
  std::function<void()> work_;
};

/// Does it at a moment that chance chooses, of those at which it is given a turn.
class ChanceBackground final : public StepBackground {
 public:
  explicit ChanceBackground(std::uint64_t seed) : random_(seed) {}
  void turn() {
    if (random_() % 4 == 0) step();
  }
  bool is_idle() override {
    turn();
    return StepBackground::is_idle();
  }

 private:
  std::mt19937_64 random_;
};

/// A thread for each piece of work.
class ThreadBackground final : public Background {
 public:
  ~ThreadBackground() override { wait(); }
  void begin(std::function<void()> work) override {
    wait();
    is_idle_ = false;
    thread_ = std::thread([this, work = std::move(work)] {
      work();
      is_idle_ = true;
    });
  }
  bool is_idle() override { return is_idle_; }
  void wait() override {
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::atomic<bool> is_idle_ = true;
  std::thread thread_;
};

}  // namespace parley::state_sqlite
