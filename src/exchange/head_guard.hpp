#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/hash.hpp"
#include "exchange/node.hpp"

namespace parley::exchange {

/// A node whose store was set back to an older copy would answer again what it has answered, and forget what
/// was used up. So peers remember the newest checkpoint of each other's logs, tell it in every match offer,
/// and a node that may have been set back matches with nobody until somebody else has confirmed the head of
/// its ledger.
enum class HeadState {
  current,   ///< nothing says otherwise
  restored,  ///< restored from a copy: to be confirmed
  set_back,  ///< somebody showed a later checkpoint of our own, or another one of the same size
};
std::string_view head_state_name(HeadState state);

/// The head of our log that somebody else showed and that we did not have.
struct ShownHead {
  std::uint64_t size = 0;
  crypto::Hash256 root{};
};

struct HeadGuard {
  HeadState state = HeadState::current;
  std::string why;
  std::vector<std::string> confirmed_by;  ///< origins
  std::optional<ShownHead> shown;         ///< why the node is `set_back`: the largest that was shown
};
Result<HeadGuard> head_guard(Node& node);

/// Whoever restores a home from a copy says so: `HOME/restored` does, when the home is opened.
Result<void> mark_restored(Node& node, std::string_view why);

/// `refused` by `ledger-unconfirmed` while this node may have been set back and nobody but `peer` itself has
/// said that it was not; a peer that is the only one counts for itself, since there is nobody else to ask.
Result<void> check_head_confirmed(Node& node, std::string_view peer);

/// What `by` has seen of our log: a signed checkpoint of ours, or nothing. One that is later than our log, or
/// that is no beginning of it, shows that we were set back, and every match stops. A note that we did not
/// sign is `bad_input`. `confirm`: the peer was asked for it, so that its word counts as a confirmation; that
/// it has seen nothing counts only when there is no other active peer to ask. `set_back` is left only when
/// our log holds the head that was shown, whoever is asked.
Result<HeadState> take_word_on_head(Node& node, std::string_view by, std::string_view note, bool confirm);

/// What a peer says in a signed offer or question: its own head is kept, what it has seen of our log is held
/// against ours. `refused` by `ledger-unconfirmed` as above.
Result<void> take_heads(Node& node, std::string_view peer, std::string_view head, std::string_view seen);

/// Keeps a peer's signed checkpoint when it is the newest that we have seen. `bad_input` when its log did not
/// sign it.
Result<void> remember_head(Node& node, std::string_view peer, std::string_view note);
/// The newest that we have seen of a peer's log; empty for none.
Result<std::string> remembered_head(Node& node, std::string_view peer);

}  // namespace parley::exchange
