#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "crypto/hash.hpp"
#include "exchange/node.hpp"
#include "taxii/answer.hpp"

namespace parley::intel {
class WarninglistSet;
}
namespace parley::state {
class WatchedStore;
}

namespace parley::exchange {

/// What a client shows. Several at once: the first that is there counts, in the order of the members.
struct TaxiiCredentials {
  std::string_view basic_user{};  ///< with `basic_password`; both empty: none
  std::string_view basic_password{};
  std::string_view bearer{};                     ///< token, without "Bearer " or "Token "
  std::optional<crypto::Hash256> certificate{};  ///< SHA-256 of the DER of a client certificate
};

struct TaxiiSettings {
  std::uint64_t max_content_length = std::uint64_t{16} << 20;  ///< of a POST; more is 413
  std::uint64_t max_page = 1'000;                              ///< objects of a page, whatever is asked
  std::uint64_t default_page = 1'000;                          ///< when no limit is asked
  std::size_t max_page_bytes = std::size_t{32} << 20;          ///< a page ends early rather than grow beyond
  std::size_t cached_pages_bytes = std::size_t{64} << 20;      ///< of answers that are kept
  std::size_t view_bytes = std::size_t{256} << 20;  ///< of objects as they leave, for all callers together
  std::size_t cached_decisions = 60'000;            ///< of the gate, in blocks of up to 512
  std::size_t made_from = 2'000'000;  ///< what these were made from, 8 bytes each, for each caller
};

/// A POST that is taken in, in steps of about 100 ms.
class TaxiiPosting {
 public:
  virtual ~TaxiiPosting() = default;
  /// The answer once everything is durable; nothing while there is more to do.
  virtual Result<std::optional<taxii::Answer>> step() = 0;
};

/// A TAXII 2.1 server without a transport. On the node thread only.
///
/// Whatever leaves passes the gate, object by object; what it denies is as if it were not there. Reads are
/// recorded, and so is what callers add and remove (docs/spec/statement.md, parley/served/1 and
/// parley/changed/1): `tick` closes what is over, `close` everything.
class TaxiiService {
 public:
  /// What is borrowed outlives it. With `watched`, the node's store, decisions that a change of the store
  /// does not concern are kept.
  TaxiiService(Node& node, const intel::WarninglistSet& warninglists, TaxiiSettings settings = {},
               state::WatchedStore* watched = nullptr);
  ~TaxiiService();
  TaxiiService(const TaxiiService&) = delete;
  TaxiiService& operator=(const TaxiiService&) = delete;

  const TaxiiSettings& settings() const;

  /// The name of the caller. `not_found` when nothing fits (401): the same time and answer for an unknown
  /// name and a wrong secret. A password that was right once costs an HMAC from then on, a wrong one the
  /// whole of Argon2id (about 50 ms).
  Result<std::string> authenticate(const TaxiiCredentials& credentials);

  /// Answers everything; a POST in one go.
  taxii::Answer answer(const taxii::Request& request);

  /// A POST in steps: nothing (and `refusal` set) when it is refused at once. `body` is taken over.
  std::unique_ptr<TaxiiPosting> begin_posting(const taxii::Request& request, std::string body,
                                              taxii::Answer& refusal);

  /// Changes whenever an answer could be another: content, rules, callers, collections. A kept answer is as
  /// good as new while it stands. Constant time.
  std::uint64_t epoch() const;
  /// A kept answer was sent `times` more; `ticket` from its `Reuse`. Must come before the minute after the
  /// answer's own is over: `tick` may close it then.
  void note_served(std::uint64_t ticket, std::uint64_t times);

  /// Records the readings of minutes that are over by more than a minute; every few seconds.
  Result<void> tick();
  /// Objects that the rules were asked about so far.
  std::uint64_t judged() const;
  /// Bytes of objects that are remembered as they leave, for all callers.
  std::size_t object_bytes() const;
  /// Records all readings; when the node stops.
  Result<void> close();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::exchange
