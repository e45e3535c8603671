#pragma once

#include <memory>
#include <string>
#include <vector>

#include "client/machine_job.hpp"
#include "client/misp_pull.hpp"
#include "exchange/importing.hpp"

namespace parley::client {

/// One pull as somebody asked for it.
struct MispPullSetup {
  MispPullQuestion question;
  Credentials credentials;
  net::HttpsTrust trust;
  net::HttpsProxy proxy;
  MispPullLimits limits;
  net::HttpsClientLimits https;
  exchange::ImportOptions import;
};

/// How it went. `counts` and `report` say what was done also when it broke off.
struct MispPullResult {
  Result<void> outcome;
  MispPullReport report;
  exchange::ImportReport counts;
  encoding::Json to_json() const;
};

/// Runs a `MispPull` over HTTPS and into the store: each batch of events through the ordinary import, as the
/// source `misp:URL`.
class MispPullJob final : public MachineJob<MispPull, MispPullResult> {
 public:
  /// What is borrowed must outlive it. Usage errors for a trust that cannot work.
  static Result<std::shared_ptr<MispPullJob>> make(net::NodeLoop& loop, exchange::Node& node,
                                                   const intel::WarninglistSet& lists, MispPullSetup setup);

 private:
  struct Key {};

 public:
  MispPullJob(Key, net::NodeLoop& loop, exchange::Node& node, const intel::WarninglistSet& lists,
              MispPullSetup setup, std::unique_ptr<net::HttpsClient> client);

 private:
  void act(MispPull::Effect effect) override;
  MispPullResult conclude(Result<void> outcome) override;
  Result<bool> compare_part();
  Result<void> begin_storing(const std::vector<misp::Event>& events);
  Result<bool> store_part();

  exchange::Node& node_;
  const intel::WarninglistSet& lists_;
  const Url url_;
  const bool is_feed_;
  exchange::ImportOptions options_;
  exchange::ImportReport counts_;

  MispPull::Compare comparing_;
  std::size_t compared_ = 0;
  std::vector<misp_sync::Listed> wanted_;

  std::vector<MispFate> fates_;
  std::string text_;
  std::unique_ptr<exchange::Import> import_;
};

/// The validator of a feed's manifest at the last complete pull, kept under its URL; empty when there was
/// none.
Result<std::string> load_misp_mark(exchange::Node& node, const Url& feed);
Result<void> save_misp_mark(exchange::Node& node, const Url& feed, const std::string& etag);

}  // namespace parley::client
