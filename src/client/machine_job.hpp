#pragma once

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "client/attempts.hpp"
#include "net/https_client.hpp"
#include "net/later.hpp"
#include "net/node_loop.hpp"

namespace parley::client {

/// What jobs have in common that ask somebody else's server as a machine wants it (`Pull`, `Push`,
/// `MispPull`): they carry its requests and its waits, work in turns that let the node go on with other work,
/// stay alive while they run, and end once. All on the node thread.
template <class Machine, class Outcome>
class MachineJob : public std::enable_shared_from_this<MachineJob<Machine, Outcome>> {
 public:
  using Report = std::remove_cvref_t<decltype(std::declval<const Machine&>().report())>;
  using Done = std::function<void(const Outcome&)>;
  virtual ~MachineJob() = default;
  MachineJob(const MachineJob&) = delete;
  MachineJob& operator=(const MachineJob&) = delete;

  /// Calls `done` once, never from within. `progress` may be empty.
  void run(std::function<void(const Report&)> progress, Done done) {
    progress_ = std::move(progress);
    done_ = std::move(done);
    itself_ = this->shared_from_this();
    later([this] { perform(machine_.start()); });
  }
  /// Ends it at its next step with an error; what was done stays.
  void cancel(std::string why) {
    if (!itself_) return;
    client_.reset();
    timer_.forget();
    later([this, why = std::move(why)]() mutable { finish(fail(ErrorKind::peer, std::move(why))); });
  }

 protected:
  using Effect = typename Machine::Effect;
  MachineJob(net::NodeLoop& loop, std::unique_ptr<net::HttpsClient> client, Machine machine)
      : machine_(std::move(machine)), loop_(loop), client_(std::move(client)), timer_(loop) {}

  /// Any effect but a request or a wait; goes on with `perform`, or ends with `finish`.
  virtual void act(Effect effect) = 0;
  /// What is told of an end like this one.
  virtual Outcome conclude(Result<void> outcome) = 0;

  void perform(Effect effect) {
    if (progress_) progress_(machine_.report());
    if (!itself_ || !client_) return;  // cancelled, perhaps just now
    if (auto* send = std::get_if<SendRequest>(&effect)) {
      client_->send(std::move(send->request),
                    [self = this->weak_from_this()](Result<net::HttpsAnswer> answer) {
                      if (const auto alive = self.lock())
                        alive->perform(alive->machine_.answered(std::move(answer)));
                    });
    } else if (const auto* wait = std::get_if<WaitFor>(&effect)) {
      timer_.set(wait->time, [self = this->weak_from_this()] {
        if (const auto alive = self.lock()) alive->perform(alive->machine_.waited());
      });
    } else {
      act(std::move(effect));
    }
  }

  /// Calls `part`, each time in a turn of its own, until it says that all is done, and then `next`.
  void in_turns(std::function<Result<bool>()> part, std::function<void()> next) {
    if (!itself_ || !client_) return;
    const Result<bool> done = part();
    if (!done) return finish(std::unexpected<Error>(done.error()));
    if (*done) return next();
    later([this, part = std::move(part), next = std::move(next)]() mutable {
      in_turns(std::move(part), std::move(next));
    });
  }

  void finish(Result<void> outcome) {
    const std::shared_ptr<MachineJob> alive = std::exchange(itself_, nullptr);
    if (!alive) return;
    client_.reset();
    timer_.forget();
    progress_ = nullptr;
    const Done done = std::exchange(done_, nullptr);
    const Outcome told = conclude(std::move(outcome));
    if (done) done(told);
  }

  Machine machine_;

 private:
  void later(net::NodeLoop::Task task) {
    // Refused only when the loop is flooded or stops.
    if (!loop_.post([self = this->weak_from_this(), task = std::move(task)]() mutable {
          if (const auto alive = self.lock()) task();
        }))
      finish(fail(ErrorKind::conflict, "the node is too busy or shutting down"));
  }

  net::NodeLoop& loop_;
  std::unique_ptr<net::HttpsClient> client_;
  net::Later timer_;
  std::function<void(const Report&)> progress_;
  Done done_;
  std::shared_ptr<MachineJob> itself_;  // while it runs
};

}  // namespace parley::client
