#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "match/vole_reference_fixture.hpp"
#include "vole/cheating_fixture.hpp"

namespace parley::match {

/// A part of a message with a meaning of its own.
struct Field {
  std::string name;
  std::size_t offset = 0;
  std::size_t size = 0;
};

/// For tests: the fields of a message of vole-rr22/1, which cover every byte of it. `number` is the place of
/// the first element of a list in that list.
inline std::vector<Field> fields_of(const Message& message, const Parameters& parameters) {
  using enum VoleMatchMessage;
  std::vector<Field> out;
  std::size_t at = 0;
  const auto add = [&](std::string name, std::size_t size) {
    if (size > 0) out.push_back({std::move(name), at, size});
    at += size;
  };
  const auto rest = [&] { return message.body.size() - at; };
  const auto blocks = [&](const std::string& name) {
    while (rest() > 0) add(name, std::min<std::size_t>(16, rest()));
  };
  const vole::Layout layout(vole_parameters(parameters));
  const auto type = static_cast<VoleMatchMessage>(message.type);
  const auto sorted = [&](const SortedListFormat& format) {
    add("index", 4);
    const std::uint32_t first = (std::uint32_t{message.body[0]} << 24U) | (message.body[1] << 16U) |
                                (message.body[2] << 8U) | message.body[3];
    const std::size_t count = std::min(format.count - first, format.chunk);
    for (std::size_t i = 0; i < count; ++i) add("low bytes of a number", format.width - format.unary);
    while (rest() > 0) add("unary bits", 1);
  };
  switch (type) {
    case receiver_commit:
      add("commitment", 32);
      break;
    case sender_toss:
      add("coin", 32);
      add("commitment", 32);
      break;
    case receiver_open:
    case sender_open:
      add("coin", 32);
      add("nonce", 32);
      break;
    case receiver_toss:
      add("coin", 32);
      break;
    case masked_store:
      add("index", 4);
      blocks("block of the store");
      break;
    case sender_masks:
      sorted(mask_list(parameters));
      break;
    case receiver_proofs:
      sorted(proof_list(parameters));
      break;
    default:
      switch (static_cast<vole::VoleMessage>(message.type - static_cast<std::uint8_t>(vole))) {
        case vole::VoleMessage::hello:
          add("nonce", 32);
          while (rest() > 0) add("element of the base OT", 32);
          break;
        case vole::VoleMessage::correlation:
          add("nonce", 32);
          for (unsigned i = 0; i < vole::delta_bits; ++i) add("answer of the base OT", 32);
          for (unsigned i = 0; i < vole::small_fields; ++i) {
            for (unsigned level = 1; level < vole::field_bits; ++level) {
              add("left sum of a small tree", 16);
              add("right sum of a small tree", 16);
            }
            add("sum of the check of a small tree", 32);
            add("hash of a small tree", 32);
          }
          for (std::size_t i = 0; i < layout.column_bytes(); i += 16) add("correction of a column", 16);
          for (std::size_t i = 0; i < layout.choice_bytes(); ++i) add("choices", 1);
          add("hash of u", 16);
          add("hash of v", 32);
          break;
        case vole::VoleMessage::trees:
          for (unsigned tree = 0; tree < layout.noise; ++tree) {
            for (unsigned level = 1; level <= layout.depth; ++level) {
              add("left sum of a tree", 16);
              add("right sum of a tree", 16);
            }
            add("last correction of a tree", 16);
          }
          break;
        case vole::VoleMessage::check:
          add("sum of the noise", 16);
          break;
        case vole::VoleMessage::confirm:
          add("hash", 32);
          break;
      }
  }
  EXPECT_EQ(at, message.body.size()) << "a message has bytes of no field";
  return out;
}

/// For tests: an honest end of the VOLE that keeps copies of what came out of it.
class KeptReceiverEnd final : public VoleReceiverEnd {
 public:
  KeptReceiverEnd(std::unique_ptr<VoleReceiverEnd> inner, vole::DealtVole& kept)
      : inner_(std::move(inner)), kept_(kept) {}
  Result<vole::Step> start() override { return inner_->start(); }
  Result<vole::Step> on_message(std::uint8_t type, BytesView body) override {
    return inner_->on_message(type, body);
  }
  Result<vole::Step> resume() override { return inner_->resume(); }
  bool computed() const override { return inner_->computed(); }
  bool done() const override { return inner_->done(); }
  block::BlockVector take_a() override { return keep(inner_->take_a(), kept_.a); }
  block::BlockVector take_c() override { return keep(inner_->take_c(), kept_.c); }

  static block::BlockVector keep(block::BlockVector taken, block::BlockVector& to) {
    to = block::BlockVector(taken.size());
    std::ranges::copy(taken, to.begin());
    return taken;
  }

 private:
  std::unique_ptr<VoleReceiverEnd> inner_;
  vole::DealtVole& kept_;
};

class KeptSenderEnd final : public VoleSenderEnd {
 public:
  KeptSenderEnd(std::unique_ptr<VoleSenderEnd> inner, vole::DealtVole& kept)
      : inner_(std::move(inner)), kept_(kept) {}
  Result<vole::Step> start() override { return inner_->start(); }
  Result<vole::Step> on_message(std::uint8_t type, BytesView body) override {
    return inner_->on_message(type, body);
  }
  Result<vole::Step> resume() override { return inner_->resume(); }
  bool computed() const override { return inner_->computed(); }
  bool done() const override { return inner_->done(); }
  block::Block delta() const override { return kept_.delta = inner_->delta(); }
  block::BlockVector take_b() override { return KeptReceiverEnd::keep(inner_->take_b(), kept_.b); }

 private:
  std::unique_ptr<VoleSenderEnd> inner_;
  vole::DealtVole& kept_;
};

/// For tests: the VOLE of a party that cheats in one message and is consistent with it ever after, so that
/// transcript, challenges and hashes fit: what a man in the middle cannot do.
class CheatingSenderEnd final : public VoleSenderEnd {
 public:
  CheatingSenderEnd(const vole::VoleParameters& parameters, vole::Change change)
      : entropy_(test_seed(77), "cheat"), cheat_(parameters, entropy_), change_(std::move(change)) {}
  Result<vole::Step> start() override { return vole::Step{{cheat_.hello()}, false, false}; }
  Result<vole::Step> on_message(std::uint8_t type, BytesView body) override {
    if (type == 2) {
      computed_ = true;
      return vole::Step{{cheat_.trees(to_bytes(body), change_)}, false, false};
    }
    done_ = true;
    return vole::Step{{cheat_.confirm(to_bytes(body))}, false, true};
  }
  Result<vole::Step> resume() override { return fail(ErrorKind::internal, "nothing to go on with"); }
  bool computed() const override { return computed_; }
  bool done() const override { return done_; }
  block::Block delta() const override { return cheat_.delta; }
  block::BlockVector take_b() override { return std::move(cheat_.b); }

 private:
  crypto::SeededEntropy entropy_;
  vole::CheatingSender cheat_;
  vole::Change change_;
  bool computed_ = false;
  bool done_ = false;
};

class CheatingReceiverEnd final : public VoleReceiverEnd {
 public:
  struct Changes {
    vole::Change trees = vole::no_change();
    vole::Change columns = vole::no_change();
    vole::Change hashes = vole::no_change();
    vole::Change check = vole::no_change();
  };
  CheatingReceiverEnd(const vole::VoleParameters& parameters, Changes changes)
      : entropy_(test_seed(78), "cheat"), cheat_(parameters, entropy_), changes_(std::move(changes)) {}
  Result<vole::Step> start() override { return vole::Step{}; }
  Result<vole::Step> on_message(std::uint8_t type, BytesView body) override {
    if (type == 1)
      return vole::Step{
          {cheat_.correlation(to_bytes(body), changes_.trees, changes_.columns, changes_.hashes)},
          false,
          false};
    if (type == 3) {
      computed_ = true;
      return vole::Step{{cheat_.check(to_bytes(body), changes_.check)}, false, false};
    }
    done_ = true;  // whatever `confirm` says
    return vole::Step{{}, false, true};
  }
  Result<vole::Step> resume() override { return fail(ErrorKind::internal, "nothing to go on with"); }
  bool computed() const override { return computed_; }
  bool done() const override { return done_; }
  block::BlockVector take_a() override { return std::move(cheat_.a); }
  block::BlockVector take_c() override { return std::move(cheat_.c); }

 private:
  crypto::SeededEntropy entropy_;
  vole::CheatingReceiver cheat_;
  Changes changes_;
  bool computed_ = false;
  bool done_ = false;
};

}  // namespace parley::match
