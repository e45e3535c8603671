#pragma once

#include <chrono>
#include <memory>
#include <utility>

#include "net/later.hpp"
#include "service.hpp"

namespace parley::app {

/// Ends a job when whoever asked for it has gone. Lives as long as the job's `done`.
template <class Job>
struct Leash {
  Leash(net::NodeLoop& loop, std::shared_ptr<Job> held, Service::Reply asked)
      : timer(loop), job(std::move(held)), reply(std::move(asked)) {}
  net::Later timer;
  std::shared_ptr<Job> job;
  Service::Reply reply;

  void drop() {
    timer.forget();
    job.reset();
  }

  static std::shared_ptr<Leash> put(net::NodeLoop& loop, std::shared_ptr<Job> job,
                                    const Service::Reply& reply) {
    auto leash = std::make_shared<Leash>(loop, std::move(job), reply);
    watch(leash);
    return leash;
  }

 private:
  static constexpr std::chrono::milliseconds look_every{250};

  static void watch(const std::shared_ptr<Leash>& leash) {
    leash->timer.set(look_every, [weak = std::weak_ptr(leash)] {
      const auto alive = weak.lock();
      if (!alive || !alive->job) return;
      if (alive->reply->cancelled()) return alive->job->cancel("the command was given up");
      watch(alive);
    });
  }
};

/// What is not there, there or here, is named wrongly. To the command line `not_found` means that no node
/// listens, so that it would run the command once more by itself.
inline Error named_wrongly(Error error) {
  if (error.kind == ErrorKind::not_found) error.kind = ErrorKind::usage;
  return error;
}

}  // namespace parley::app
