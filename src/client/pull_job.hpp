#pragma once

#include <memory>

#include "client/machine_job.hpp"
#include "client/pull.hpp"
#include "exchange/importing.hpp"

namespace parley::client {

/// One pull as somebody asked for it.
struct PullSetup {
  PullQuestion question;
  Credentials credentials;
  net::HttpsTrust trust;
  net::HttpsProxy proxy;
  PullLimits limits;
  net::HttpsClientLimits https;
  exchange::ImportOptions import;  ///< format and kind of source are set here
};

/// How it went. `counts` and `report` say what was done also when it broke off.
struct PullResult {
  Result<void> outcome;
  PullReport report;
  exchange::ImportReport counts;
  encoding::Json to_json() const;
};

/// Runs a `Pull` over HTTPS and into the store: each page through the ordinary import, as the source
/// `taxii:URL#COLLECTION`.
class PullJob final : public MachineJob<Pull, PullResult> {
 public:
  /// What is borrowed must outlive it. Usage errors for a trust that cannot work.
  static Result<std::shared_ptr<PullJob>> make(net::NodeLoop& loop, exchange::Node& node,
                                               const intel::WarninglistSet& lists, PullSetup setup);

 private:
  struct Key {};

 public:
  PullJob(Key, net::NodeLoop& loop, exchange::Node& node, const intel::WarninglistSet& lists, PullSetup setup,
          std::unique_ptr<net::HttpsClient> client);

 private:
  void act(Pull::Effect effect) override;
  PullResult conclude(Result<void> outcome) override;
  void import_page(Pull::StorePage page);
  Result<bool> import_part();

  exchange::Node& node_;
  const intel::WarninglistSet& lists_;
  exchange::ImportOptions options_;
  exchange::ImportReport counts_;

  Pull::StorePage page_;
  std::size_t fed_ = 0;
  std::unique_ptr<exchange::Import> import_;
};

}  // namespace parley::client
