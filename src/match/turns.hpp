#pragma once

#include <utility>

#include "match/party.hpp"

namespace parley::match {

/// Whose turn it is in a session, and the rule that an error ends it for good.
class Turns {
 public:
  template <class F>
  Result<Step> first(F&& call) {
    return take(turn_ == Turn::not_started, std::forward<F>(call));
  }
  template <class F>
  Result<Step> own(F&& call) {
    return take(turn_ == Turn::ours, std::forward<F>(call));
  }
  template <class F>
  Result<Step> peers(F&& call) {
    return take(turn_ == Turn::peers, std::forward<F>(call));
  }

 private:
  enum class Turn { not_started, ours, peers, over };

  template <class F>
  Result<Step> take(bool allowed, F&& call) {
    Result<Step> step = allowed ? std::forward<F>(call)() : Result<Step>(out_of_turn());
    if (!step || step->done)
      turn_ = Turn::over;
    else
      turn_ = step->more ? Turn::ours : Turn::peers;
    return step;
  }
  std::unexpected<Error> out_of_turn() const {
    return fail(ErrorKind::bad_input,
                turn_ == Turn::over ? "the matching session is over" : "a message or call out of turn");
  }

  Turn turn_ = Turn::not_started;
};

}  // namespace parley::match
