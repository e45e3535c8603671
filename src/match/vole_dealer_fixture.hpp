#pragma once

#include <memory>

#include "crypto/seeded.hpp"
#include "match/test_session.hpp"
#include "match/vole_receiver.hpp"
#include "match/vole_sender.hpp"
#include "vole/dealt_vole_fixture.hpp"

namespace parley::match {

/// For tests: halves of a VOLE that a trusted dealer filled; no messages.
template <class Interface>
class DealtEnd : public Interface {
 public:
  Result<vole::Step> start() final { return vole::Step{{}, false, true}; }
  Result<vole::Step> on_message(std::uint8_t, BytesView) final {
    return fail(ErrorKind::peer, "a dealt VOLE has no messages");
  }
  Result<vole::Step> resume() final { return fail(ErrorKind::internal, "a dealt VOLE has no work"); }
  bool computed() const final { return true; }
  bool done() const final { return true; }
};

class DealtReceiverEnd final : public DealtEnd<VoleReceiverEnd> {
 public:
  explicit DealtReceiverEnd(vole::DealtVole& dealt) : a_(std::move(dealt.a)), c_(std::move(dealt.c)) {}
  block::BlockVector take_a() override { return std::move(a_); }
  block::BlockVector take_c() override { return std::move(c_); }

 private:
  block::BlockVector a_;
  block::BlockVector c_;
};

class DealtSenderEnd final : public DealtEnd<VoleSenderEnd> {
 public:
  explicit DealtSenderEnd(vole::DealtVole& dealt) : delta_(dealt.delta), b_(std::move(dealt.b)) {}
  block::Block delta() const override { return delta_; }
  block::BlockVector take_b() override { return std::move(b_); }

 private:
  block::Block delta_;
  block::BlockVector b_;
};

inline Parameters vole_test_parameters(const ItemSet& receiver, const ItemSet& sender,
                                       Learner learner = Learner::receiver, std::uint32_t chunk = 1024) {
  Parameters out = test_parameters(receiver, sender, Output::items, chunk);
  out.protocol = Protocol::vole;
  out.learner = learner;
  return out;
}

/// For tests: a session over a VOLE that a dealer makes from the seeds' byte.
inline TestSession dealt_session(const Parameters& parameters, ItemSet receiver_set, ItemSet sender_set,
                                 std::uint8_t seeds = 1, Parallel* cores = nullptr) {
  static SerialParallel one;
  Parallel& parallel = cores != nullptr ? *cores : one;
  crypto::SeededEntropy entropy(test_seed(seeds), "dealer");
  vole::DealtVole dealt = vole::deal_vole(vole_parameters(parameters).count, entropy);
  auto receiver_end = std::make_unique<DealtReceiverEnd>(dealt);
  auto sender_end = std::make_unique<DealtSenderEnd>(dealt);
  return {std::make_unique<VoleReceiver>(parameters, test_seed(seeds), std::move(receiver_set), parallel,
                                         std::move(receiver_end)),
          std::make_unique<VoleSender>(parameters, test_seed(static_cast<std::uint8_t>(seeds + 100)),
                                       std::move(sender_set), parallel, std::move(sender_end))};
}

}  // namespace parley::match
