#include "exchange/committed_set.hpp"

#include <algorithm>
#include <optional>

#include "base/assert.hpp"
#include "match/commitment.hpp"

namespace parley::exchange {

struct SetCommitting::State {
  SelectorSet selectors;
  std::size_t next = 0;
  std::uint32_t least_padded = 1;
  CommittedSet out;
  std::optional<match::SetRootBuilder> root;
};

SetCommitting::SetCommitting(Cleared<SelectorSet>&& set, SetSecrets secrets, std::uint32_t least_padded)
    : state_(std::make_unique<State>()) {
  state_->least_padded = least_padded;
  state_->selectors = std::move(set).release();
  state_->out.seed = std::move(secrets.seed);
  state_->out.opening = std::move(secrets.opening);
}
SetCommitting::~SetCommitting() = default;
SetCommitting::SetCommitting(SetCommitting&&) noexcept = default;
SetCommitting& SetCommitting::operator=(SetCommitting&&) noexcept = default;

Result<bool> SetCommitting::step(std::uint32_t most) {
  State& state = *state_;
  std::vector<intel::Selector>& selectors = state.selectors.selectors;
  if (!state.root) {
    Bytes item;
    for (; most > 0 && state.next < selectors.size(); --most) {
      item.clear();
      intel::append_selector_bytes(item, selectors[state.next++]);
      PARLEY_CHECK(state.out.items.append_next(item));
    }
    if (state.next < selectors.size()) return false;
    selectors = {};
    state.out.padded = std::max(state.least_padded, match::padded_size(state.out.items.size()));
    state.root.emplace(state.out.items, state.out.seed, state.out.padded);
    return false;
  }
  if (!state.root->step(most)) return false;
  state.out.set_root = state.root->root();
  state.out.seed_commitment = match::commit_seed(state.out.seed, state.out.opening);
  return true;
}

CommittedSet SetCommitting::take() && {
  state_->root.reset();
  return std::move(state_->out);
}

Result<CommittedSet> commit_set(Cleared<SelectorSet>&& set, Entropy& entropy) {
  SetCommitting committing(std::move(set), SetSecrets::draw(entropy));
  for (bool done = false; !done;) {
    PARLEY_TRY(done, committing.step());
  }
  return std::move(committing).take();
}

}  // namespace parley::exchange
