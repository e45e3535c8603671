#include "match/replay.hpp"

namespace parley::match {

Result<Replayed> replay(Role role, const Parameters& parameters, const crypto::Secret<32>& seed,
                        ItemSet items, const MessageSource& inbound, Parallel& parallel,
                        const MessageSink& sent) {
  PARLEY_TRY(const auto party, make_party(role, parameters, seed, std::move(items), parallel));
  PARLEY_TRY(Step step, party->start());
  while (true) {
    if (sent)
      for (const Message& message : step.send) sent(message);
    if (step.done) break;
    if (step.more) {
      PARLEY_TRY(step, party->resume());
      continue;
    }
    PARLEY_TRY(const std::optional<Message> next, inbound());
    if (!next) return fail(ErrorKind::bad_input, "the recording stops before the session is over");
    PARLEY_TRY(step, party->on_message(next->type, next->body));
  }
  PARLEY_TRY(const std::optional<Message> behind, inbound());
  if (behind) return fail(ErrorKind::bad_input, "the recording goes on after the session is over");
  return Replayed{party->sent_hash(), party->transcript_hash(), party->outcome()};
}

}  // namespace parley::match
