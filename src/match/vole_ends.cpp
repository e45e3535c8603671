#include "match/vole_ends.hpp"

#include "match/domains.hpp"

namespace parley::match {
namespace {

template <class Interface, class Machine>
class End : public Interface {
 public:
  End(const vole::VoleParameters& parameters, const crypto::Secret<32>& seed, Parallel& parallel)
      : entropy_(seed, domain::vole_stream), machine_(parameters, entropy_, parallel) {}
  Result<vole::Step> start() final { return machine_.start(); }
  Result<vole::Step> on_message(std::uint8_t type, BytesView body) final {
    return machine_.on_message(type, body);
  }
  Result<vole::Step> resume() final { return machine_.resume(); }
  bool computed() const final { return machine_.computed(); }
  bool done() const final { return machine_.done(); }

 private:
  crypto::SeededEntropy entropy_;

 protected:
  Machine machine_;
};

class ReceiverEnd final : public End<VoleReceiverEnd, vole::VoleReceiver> {
 public:
  using End::End;
  block::BlockVector take_a() override { return machine_.take_a(); }
  block::BlockVector take_c() override { return machine_.take_c(); }
};

class SenderEnd final : public End<VoleSenderEnd, vole::VoleSender> {
 public:
  using End::End;
  block::Block delta() const override { return machine_.delta(); }
  block::BlockVector take_b() override { return machine_.take_b(); }
};

}  // namespace

std::unique_ptr<VoleReceiverEnd> make_vole_receiver_end(const vole::VoleParameters& parameters,
                                                        const crypto::Secret<32>& seed, Parallel& parallel) {
  return std::make_unique<ReceiverEnd>(parameters, seed, parallel);
}

std::unique_ptr<VoleSenderEnd> make_vole_sender_end(const vole::VoleParameters& parameters,
                                                    const crypto::Secret<32>& seed, Parallel& parallel) {
  return std::make_unique<SenderEnd>(parameters, seed, parallel);
}

}  // namespace parley::match
