#pragma once

#include <memory>
#include <optional>
#include <string>

#include "client/machine_job.hpp"
#include "client/push.hpp"
#include "exchange/push.hpp"

namespace parley::client {

/// One push as somebody asked for it.
struct PushSetup {
  Url url;
  std::string remote_collection;  ///< id, title or alias there; may be empty
  std::string api_root;
  /// What of ours; its destination is filled in once the remote collection is found.
  exchange::PushQuestion question;
  Credentials credentials;
  net::HttpsTrust trust;
  net::HttpsProxy proxy;
  PushLimits limits;
  net::HttpsClientLimits https;
};

struct PushResult {
  Result<void> outcome;
  PushReport report;
  std::vector<std::uint64_t> ledger;  ///< indexes of what was recorded, one a page
  encoding::Json to_json() const;
};

/// Runs a `Push` over HTTPS. What it sends are pages that the gate has cleared and the ledger has recorded,
/// and nothing else.
class PushJob final : public MachineJob<Push, PushResult> {
 public:
  /// `node` outlives it. Usage errors for a trust that cannot work.
  static Result<std::shared_ptr<PushJob>> make(net::NodeLoop& loop, exchange::Node& node, PushSetup setup);

 private:
  struct Key {};

 public:
  PushJob(Key, net::NodeLoop& loop, exchange::Node& node, PushSetup setup,
          std::unique_ptr<net::HttpsClient> client);

 private:
  void act(Push::Effect effect) override;
  PushResult conclude(Result<void> outcome) override;
  Result<std::vector<std::string>> next_page(const Place& place);

  exchange::Node& node_;
  exchange::PushQuestion question_;
  std::optional<exchange::PushFeed> feed_;
  std::vector<std::uint64_t> ledger_;
};

}  // namespace parley::client
