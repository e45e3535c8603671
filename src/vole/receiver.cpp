#include <optional>
#include <vector>

#include "base/assert.hpp"
#include "crypto/constant_time.hpp"
#include "crypto/secret.hpp"
#include "vole/base_ot.hpp"
#include "vole/correlation.hpp"
#include "vole/machine.hpp"
#include "vole/noise.hpp"

namespace parley::vole {

using block::Block;
using block::BlockVector;

struct VoleReceiver::State {
  State(const VoleParameters& chosen, Entropy& entropy, Parallel& with)
      : parameters(chosen), parallel(with), transcript(chosen), base_ot(entropy) {
    nonce = entropy.array<nonce_bytes>();
    if (!check_parameters(parameters)) return;
    const Layout layout(parameters);
    where.resize(layout.noise);
    for (std::uint64_t& position : where) position = entropy.below(layout.domain);
  }
  ~State() {
    if (!where.empty())
      crypto::wipe({reinterpret_cast<std::uint8_t*>(where.data()), where.size() * sizeof(std::uint64_t)});
    crypto::wipe(block::mutable_bytes_of({&image, 1}));
  }

  Result<Step> start();
  Result<Step> on_hello(BytesView body);
  Result<Step> on_trees(BytesView body);
  Result<Step> stretch();
  Result<Step> on_confirm(BytesView body);
  void append_choices(const Layout& layout, std::span<const Block> u, Bytes& message) const;

  VoleParameters parameters;
  Parallel& parallel;
  Stage stage = Stage::start;
  bool computed = false;
  Transcript transcript;
  BaseOtSender base_ot;
  ByteArray<nonce_bytes> nonce{};
  std::vector<std::uint64_t> where;  // secret: the noise position of each tree
  std::optional<PublicKeys> keys;
  BlockVector y;     // the values of the noise, and one for the check
  BlockVector w;     // what belongs to them
  BlockVector rows;  // the pads' seeds of the choices
  BlockVector a, c, folded;
  Block image;  // Σ χ · C + w*, what the sender must know too
};

Result<Step> VoleReceiver::State::start() {
  PARLEY_CHECK(check_parameters(parameters));
  if (stage != Stage::start) return peer_fault();
  stage = Stage::hello;
  return Step{};
}

// The random choice bits of the rows, corrected to what the positions ask for: one bit a level and tree.
void VoleReceiver::State::append_choices(const Layout& layout, std::span<const Block> u,
                                         Bytes& message) const {
  Bytes bits(layout.choice_bytes());
  for (std::uint64_t tree = 0; tree < layout.noise; ++tree) {
    for (unsigned level = 1; level <= layout.depth; ++level) {
      const std::uint64_t row = tree * layout.depth + level - 1;
      const std::uint64_t random =
          u[layout.first_choice_word() + row / delta_bits].bit(static_cast<unsigned>(row % delta_bits));
      const std::uint64_t wanted = known_child(layout, where[tree], level);
      bits[row / 8] = static_cast<std::uint8_t>(bits[row / 8] | ((random ^ wanted) << (row % 8)));
    }
  }
  append(message, bits);
}

Result<Step> VoleReceiver::State::on_hello(BytesView body) {
  const Layout layout(parameters);
  if (body.size() != layout.hello_bytes()) return peer_fault();
  Bytes message;
  message.reserve(layout.correlation_bytes());
  append(message, BytesView(nonce));
  append(message, base_ot.answer(parallel));
  // Base OT. The tag is the session alone: the offer was made before anything of this side was known.
  PARLEY_TRY(const BlockVector base_keys, base_ot.keys(transcript.state(), body.subspan(nonce_bytes),
                                                       BytesView(message).subspan(nonce_bytes), parallel));
  transcript.absorb(body);
  transcript.absorb(message);
  keys.emplace(transcript);

  SmallFieldHolder holder(keys->small_trees, base_keys.span());
  append(message, holder.tree_part());
  const std::size_t corrections_at = message.size();
  message.resize(corrections_at + layout.column_bytes());
  holder.expand(layout.words, std::span(message).subspan(corrections_at), parallel);
  append_choices(layout, holder.u(), message);
  transcript.absorb(BytesView(message).subspan(layout.answer_bytes()));

  const ColumnHash column_hash(transcript.derive(domain::column_challenge), layout.words);
  const Block u_hash = column_hash.of(holder.u());
  append(message, block::bytes_of({&u_hash, 1}));
  append(message, BytesView(column_hash.of_columns(holder.v(), {}, {})));
  transcript.absorb(BytesView(message).last(block_bytes + hash_bytes));

  y = BlockVector(layout.noise + 1, block::Fill::unset, block::Wipe::yes);
  std::ranges::copy(holder.u().first(layout.noise + 1), y.begin());
  w = BlockVector(layout.noise + 1, block::Fill::unset, block::Wipe::yes);
  combine(holder.v(), 0, w.span());
  rows = vole::rows(holder.v(), layout.first_choice_word(), layout.choices());
  stage = Stage::trees;
  Step step;
  step.send.push_back(make_message(VoleMessage::correlation, std::move(message)));
  return step;
}

Result<Step> VoleReceiver::State::on_trees(BytesView body) {
  const Layout layout(parameters);
  if (body.size() != layout.trees_bytes()) return peer_fault();
  transcript.absorb(body);
  a = BlockVector(layout.count, block::Fill::unset, block::Wipe::yes);
  c = BlockVector(layout.count, block::Fill::unset, block::Wipe::yes);
  folded = BlockVector(2 * layout.folded, block::Fill::unset, block::Wipe::yes);
  const NoiseSums sums =
      take_trees(layout, *keys, transcript.derive(domain::noise_challenge), where, rows.span(), y.span(),
                 w.span(), body, a.span(), c.span(), folded.span(), parallel);
  image = sums.image ^ w[layout.check_word()];
  const Block said = sums.noise ^ y[layout.check_word()];
  rows.clear();
  y.clear();
  w.clear();
  Bytes message = to_bytes(block::bytes_of({&said, 1}));
  transcript.absorb(message);
  stage = Stage::resume;
  Step step;
  step.more = true;
  step.send.push_back(make_message(VoleMessage::check, std::move(message)));
  return step;
}

Result<Step> VoleReceiver::State::stretch() {
  const Layout layout(parameters);
  keys->code(layout).encode_pair(a.span(), c.span(), folded.span(), parallel);
  folded.clear(parallel);
  computed = true;
  stage = Stage::confirm;
  return Step{};
}

Result<Step> VoleReceiver::State::on_confirm(BytesView body) {
  if (!crypto::equal_constant_time(confirmation(transcript, image), body)) return peer_fault();
  stage = Stage::done;
  Step step;
  step.done = true;
  return step;
}

VoleReceiver::VoleReceiver(const VoleParameters& parameters, Entropy& entropy, Parallel& parallel)
    : state_(std::make_unique<State>(parameters, entropy, parallel)) {}
VoleReceiver::VoleReceiver(VoleReceiver&&) noexcept = default;
VoleReceiver& VoleReceiver::operator=(VoleReceiver&&) noexcept = default;
VoleReceiver::~VoleReceiver() = default;

Result<Step> VoleReceiver::start() {
  return guarded(state_->stage, [&] { return state_->start(); });
}

Result<Step> VoleReceiver::on_message(std::uint8_t type, BytesView body) {
  return guarded(state_->stage, [&]() -> Result<Step> {
    const auto kind = static_cast<VoleMessage>(type);
    if (kind == VoleMessage::hello && state_->stage == Stage::hello) return state_->on_hello(body);
    if (kind == VoleMessage::trees && state_->stage == Stage::trees) return state_->on_trees(body);
    if (kind == VoleMessage::confirm && state_->stage == Stage::confirm) return state_->on_confirm(body);
    return peer_fault();
  });
}

Result<Step> VoleReceiver::resume() {
  return guarded(state_->stage, [&]() -> Result<Step> {
    if (state_->stage != Stage::resume) return peer_fault();
    return state_->stretch();
  });
}

bool VoleReceiver::computed() const {
  return state_->computed && state_->stage != Stage::failed;
}

bool VoleReceiver::done() const {
  return state_->stage == Stage::done;
}

BlockVector VoleReceiver::take_a() {
  PARLEY_ASSERT(computed());
  return std::move(state_->a);
}

BlockVector VoleReceiver::take_c() {
  PARLEY_ASSERT(computed());
  return std::move(state_->c);
}

}  // namespace parley::vole
