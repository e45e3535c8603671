#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "crypto/seeded.hpp"
#include "vole/base_ot.hpp"
#include "vole/correlation.hpp"
#include "vole/noise.hpp"
#include "vole/session_fixture.hpp"

namespace parley::vole {

/// Parties that follow the protocol but for what a test changes in their messages *before* they enter the
/// transcript, so that every challenge and hash fits what was said: the strongest position of a cheater,
/// which a man in the middle does not have.
using Change = std::function<void(Bytes& message)>;

class CheatingSender {
 public:
  CheatingSender(const VoleParameters& parameters, Entropy& entropy)
      : parameters_(parameters), base_ot_(entropy) {
    entropy.fill(block::mutable_bytes_of({&delta, 1}));
  }
  Message hello() {
    Bytes body(nonce_bytes, 7);
    append(body, base_ot_.offer(transcript_.state(), choices(), parallel_));
    transcript_.absorb(body);
    return {1, body};
  }
  /// The honest receiver's message must be in order.
  Message trees(const Bytes& body, const Change& change) {
    const Layout layout(parameters_);
    const BytesView all(body);
    const BytesView answer = all.first(layout.answer_bytes());
    const BytesView tree_part = all.subspan(answer.size(), small_fields * layout.small_tree_bytes());
    const BytesView rest = all.subspan(answer.size() + tree_part.size());
    const BytesView choice_bits = rest.subspan(layout.column_bytes(), layout.choice_bytes());
    const auto base_keys =
        base_ot_.keys(Transcript(parameters_).state(), choices(), answer.subspan(nonce_bytes), parallel_);
    transcript_.absorb(answer);
    keys_.emplace(transcript_);
    auto guesser = SmallFieldGuesser::make(keys_->small_trees, delta, base_keys->span(), tree_part);
    PARLEY_ASSERT(guesser);
    guesser->expand(delta, layout.words, rest.first(layout.column_bytes()), parallel_);
    transcript_.absorb(
        all.subspan(answer.size(), tree_part.size() + layout.column_bytes() + layout.choice_bytes()));
    transcript_.absorb(all.last(block_bytes + hash_bytes));
    block::BlockVector values(layout.noise + 1);
    combine(guesser->q(), 0, values.span());
    const block::BlockVector choice_rows = rows(guesser->q(), layout.first_choice_word(), layout.choices());
    b = block::BlockVector(layout.count);
    folded_ = block::BlockVector(layout.folded);
    Bytes message(layout.trees_bytes());
    make_trees(layout, *keys_, block::Block{4, 4}, delta, choice_rows.span(), choice_bits, values.span(),
               b.span(), folded_.span(), message, parallel_);
    change(message);
    transcript_.absorb(message);
    weighed_ = values[layout.check_word()] ^ weigh(layout, transcript_.derive(domain::noise_challenge),
                                                   b.span(), folded_.span(), parallel_);
    keys_->code(layout).encode(b.span(), folded_.span(), parallel_);
    return {3, message};
  }
  Message confirm(const Bytes& body) {
    transcript_.absorb(body);
    return {5, confirmation(transcript_, weighed_ ^ block::mul(block::load(body.data()), delta))};
  }

  block::Block delta;
  block::BlockVector b;

 private:
  block::Block choices() const { return {~delta.low, ~delta.high}; }
  VoleParameters parameters_;
  SerialParallel parallel_;
  Transcript transcript_{parameters_};
  BaseOtChooser base_ot_;
  std::optional<PublicKeys> keys_;
  block::BlockVector folded_;
  block::Block weighed_;
};

/// Changes parts of `correlation` before the next is derived from them, and `check`; else it is honest.
class CheatingReceiver {
 public:
  CheatingReceiver(const VoleParameters& parameters, Entropy& entropy)
      : parameters_(parameters), base_ot_(entropy) {
    const Layout layout(parameters);
    where_.resize(layout.noise);
    for (std::uint64_t& position : where_) position = entropy.below(layout.domain);
  }

  /// `change_trees`: the parts of the small trees. `change_columns`: corrections, then choices.
  /// `change_check`: hash of u, hash of v.
  Message correlation(const Bytes& hello, const Change& change_trees, const Change& change_columns,
                      const Change& change_check) {
    const Layout layout(parameters_);
    Bytes message(nonce_bytes, 9);
    append(message, base_ot_.answer(parallel_));
    const auto base_keys = base_ot_.keys(transcript_.state(), BytesView(hello).subspan(nonce_bytes),
                                         BytesView(message).subspan(nonce_bytes), parallel_);
    transcript_.absorb(hello);
    transcript_.absorb(message);
    const PublicKeys keys(transcript_);
    SmallFieldHolder holder(keys.small_trees, base_keys->span());
    Bytes trees = holder.tree_part();
    change_trees(trees);
    Bytes columns(layout.column_bytes());
    holder.expand(layout.words, columns, parallel_);
    columns.resize(columns.size() + layout.choice_bytes());
    for (std::uint64_t row = 0; row < layout.choices(); ++row) {
      const std::uint64_t random = holder.u()[layout.first_choice_word() + row / delta_bits].bit(
          static_cast<unsigned>(row % delta_bits));
      const std::uint64_t wanted =
          known_child(layout, where_[row / layout.depth], 1 + static_cast<unsigned>(row % layout.depth));
      columns[layout.column_bytes() + row / 8] |= static_cast<std::uint8_t>((random ^ wanted) << (row % 8));
    }
    change_columns(columns);
    Bytes said = trees;
    append(said, columns);
    transcript_.absorb(said);
    const ColumnHash column_hash(transcript_.derive(domain::column_challenge), layout.words);
    const block::Block u_hash = column_hash.of(holder.u());
    Bytes check = to_bytes(block::bytes_of({&u_hash, 1}));
    append(check, BytesView(column_hash.of_columns(holder.v(), {}, {})));
    change_check(check);
    append(message, said);
    append(message, check);
    transcript_.absorb(check);
    keys_.emplace(keys);
    y_ = block::BlockVector(layout.noise + 1);
    std::ranges::copy(holder.u().first(layout.noise + 1), y_.begin());
    w_ = block::BlockVector(layout.noise + 1);
    combine(holder.v(), 0, w_.span());
    rows_ = rows(holder.v(), layout.first_choice_word(), layout.choices());
    return {2, message};
  }
  /// From the honest sender's `trees`. A and C are there afterwards.
  Message check(const Bytes& trees, const Change& change) {
    const Layout layout(parameters_);
    transcript_.absorb(trees);
    a = block::BlockVector(layout.count);
    c = block::BlockVector(layout.count);
    block::BlockVector folded(2 * layout.folded);
    const NoiseSums sums =
        take_trees(layout, *keys_, transcript_.derive(domain::noise_challenge), where_, rows_.span(),
                   y_.span(), w_.span(), trees, a.span(), c.span(), folded.span(), parallel_);
    const block::Block said = sums.noise ^ y_[layout.check_word()];
    Bytes message = to_bytes(block::bytes_of({&said, 1}));
    change(message);
    keys_->code(layout).encode_pair(a.span(), c.span(), folded.span(), parallel_);
    return {4, message};
  }

  block::BlockVector a, c;

 private:
  VoleParameters parameters_;
  SerialParallel parallel_;
  Transcript transcript_{parameters_};
  BaseOtSender base_ot_;
  std::vector<std::uint64_t> where_;
  std::optional<PublicKeys> keys_;
  block::BlockVector y_, w_, rows_;
};

inline Change no_change() {
  return [](Bytes&) {};
}
inline Change flip(std::size_t byte, std::uint8_t mask = 1) {
  return [=](Bytes& bytes) { bytes[byte] ^= mask; };
}

}  // namespace parley::vole
