#include <optional>

#include "base/assert.hpp"
#include "block/gf128.hpp"
#include "crypto/constant_time.hpp"
#include "crypto/secret.hpp"
#include "vole/base_ot.hpp"
#include "vole/correlation.hpp"
#include "vole/machine.hpp"
#include "vole/noise.hpp"

namespace parley::vole {

using block::Block;
using block::BlockVector;

struct VoleSender::State {
  State(const VoleParameters& chosen, Entropy& entropy, Parallel& with)
      : parameters(chosen), parallel(with), transcript(chosen), base_ot(entropy) {
    nonce = entropy.array<nonce_bytes>();
    entropy.fill(block::mutable_bytes_of({&delta, 1}));
    entropy.fill(block::mutable_bytes_of({&root_seed, 1}));
  }
  ~State() {
    crypto::wipe(block::mutable_bytes_of({&delta, 1}));
    crypto::wipe(block::mutable_bytes_of({&root_seed, 1}));
    crypto::wipe(block::mutable_bytes_of({&weighed, 1}));
  }

  Result<Step> start();
  Result<Step> on_correlation(BytesView body);
  Result<Step> stretch();
  Result<Step> on_check(BytesView body);

  VoleParameters parameters;
  Parallel& parallel;
  Stage stage = Stage::start;
  bool computed = false;
  Transcript transcript;
  BaseOtChooser base_ot;
  ByteArray<nonce_bytes> nonce{};
  Block delta;
  Block root_seed;
  std::optional<PublicKeys> keys;
  BlockVector b;
  BlockVector folded;
  Block weighed;  // Σ χ · B + z* once the trees are out: the check's value but for the receiver's part

  // The base OT is chosen against the bits of Δ: its key belongs to the child beside the path
  // (small_field.hpp).
  Block base_choices() const { return {~delta.low, ~delta.high}; }
};

Result<Step> VoleSender::State::start() {
  PARLEY_CHECK(check_parameters(parameters));
  if (stage != Stage::start) return peer_fault();
  Bytes body = to_bytes(BytesView(nonce));
  append(body, base_ot.offer(transcript.state(), base_choices(), parallel));
  stage = Stage::correlation;
  Step step;
  transcript.absorb(body);
  step.send.push_back(make_message(VoleMessage::hello, std::move(body)));
  return step;
}

Result<Step> VoleSender::State::on_correlation(BytesView body) {
  const Layout layout(parameters);
  ByteReader reader(body);
  PARLEY_TRY(const BytesView answer, reader.take(layout.answer_bytes()));
  PARLEY_TRY(const BytesView tree_part, reader.take(small_fields * layout.small_tree_bytes()));
  PARLEY_TRY(const BytesView corrections, reader.take(layout.column_bytes()));
  PARLEY_TRY(const BytesView choices, reader.take(layout.choice_bytes()));
  PARLEY_TRY(const auto u_hash, reader.array<block_bytes>());
  PARLEY_TRY(const auto stated, reader.array<hash_bytes>());
  PARLEY_CHECK(reader.expect_end());

  // Base OT. The tag is the session alone: the offer was made before this message.
  PARLEY_TRY(const BlockVector base_keys, base_ot.keys(Transcript(parameters).state(), base_choices(),
                                                       answer.subspan(nonce_bytes), parallel));
  transcript.absorb(answer);
  keys.emplace(transcript);
  PARLEY_TRY(SmallFieldGuesser guesser,
             SmallFieldGuesser::make(keys->small_trees, delta, base_keys.span(), tree_part));
  guesser.expand(delta, layout.words, corrections, parallel);

  // Nothing derived from the columns leaves before their check.
  transcript.absorb(body.subspan(answer.size(), tree_part.size() + corrections.size() + choices.size()));
  const ColumnHash column_hash(transcript.derive(domain::column_challenge), layout.words);
  if (!crypto::equal_constant_time(
          BytesView(column_hash.of_columns(guesser.q(), delta, block::to_block(u_hash))), BytesView(stated)))
    return peer_fault();
  transcript.absorb(body.last(block_bytes + hash_bytes));

  BlockVector values(layout.noise + 1, block::Fill::unset, block::Wipe::yes);
  combine(guesser.q(), 0, values.span());
  const BlockVector choice_rows = rows(guesser.q(), layout.first_choice_word(), layout.choices());
  b = BlockVector(layout.count, block::Fill::unset, block::Wipe::yes);
  folded = BlockVector(layout.folded, block::Fill::unset, block::Wipe::yes);
  Bytes message(layout.trees_bytes());
  make_trees(layout, *keys, root_seed, delta, choice_rows.span(), choices, values.span(), b.span(),
             folded.span(), message, parallel);
  weighed = values[layout.check_word()];
  transcript.absorb(message);
  stage = Stage::resume;
  Step step;
  step.more = true;
  step.send.push_back(make_message(VoleMessage::trees, std::move(message)));
  return step;
}

Result<Step> VoleSender::State::stretch() {
  const Layout layout(parameters);
  weighed ^= weigh(layout, transcript.derive(domain::noise_challenge), b.span(), folded.span(), parallel);
  keys->code(layout).encode(b.span(), folded.span(), parallel);
  folded.clear(parallel);
  computed = true;
  stage = Stage::check;
  return Step{};
}

Result<Step> VoleSender::State::on_check(BytesView body) {
  PARLEY_TRY(const auto said, to_array<block_bytes>(body));
  transcript.absorb(body);
  const Block value = weighed ^ block::mul(block::to_block(said), delta);
  stage = Stage::done;
  Step step;
  step.done = true;
  step.send.push_back(make_message(VoleMessage::confirm, confirmation(transcript, value)));
  return step;
}

VoleSender::VoleSender(const VoleParameters& parameters, Entropy& entropy, Parallel& parallel)
    : state_(std::make_unique<State>(parameters, entropy, parallel)) {}
VoleSender::VoleSender(VoleSender&&) noexcept = default;
VoleSender& VoleSender::operator=(VoleSender&&) noexcept = default;
VoleSender::~VoleSender() = default;

Result<Step> VoleSender::start() {
  return guarded(state_->stage, [&] { return state_->start(); });
}

Result<Step> VoleSender::on_message(std::uint8_t type, BytesView body) {
  return guarded(state_->stage, [&]() -> Result<Step> {
    const auto kind = static_cast<VoleMessage>(type);
    if (kind == VoleMessage::correlation && state_->stage == Stage::correlation)
      return state_->on_correlation(body);
    if (kind == VoleMessage::check && state_->stage == Stage::check) return state_->on_check(body);
    return peer_fault();
  });
}

Result<Step> VoleSender::resume() {
  return guarded(state_->stage, [&]() -> Result<Step> {
    if (state_->stage != Stage::resume) return peer_fault();
    return state_->stretch();
  });
}

bool VoleSender::computed() const {
  return state_->computed && state_->stage != Stage::failed;
}

bool VoleSender::done() const {
  return state_->stage == Stage::done;
}

Block VoleSender::delta() const {
  PARLEY_ASSERT(computed());
  return state_->delta;
}

BlockVector VoleSender::take_b() {
  PARLEY_ASSERT(computed());
  return std::move(state_->b);
}

}  // namespace parley::vole
