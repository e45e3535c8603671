#pragma once

#include <memory>
#include <optional>
#include <string>

#include "exchange/node.hpp"
#include "misp_sync/answer.hpp"
#include "misp_sync/listing.hpp"

namespace parley::intel {
class WarninglistSet;
}

namespace parley::exchange {

struct MispSettings {
  /// What we say to be: an instance talks only to those of its own major and minor version.
  misp_sync::Version version{2, 5, 0};
  std::uint64_t max_body = std::uint64_t{50} << 20;  ///< of a POST; more is 413
  std::size_t max_answer = std::size_t{128} << 20;   ///< a search whose answer is larger must ask for pages
  std::size_t kept_bytes = std::size_t{64} << 20;    ///< of answers that are kept
  std::uint64_t default_index = 20'000;              ///< events of an index that names no limit
};

/// A request that is answered in steps of about 100 ms.
class MispWork {
 public:
  virtual ~MispWork() = default;
  /// The answer once it is there (for what is written: durable); nothing while there is more to do.
  virtual Result<std::optional<misp_sync::Answer>> step() = 0;
};

/// What a MISP instance, its clients and readers of its feeds ask for, without a transport. On the node
/// thread only.
///
/// Whatever leaves passes the gate, part by part (misp_view.hpp); what it denies is as if it were not there.
/// Reads are recorded like those of TAXII (parley/served/1), under the collection "misp". What is pushed
/// comes in as an import from the caller and stands beside what this node and others say.
class MispService {
 public:
  /// `node` and `warninglists` outlive it.
  MispService(Node& node, const intel::WarninglistSet& warninglists, MispSettings settings = {});
  ~MispService();
  MispService(const MispService&) = delete;
  MispService& operator=(const MispService&) = delete;

  const MispSettings& settings() const;

  /// Never null. With an empty body it tells, by an answer at once that is no 2xx, whether a body would be
  /// read at all: see `refuse_unread`.
  std::unique_ptr<MispWork> begin(const misp_sync::Request& request, std::string body);
  /// Whether a POST is refused before its body is read.
  std::optional<misp_sync::Answer> refuse_unread(const misp_sync::Request& request);

  /// Records the readings of minutes that are over by more than a minute; every few seconds.
  Result<void> tick();
  /// Records all readings; when the node stops.
  Result<void> close();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::exchange
