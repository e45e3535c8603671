#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.hpp"
#include "base/entropy.hpp"
#include "base/parallel.hpp"
#include "block/block_vector.hpp"
#include "crypto/hash.hpp"

namespace parley::vole {

/// The code that stretches sparse noise (Raghuraman, Rindal, Tanguy, ePrint 2023/882).
enum class Code : std::uint8_t {
  ex_conv_7x24 = 1,   ///< expander weight 7, accumulator 24: the default
  ex_conv_21x24 = 2,  ///< expander weight 21, accumulator 24: slower, a larger margin
};

/// What both sides know before the first message.
struct VoleParameters {
  std::uint64_t count = 0;  ///< n, 1 … 2^25
  Code code = Code::ex_conv_7x24;
  crypto::Hash256 session{};  ///< names the session: everything hashed or derived below depends on it
};
inline constexpr std::uint64_t max_count = std::uint64_t{1} << 25;

/// The messages in the order in which they are sent (docs/spec/vole.md).
enum class VoleMessage : std::uint8_t {
  hello = 1,        ///< sender: nonce, base OT choices
  correlation = 2,  ///< receiver: nonce, base OT answer, SoftSpoken corrections and check, noise positions
  trees = 3,        ///< sender: corrections of the puncturable PRF
  check = 4,        ///< receiver: the consistency check of the noise
  confirm = 5,      ///< sender: its answer to the check
};
/// The exact length of a message; any other is refused. At most 1 MiB for every n.
std::uint64_t message_bytes(VoleMessage type, const VoleParameters& parameters);

struct Message {
  std::uint8_t type = 0;
  Bytes body;
  bool operator==(const Message&) const = default;
};

/// What a party wants done after a call.
struct Step {
  std::vector<Message> send;  ///< in this order
  bool more = false;          ///< call `resume` once these are written; no message is expected before
  bool done = false;          ///< sent and received everything; the outputs can be taken
};

/// Random vector oblivious linear evaluation over GF(2^128): C = A·Δ + B, with A and C at the receiver and Δ
/// and B at the sender, secure against a malicious peer (docs/spec/vole.md says what is proven and what
/// leaks).
///
/// Both are sans-IO and deterministic in (parameters, entropy, messages received); all randomness is drawn in
/// the constructor. An error from any call ends the machine for good: every later call fails too. All faults
/// of the peer give the same error (ErrorKind::peer, one text). One thread at a time; `parallel` must
/// outlive the machine. `count` outside 1 … max_count is bad input at `start`.
class VoleReceiver {
 public:
  VoleReceiver(const VoleParameters& parameters, Entropy& entropy, Parallel& parallel);
  VoleReceiver(VoleReceiver&&) noexcept;
  VoleReceiver& operator=(VoleReceiver&&) noexcept;
  ~VoleReceiver();

  /// The first call, once. The receiver has nothing to send: it waits for `hello`.
  Result<Step> start();
  Result<Step> on_message(std::uint8_t type, BytesView body);
  /// Goes on after a step with `more`: the long computations stand here, so that messages leave before them.
  Result<Step> resume();

  /// Whether A and C are there. True from the step that follows `trees` and its `resume`, before `confirm`
  /// came: A depends on nothing that the sender sent and may be used at once (masked inputs may leave); what
  /// depends on C must not leave, nor be reported, before `done`.
  bool computed() const;
  bool done() const;
  /// n elements each; once, after `computed`.
  block::BlockVector take_a();
  block::BlockVector take_c();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class VoleSender {
 public:
  VoleSender(const VoleParameters& parameters, Entropy& entropy, Parallel& parallel);
  VoleSender(VoleSender&&) noexcept;
  VoleSender& operator=(VoleSender&&) noexcept;
  ~VoleSender();

  /// The first call, once: sends `hello`.
  Result<Step> start();
  Result<Step> on_message(std::uint8_t type, BytesView body);
  Result<Step> resume();

  /// Whether Δ and B are there: after `correlation` and its `resume`. What depends on them must not leave
  /// before `done`, that is before the receiver's check was answered.
  bool computed() const;
  bool done() const;
  /// Secret; the owner wipes it.
  block::Block delta() const;
  /// n elements; once, after `computed`.
  block::BlockVector take_b();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::vole
